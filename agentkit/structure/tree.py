"""Parsed values with their places in the text."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Style(Enum):
    """How a value is written."""

    LEAF = "leaf"  # not to be edited inside
    BRACKETS = "brackets"  # entries between brackets, with commas
    BLOCK = "block"  # entries on lines of their own, with the end of the last line


@dataclass(frozen=True)
class Node:
    """A value and its span of `text`."""

    text: str
    start: int
    end: int
    value: Any
    style: Style = Style.LEAF
    entries: "tuple[Entry, ...]" = ()
    empty: str = ""  # what a block is without entries, where its lines alone would say null

    def __str__(self) -> str:
        return self.text[self.start : self.end]


@dataclass(frozen=True)
class Entry:
    """A key or a place in a list, with its value. The text of the key ends at `key_end`."""

    name: Any
    start: int
    key_end: int
    node: Node

    def __str__(self) -> str:
        return self.node.text[self.start : self.node.end]

    @property
    def head(self) -> str:
        """What stands before the value."""
        return self.node.text[self.start : self.node.start]


def comments(root: Node) -> list[str]:
    """Every comment in the text of `root`, in order. JSON has none."""
    pieces, at = [], 0
    for start, end in _spans(root):
        pieces += [root.text[at:start], "x"]
        at = end
    return written("".join([*pieces, root.text[at:]]))


def written(gap: str) -> list[str]:
    """The comments in a text without values, however they are indented."""
    return [c for found in re.findall("#.*", gap) if (c := found.lstrip("#").strip())]


def needed(base: Node, ours: Node, theirs: Node) -> Counter[str]:
    """The comments of a merge: what either side wrote, without what either side dropped."""
    was, here, there = (Counter(comments(side)) for side in (base, ours, theirs))
    return Counter({c: _times(was[c], here[c], there[c]) for c in here | there})


def _times(was: int, here: int, there: int) -> int:
    if here == was:
        return there
    return here if there == was else min(here, there)


def _spans(node: Node) -> Iterator[tuple[int, int]]:
    """Where keys and values stand."""
    if node.style is Style.LEAF:
        yield node.start, node.end
    for entry in node.entries:
        yield entry.start, entry.key_end
        yield from _spans(entry.node)
