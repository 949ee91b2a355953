"""Edit a text so that it says what is wanted, with what is new taken from another text."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agentkit.structure import data, identity
from agentkit.structure.chunks import NONE, Chunk, Parts, join, split
from agentkit.structure.tree import Entry, Node, Style, written

TOP = identity.frozen(())  # in TOML, the keys that stand above all tables
NOTHING = Node("", 0, 0, None, Style.BLOCK)


class Unwritable(ValueError):
    """The text cannot be edited to say what it should."""


@dataclass(frozen=True)
class _Row:
    """An entry of the result: what it should say, and how it stands in each version."""

    wanted: Any
    mine: Chunk | None
    base: Chunk | None
    theirs: Chunk | None


def rewrite(mine: Node, wanted: Any, base: Node | None, theirs: Node | None) -> str:
    """The text of the collection `mine`, saying `wanted`; raises Unwritable.

    New text is that of `theirs`, and so are comments that only theirs has changed since `base`.
    """
    if not _alike(mine, wanted):
        raise Unwritable("another kind of value")
    nodes = [n if n and _alike(n, wanted) else NOTHING for n in (mine, base, theirs)]
    parts = [split(node) for node in nodes]
    here, _, there = parts
    chunks = [_chunk(row, here, there) for row in _rows(nodes, parts, wanted)]
    if mine.empty and not chunks:
        return _emptied(mine, here)
    if here.style is there.style and here.indent == there.indent:
        opening = _pick(*(side.opening for side in parts))
        closing = _pick(*(side.closing for side in parts))
        return join(here, chunks, opening, closing)
    return join(here, chunks, here.opening, here.closing)


def _emptied(mine: Node, here: Parts) -> str:
    """A block without entries, with the comments around them."""
    if mine.text[mine.start - 1 : mine.start] in ("", "\n"):
        return f"{here.opening}{mine.empty}\n{here.closing}"
    rest = here.opening + here.closing
    return f" {mine.empty}{rest}" + "\n" * ("\n" not in rest)


def _alike(node: Node, wanted: Any) -> bool:
    return node.style is not Style.LEAF and isinstance(node.value, type(wanted))


def _rows(nodes: Sequence[Node], parts: Sequence[Parts], wanted: Any) -> list[_Row]:
    *sides, order = _labels(nodes, wanted)
    values = dict(zip(order, wanted.values() if isinstance(wanted, dict) else wanted, strict=True))
    if isinstance(wanted, dict):
        order = data.place(sides[0], sides[2], order)
        order.sort(key=lambda label: label != TOP)
    found = [dict(zip(s, part.chunks, strict=True)) for s, part in zip(sides, parts, strict=True)]
    return [_Row(values[label], *(chunks.get(label) for chunks in found)) for label in order]


def _labels(nodes: Sequence[Node], wanted: Any) -> Sequence[list[Hashable]]:
    """What the entries of each node, and of what is wanted, are known by."""
    if isinstance(wanted, dict):
        names = [*([entry.name for entry in node.entries] for node in nodes), list(wanted)]
        return [[identity.frozen(name) for name in side] for side in names]
    lists = [*([entry.node.value for entry in node.entries] for node in nodes), wanted]
    return identity.known(*lists)


def _chunk(row: _Row, here: Parts, there: Parts) -> Chunk:
    if row.mine:
        return _kept(row, row.mine, here, there)
    if row.theirs:
        return _added(row.theirs, row.wanted, here, there)
    raise Unwritable("nobody's text says this")


def _kept(row: _Row, mine: Chunk, here: Parts, there: Parts) -> Chunk:
    base, theirs = row.base or NONE, row.theirs or NONE
    before, after = mine.before, _pick(mine.after, base.after, theirs.after)
    if (picked := _pick(before, base.before, theirs.before)) != before and here.lines:
        before = _indented(picked, here.indent)
    if mine is here.chunks[0] and row.theirs and theirs is not there.chunks[0]:
        before = "\n" * theirs.before.startswith("\n") + before
    if _editable(mine.entry, row):
        nodes = (side.entry.node if side else None for side in (row.base, row.theirs))
        body = mine.entry.head + rewrite(mine.entry.node, row.wanted, *nodes)
    elif data.same(mine.entry.node.value, row.wanted):
        body = mine.body
    elif row.theirs is None:
        raise Unwritable("nobody's text says this")
    else:
        body = _replaced(mine.entry, row.theirs.entry, row.wanted, here, there)
        if Style.BLOCK in (mine.entry.node.style, row.theirs.entry.node.style):
            after = row.theirs.after
    return replace(mine, before=before, body=body, after=after)


def _editable(entry: Entry, row: _Row) -> bool:
    """Whether a collection is better edited than replaced."""
    if not _alike(entry.node, row.wanted):
        return False
    if entry.node.entries and row.wanted:
        return True
    if row.theirs is None:
        return True
    theirs = row.theirs.entry.node  # `{}` cannot hold what is written in lines
    unfit = entry.node.style is Style.BRACKETS and theirs.style is Style.BLOCK and row.wanted
    return not (unfit or data.same(theirs.value, row.wanted))


def _replaced(mine: Entry, theirs: Entry, wanted: Any, here: Parts, there: Parts) -> str:
    """Theirs instead of mine: the value alone, if that is a word."""
    old, new = str(mine.node), str(theirs.node)
    words = mine.node.style is theirs.node.style is Style.LEAF
    if words and old and new and "\n" not in old + new:
        return mine.head + new
    return _brought(theirs, _saying(theirs, wanted), here, there)


def _added(theirs: Chunk, wanted: Any, here: Parts, there: Parts) -> Chunk:
    text = _brought(theirs.entry, _saying(theirs.entry, wanted), here, there)
    before = here.space
    if here.lines and there.lines:
        before = _indented(theirs.before, here.indent)
    after = theirs.after if here.lines and written(theirs.after) else here.rest
    return Chunk(theirs.entry, before, text, "", after)


def _saying(theirs: Entry, wanted: Any) -> str:
    """The text of an entry of theirs, or of as much of it as is wanted."""
    if data.same(theirs.node.value, wanted):
        return str(theirs)
    return theirs.head + rewrite(theirs.node, wanted, None, None)


def _brought(theirs: Entry, text: str, here: Parts, there: Parts) -> str:
    """An entry of theirs as one of mine: indented, and with or without the dash of a list."""
    if here.style is not there.style and theirs.head.strip() in ("", "-"):
        dash = "- " if here.style is Style.BLOCK else ""
        text = dash + text.removeprefix(theirs.head).strip()
    first, *lines = text.split("\n")
    return "\n".join([first, *(_moved(line, there.indent, here.indent) for line in lines)])


def _moved(line: str, old: str, new: str) -> str:
    return new + line[len(old) :] if line.strip() and line.startswith(old) else line


def _indented(before: str, indent: str) -> str:
    """Comments and empty lines, and the indentation of the entry behind them."""
    *lines, _ = before.split("\n")
    return "\n".join([*((indent + line.strip()).rstrip() for line in lines), indent])


def _pick(mine: str, base: str, theirs: str) -> str:
    """The text between entries, of theirs if only they changed its comments."""
    was, here, there = (written(side) for side in (base, mine, theirs))
    return theirs if here == was != there else mine
