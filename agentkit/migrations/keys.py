"""Renaming keys in YAML: only the text of the key changes, everything else stays byte for byte."""

import codecs
from collections.abc import Iterator, Mapping

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 200  # what is very deep ends the whole process inside libyaml
Rules = list[tuple[list[str], str]]  # what is left of the path, and the new name


def rewrite(names: Mapping[str, str], content: bytes) -> bytes:
    """Rename the keys at these dotted paths; the same object when nothing is there to rename."""
    rules = [(path.split("."), new) for path, new in names.items()]
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    try:
        text = content.removeprefix(mark).decode("utf-8")
        nodes = _nodes(text) if any(path[-1] in text for path, _ in rules) else []
    except (UnicodeDecodeError, yaml.YAMLError):
        return content
    edits = {at: edit for node in nodes for at, edit in _edits(node, rules, text)}
    for start, (end, new) in sorted(edits.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return mark + text.encode("utf-8") if edits else content


def _nodes(text: str) -> list[yaml.Node]:
    depth = 0
    for event in yaml.parse(text, Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return []
    return [node for node in yaml.compose_all(text, Loader) if node is not None]


def _edits(node: yaml.Node, rules: Rules, text: str) -> Iterator[tuple[int, tuple[int, str]]]:
    """Where a key starts, where it ends, and its new name."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _below(node.start_mark.index, item, "*", rules, text)
    if not isinstance(node, yaml.MappingNode):
        return
    names = [key.value for key, _ in node.value]
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        for path, new in rules:
            if path == [key.value] and new not in names and (place := _place(key, text)):
                yield place[0], (place[1], new)
        yield from _below(key.end_mark.index, value, key.value, rules, text)


def _below(
    start: int, node: yaml.Node, name: str, rules: Rules, text: str
) -> Iterator[tuple[int, tuple[int, str]]]:
    """The edits under one key or item; an alias belongs to where its anchor stands."""
    deeper = [(path[1:], new) for path, new in rules if path[1:] and path[0] in (name, "*")]
    if deeper and node.start_mark.index >= start:
        yield from _edits(node, deeper, text)


def _place(key: yaml.ScalarNode, text: str) -> tuple[int, int] | None:
    """Where exactly the name stands, without quotes, anchor and tag; None if it has escapes."""
    end = key.end_mark.index - (key.style in ("'", '"'))
    start = end - len(key.value)
    return (start, end) if text[start:end] == key.value else None
