"""Python of which one side has changed the formatting, and the other the meaning."""

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Hashable, Sequence
from copy import copy
from dataclasses import dataclass
from inspect import cleandoc
from itertools import pairwise
from typing import Any

LINE = re.compile(r"[^\n]*\n|[^\n]+")
DEFINITION = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Source:
    """A text that parses, by lines."""

    lines: tuple[str, ...]
    comments: dict[int, str]  # by line, from 0
    tree: ast.Module

    @property
    def meaning(self) -> Hashable:
        """What stays when a formatter runs."""
        return ast.dump(self.tree), tuple(self.comments.values())

    @property
    def tail(self) -> tuple[str, ...]:
        """The lines behind the last statement."""
        return self.lines[self.tree.body[-1].end_lineno if self.tree.body else 0 :]


@dataclass(frozen=True)
class Piece:
    """Lines: a statement, its decorators, and the comments and empty lines before it."""

    source: Source
    node: Any
    start: int
    end: int

    @property
    def text(self) -> str:
        """Its lines, without the empty ones before it."""
        text = "".join(self.source.lines[self.start + self.blank : self.end])
        return text if text.endswith("\n") else f"{text}\n"

    @property
    def blank(self) -> int:
        """How many empty lines precede it."""
        lines = self.source.lines[self.start : self.end]
        return next((n for n, line in enumerate(lines) if line.strip()), len(lines))

    @property
    def meaning(self) -> Hashable:
        """What stays when a formatter runs."""
        notes = self.source.comments
        written = tuple(notes[line] for line in range(self.start, self.end) if line in notes)
        return ast.dump(self.node), written


def merge(base: str, ours: str, theirs: str) -> str | None:
    """The side that changed the meaning, if the other did not; None, if both did.

    What did not change stays as ours has formatted it. Raises SyntaxError or ValueError.
    """
    was, here, there = (_source(text) for text in (base, ours, theirs))
    if there.meaning == was.meaning:
        return ours
    if here.meaning != was.meaning:
        return None
    try:
        mixed = _mixed(*(_pieces(side, side.tree.body, 0) for side in (was, here, there)))
        mixed += "".join((here if was.tail == there.tail else there).tail)
        return mixed if _source(mixed).meaning == there.meaning else theirs
    except (SyntaxError, ValueError):
        return theirs


def _mixed(was: Sequence[Piece], here: Sequence[Piece], there: Sequence[Piece]) -> str:
    """The pieces of `there`, as `here` has them if it does."""
    known: dict[Hashable, list[Piece]] = {}
    for old, same in zip(was, here, strict=True):
        known.setdefault(old.meaning, []).append(same)
    apart = min((p.blank for p, defines in _followers(here) if defines), default=0)
    follows = [False, *(defines for _, defines in _followers(there))]
    text = []
    for place, piece in enumerate(there):
        mine = known[piece.meaning].pop(0) if known.get(piece.meaning) else None
        if mine and (mine is not here[0] or place == 0):
            blank = mine.blank
        else:
            blank = max(piece.blank, apart * follows[place])
        text += ["\n" * blank, mine.text if mine else _changed(piece, was, here)]
    return "".join(text)


def _followers(pieces: Sequence[Piece]) -> list[tuple[Piece, bool]]:
    """Each piece but the first, and whether it or the one before defines a function or a class."""
    pairs = pairwise(pieces)
    return [
        (p, isinstance(old.node, DEFINITION) or isinstance(p.node, DEFINITION)) for old, p in pairs
    ]


def _changed(piece: Piece, was: Sequence[Piece], here: Sequence[Piece]) -> str:
    """A piece that is new or changed: of a class that is known, only what changed in it."""
    if not isinstance(piece.node, ast.ClassDef):
        return piece.text
    known = [n for n, old in enumerate(was) if getattr(old.node, "name", "") == piece.node.name]
    if len(known) != 1 or not isinstance(was[known[0]].node, ast.ClassDef):
        return piece.text
    old, mine = was[known[0]], here[known[0]]
    if mine.node.body[0].col_offset != piece.node.body[0].col_offset:
        return piece.text
    heads, bodies = zip(*(_opened(version) for version in (old, mine, piece)), strict=True)
    head = heads[1] if heads[0].meaning == heads[2].meaning else heads[2]
    return str(head.text + _mixed(*bodies))


def _opened(piece: Piece) -> tuple[Piece, list[Piece]]:
    """A class: what precedes its first statement, and its statements."""
    start = _begin(piece.node.body[0])
    if start < piece.node.lineno:
        raise ValueError("it stands on one line")
    bare = copy(piece.node)
    bare.body = []
    return Piece(piece.source, bare, piece.start, start), _pieces(
        piece.source, piece.node.body, start
    )


def _pieces(source: Source, body: list[Any], start: int) -> list[Piece]:
    pieces = []
    for node in body:
        if _begin(node) < start:
            raise ValueError("two statements on one line")
        pieces.append(Piece(source, node, start, node.end_lineno))
        start = node.end_lineno
    return pieces


def _begin(node: Any) -> int:
    """The first line of a statement, from 0."""
    lines: list[int] = [node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]
    return min(lines) - 1


def _source(text: str) -> Source:
    with warnings.catch_warnings(action="ignore"):  # an odd escape is the author's affair
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (*DEFINITION, ast.Module)) and ast.get_docstring(node):
            doc: Any = node.body[0]
            doc.value.value = cleandoc(doc.value.value)
    comments = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                comments[token.start[0] - 1] = token.string.lstrip("#").strip()
    except tokenize.TokenError as e:
        raise ValueError(str(e)) from e
    return Source(tuple(LINE.findall(text)), comments, tree)
