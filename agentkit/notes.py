"""What the release notes say between two versions: the built-in template's, or a changelog's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent

from agentkit import versions

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*\s*$")
# At level 3 only in brackets, as some release tools write a patch; "### 3.12 is supported" is none.
NUMBER = re.compile(r"(\[?)v?(\d+(?:\.\d+)+[\w.+-]*)(?=[\s\])(:]|$)")
DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
FENCE = re.compile(r"^[ \t]*(?:[-*+][ \t]+)?(```+|~~~+)", re.M)
BULLET = re.compile(r" ?(?:[-*+]|\d+[.)])[ \t]+")
BEHAVIOUR = re.compile(r"(behaviou?r changes?|changed behaviou?r|breaking( changes?)?)$")
STEPS = re.compile(r"((manual|upgrade|migration) steps?|migration( guide)?)$")


@dataclass(frozen=True)
class Note:
    """The release note of one version: what behaves differently, the work by hand, the rest."""

    version: str
    date: str
    behaviour: tuple[str, ...]
    steps: tuple[str, ...]
    text: str


def between(released: Mapping[str, Mapping[str, str]], old: str, new: str) -> tuple[Note, ...]:
    """The notes of all versions after `old` up to `new`, oldest first."""
    found = {versions.parse(v): v for v in released if versions.within(v, old, new)}
    ordered = sorted((parsed, v) for parsed, v in found.items() if parsed)
    return tuple(_note(v, released[v]) for _, v in ordered)


def of_changelog(markdown: str, old: str, new: str) -> tuple[Note, ...]:
    """The same of a changelog, whose headings say where each version starts."""
    return between(sections(markdown), old, new)


def sections(markdown: str) -> dict[str, dict[str, str]]:
    """The date and the notes of every version in a changelog."""
    found: dict[str, tuple[str, list[str]]] = {}
    level = 0
    lines: list[str] = []
    for depth, title, line in _lines(markdown):
        number = NUMBER.match(title)
        if number and (0 < depth < 3 or (depth == 3 and number[1])):
            date = DATE.search(title, number.end())
            level, lines = depth, []
            found.setdefault(number[2], (date[0] if date else "", lines))
        elif 0 < depth <= min(level, 2):
            level, lines = 0, []
        else:
            lines.append(line)
    return {v: {"date": date, "notes": "\n".join(n).strip()} for v, (date, n) in found.items()}


def _lines(markdown: str) -> Iterator[tuple[int, str, str]]:
    """Every line with its level and title, if it is a heading; what is fenced has none."""
    fence = ""
    for line in markdown.splitlines():
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif fence and line.strip().startswith(fence) and not line.strip(" \t`~"):
            fence = ""
        elif not fence and (found := HEADING.match(line)):
            yield len(found[1]), found[2], line
            continue
        yield 0, "", line


def _note(version: str, entry: Mapping[str, str]) -> Note:
    """Split the notes of one version by their headings."""
    kinds: dict[str, list[str]] = {"behaviour": [], "steps": [], "text": []}
    kind, level = "text", 0
    for depth, title, line in _lines(entry.get("notes", "")):
        if depth and (kind == "text" or depth <= level):
            kind, level = _kind(title), depth
            if kind != "text":
                continue
        kinds[kind].append(title if depth and kind != "text" else line)
    behaviour, steps = tuple(_items(kinds["behaviour"])), tuple(_items(kinds["steps"]))
    text = "\n".join(kinds["text"]).strip()
    return Note(version, entry.get("date", ""), behaviour, steps, text)


def _kind(title: str) -> str:
    words = " ".join(re.sub(r"[^a-z]+", " ", title.lower()).split())
    if BEHAVIOUR.match(words):
        return "behaviour"
    return "steps" if STEPS.match(words) else "text"


def _items(lines: list[str]) -> Iterator[str]:
    """Every bullet and every paragraph, in one line; with a fenced block, in its own lines."""
    item: list[str] = []
    blank, fenced = False, False
    for line in lines:
        bullet = None if fenced else BULLET.match(line)
        if bullet or (blank and not fenced and line[:1].strip()):
            yield from _joined(item)
            item = []
        item.append(line[bullet.end() :] if bullet else line)
        fenced ^= bool(FENCE.match(line))
        blank = not line.strip()
    yield from _joined(item)


def _joined(item: list[str]) -> Iterator[str]:
    text = "\n".join(item).strip()
    if FENCE.search(text):
        first, _, rest = text.partition("\n")
        yield f"{first}\n{dedent(rest)}"
    elif text:
        yield " ".join(text.split())
