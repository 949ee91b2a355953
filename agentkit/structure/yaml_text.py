"""One YAML document with the places of its values."""

import re
from typing import Any

import yaml

from agentkit.structure.tree import Entry, Node, Style

MAX_DEPTH = 100
MAX_VALUES = 50_000  # with every alias written out
MAX_NUMBER = 100  # characters; 1:1:1... is one too, and takes its time
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ENDS = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
COLON = re.compile(r"\s*:")
DASH = re.compile(r"(?:\s|#.*+|&\S++)*+-")
KEEP = re.compile(r"(?:&\S+\s+)?[|>]\d?\+")
PLAIN = {"tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"}  # `<<` and `=`: kept as they are


def read(text: str) -> Node:
    """The data of `text` with its places; an alias is what it stands for, `<<` a key as any other.

    Raises ValueError or yaml.YAMLError, also for tags, doubled keys, several documents and bombs.
    """
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.loader: Any = Loader(text)
        self.values = 0
        self.anchors: dict[str, tuple[Any, int]] = {}

    def document(self) -> Node:
        self._next()
        first = self._next()
        if isinstance(first, yaml.StreamEndEvent):
            raise ValueError("it is empty")
        root = self._node(self._next(), first.end_mark.index if first.explicit else 0, 0)
        self._next()
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise ValueError("it has several documents")
        return root

    def _next(self) -> Any:
        return self.loader.get_event()

    def _node(self, event: Any, start: int, depth: int) -> Node:
        """The value that begins with `event`, behind a key or a dash that ends at `start`."""
        if depth > MAX_DEPTH or self.values > MAX_VALUES:
            raise ValueError("too much of it")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            raise ValueError(f"tag {event.tag}")
        before = self.values
        self.values += 1
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        else:
            node = self._collection(event, start, depth)
        if event.anchor:
            self.anchors[event.anchor] = node.value, self.values - before
        return node

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self.anchors:
            raise ValueError("an alias of what is not known yet")
        value, size = self.anchors[event.anchor]
        self.values += size
        return Node(self.text, event.start_mark.index, event.end_mark.index, value)

    def _scalar(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if event.style in ("|", ">"):
            end = start + len(_trimmed(self.text[start:end]))
        tag = self.loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag in PLAIN:
            return Node(self.text, start, end, event.value)
        if len(event.value) > MAX_NUMBER and not tag.endswith(":str"):
            raise ValueError("a number too long")
        value = self.loader.construct_object(yaml.ScalarNode(tag, event.value))
        return Node(self.text, start, end, value)

    def _collection(self, event: Any, start: int, depth: int) -> Node:
        entries: list[Entry] = []
        listed = isinstance(event, yaml.SequenceStartEvent)
        at = event.start_mark.index
        end = self._next()
        while type(end) not in ENDS:
            if not listed:
                entries.append(self._pair(end, depth))
            else:
                dash = end.start_mark.index if event.flow_style else self._dash(at)
                entries.append(self._item(end, dash, len(entries), depth))
            at, end = entries[-1].node.end, self._next()
        value = [e.node.value for e in entries] if listed else _mapping(entries)
        begins, style = event.start_mark.index, Style.BRACKETS
        if not event.flow_style:
            span, empty = (start, self._line_end(at)), "[]" if listed else "{}"
            return Node(self.text, *span, value, Style.BLOCK, tuple(entries), empty)
        if self.text[begins] not in "[{":  # `[a: 1]`, or an anchor
            style, entries = Style.LEAF, []
        return Node(self.text, begins, end.end_mark.index, value, style, tuple(entries))

    def _pair(self, event: Any, depth: int) -> Entry:
        if not isinstance(event, yaml.ScalarEvent):
            raise ValueError("a key that is not a word")
        key = self._node(event, 0, depth)
        colon = COLON.match(self.text, key.end)
        node = self._node(self._next(), colon.end() if colon else key.end, depth + 1)
        return Entry(key.value, key.start, key.end, node)

    def _item(self, event: Any, dash: int, place: int, depth: int) -> Entry:
        key_end = min(dash + 1, event.start_mark.index)
        return Entry(place, dash, key_end, self._node(event, key_end, depth + 1))

    def _dash(self, start: int) -> int:
        found = DASH.match(self.text, start)
        if found is None:
            raise ValueError(f"no item at {start}")
        return found.end() - 1

    def _line_end(self, start: int) -> int:
        """The end of the line that `start` stands in; a block has it already."""
        if start and self.text[start - 1] == "\n":
            return start
        return self.text.find("\n", start) + 1 or len(self.text)


def _trimmed(block: str) -> str:
    """A block scalar without the empty lines behind it, if they do not count."""
    if KEEP.match(block):
        return block.removesuffix("\n")
    return block.rstrip("\n ")


def _mapping(entries: list[Entry]) -> dict[Any, Any]:
    found = {entry.name: entry.node.value for entry in entries}
    if len(found) < len(entries):
        raise ValueError("a key stands there twice")
    return found
