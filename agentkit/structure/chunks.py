"""A collection's text in pieces: one for each entry, with the comments around it."""

import re
from dataclasses import dataclass

from agentkit.structure.tree import Entry, Node, Style, written

COMMA = re.compile(r"[ \t]*,")


@dataclass(frozen=True)
class Chunk:
    """An entry's text, the lines and the indentation before it, and the rest of its last line."""

    entry: Entry
    before: str
    body: str
    comma: str
    after: str


NONE = Chunk(Entry(None, 0, 0, Node("", 0, 0, None)), "", "", "", "")


@dataclass(frozen=True)
class Parts:
    """A collection, opened up."""

    style: Style
    opening: str
    chunks: tuple[Chunk, ...]
    closing: str
    lines: bool  # every entry begins a line; of a block, all but the first
    inline: bool  # the first entry does not begin a line
    apart: bool = False  # an empty line precedes every entry but the first

    @property
    def indent(self) -> str:
        """What the lines of an entry begin with."""
        if not self.chunks:
            return ""
        line, column = _line(self.chunks[0].entry)
        if self.style is Style.BLOCK:
            return " " * column if self.inline else line[:column]
        return line[: len(line) - len(line.lstrip())]

    @property
    def space(self) -> str:
        """What stands before an entry that is not the first."""
        if self.lines:
            return self.indent
        return self.chunks[1].before if len(self.chunks) > 1 else " " * len(self.chunks)

    @property
    def rest(self) -> str:
        """What stands behind an entry that is not the last, besides the end of its line."""
        several = len(self.chunks) > 1 and not written(self.chunks[0].after)
        return self.chunks[0].after if several and not self.lines else ""


def split(node: Node) -> Parts:
    """Open up a collection."""
    block = node.style is Style.BLOCK
    start, end = (node.start, node.end) if block else (node.start + 1, node.end - 1)
    if not node.entries:
        cut = end if block else start
        opening, closing = node.text[node.start : cut], node.text[cut : node.end]
        return Parts(node.style, opening, (), closing, lines=block, inline=False)
    opening, before = _opening(node, node.text[start : node.entries[0].start])
    chunks = []
    for entry, until in zip(node.entries, [*(e.start for e in node.entries[1:]), end], strict=True):
        comma, after, following = _tail(node, entry, node.text[entry.node.end : until])
        chunks.append(Chunk(entry, before, str(entry), comma, after))
        before = following
    own = [not line[:column].strip() for line, column in map(_line, node.entries)]
    return Parts(
        node.style,
        node.text[node.start : start] + opening,
        tuple(chunks),
        before + node.text[end : node.end],
        lines=block or all(own),
        inline=not own[0],
        apart=len(chunks) > 1 and all(chunk.before.startswith("\n") for chunk in chunks[1:]),
    )


def _line(entry: Entry) -> tuple[str, int]:
    """The line in which an entry begins, and where in it."""
    text = entry.node.text
    start = text.rfind("\n", 0, entry.start) + 1
    end = text.find("\n", start)
    return text[start : end if end >= 0 else len(text)], entry.start - start


def _opening(node: Node, gap: str) -> tuple[str, str]:
    """What precedes the first entry: a line's rest and a header; and what belongs to the entry."""
    begins_line = node.style is Style.BLOCK and node.text[node.start - 1 : node.start] in ("", "\n")
    cut = 0 if begins_line else gap.find("\n") + 1
    cut = max(cut, gap.rfind("\n\n") + 2 if "\n\n" in gap else 0)
    return gap[:cut], gap[cut:]


def _tail(node: Node, entry: Entry, gap: str) -> tuple[str, str, str]:
    """Behind an entry: its comma, the rest of its line, and what belongs to the next."""
    if entry.node.style is Style.BLOCK:
        return "", "", gap
    comma = ""
    if node.style is Style.BRACKETS:
        found = COMMA.match(gap)
        comma = found[0] if found else ""
        gap = gap[len(comma) :]
    cut = gap.find("\n") + 1
    return comma, gap[:cut], gap[cut:]


def join(parts: Parts, chunks: list[Chunk], opening: str, closing: str) -> str:
    """The text of a collection that had `parts` and now has these chunks."""
    emptied = bool(chunks) != bool(parts.chunks)  # or filled
    if emptied and parts.style is Style.BRACKETS and not written(opening + closing):
        opening, closing = opening.strip(), closing.strip()
    text = [opening]
    for place, chunk in enumerate(chunks):
        last = place == len(chunks) - 1
        text += [_before(parts, chunk, place), chunk.body, *_behind(parts, chunk, last)]
    return "".join([*text, closing])


def _before(parts: Parts, chunk: Chunk, place: int) -> str:
    first = parts.chunks[0] if parts.chunks else chunk
    was_first = chunk.entry is first.entry
    if place == 0:
        if parts.inline or not parts.lines:
            return first.before
        return chunk.before if chunk.before == first.before else chunk.before.lstrip("\n")
    if was_first and not (parts.lines and not parts.inline):
        return parts.space
    return "\n" * (parts.apart and not chunk.before.startswith("\n")) + chunk.before


def _behind(parts: Parts, chunk: Chunk, last: bool) -> tuple[str, str]:
    """The comma behind an entry, and the rest of its line."""
    end = parts.chunks[-1] if parts.chunks else NONE
    was_last = chunk.entry is end.entry
    after, fixed = chunk.after, was_last == last or bool(written(chunk.after + end.after))
    if not parts.lines and not fixed:
        after = end.after if last else parts.rest
    elif parts.lines and not (chunk.body + after).endswith("\n"):
        closed = parts.style is Style.BRACKETS and not end.after.endswith("\n")
        after += "\n" * (not last or not (was_last or closed))
    if parts.style is Style.BLOCK:
        return "", after
    if last:
        return (chunk.comma if was_last else "," * bool(end.comma)), after
    return chunk.comma or ",", after
