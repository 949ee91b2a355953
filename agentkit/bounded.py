"""YAML of other people, read without harm: its size, its depth and its aliases have a bound.

Nine lines of aliases can stand for a billion values, and a thousand brackets overflow the stack
of a reader. Both are found while the text is still a row of events.
"""

from typing import Any

import yaml

from agentkit.errors import AgentkitError

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 1 << 20
MAX_VALUES = 100_000  # with every alias counted as what it stands for
MAX_DEPTH = 100
OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
LONG = 100  # characters of a text that count as one more value


def load(content: bytes, where: str, loader: Any = Loader) -> list[Any]:
    """The documents in `content`; raises AgentkitError naming what is wrong with it, and where."""
    if len(content) > MAX_BYTES:
        raise AgentkitError(f"has more than {MAX_BYTES >> 20} MB", where)
    try:
        _weigh(content, where)
        return list(yaml.load_all(content, loader))
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        mark = getattr(e, "problem_mark", None)
        what = getattr(e, "problem", None) or " ".join(str(e).split())
        at = f"{where}:{mark.line + 1}" if mark else where
        raise AgentkitError(f"does not parse: {what}", at) from e


def _weigh(content: bytes, where: str) -> None:
    """Raises AgentkitError when the values are too many, or too deep in each other."""
    sizes: dict[str | None, int] = {}
    opened: list[tuple[str | None, int]] = []
    total = 0
    told = Loader(content)
    while (event := told.get_event()) is not None:
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            sizes[event.anchor] = 1 + len(event.value) // LONG
            total += sizes[event.anchor]
        elif kind is yaml.AliasEvent:
            if event.anchor not in sizes:
                raise AgentkitError("has an alias of nothing, or of what it stands in", where)
            total += sizes[event.anchor]
        elif kind in OPENING:
            opened.append((event.anchor, total))
            total += 1
        elif kind in CLOSING:
            anchor, before = opened.pop()
            sizes[anchor] = total - before
        if total > MAX_VALUES or len(opened) > MAX_DEPTH:
            raise AgentkitError("stands for too many values, or too deep in each other", where)
