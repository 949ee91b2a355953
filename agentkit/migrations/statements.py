"""Editing `from a import b`: the module, the names, and a statement of its own for what left it."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from agentkit.migrations.python import Edits, Parts, Source, above, absolute, renamed

FROM = re.compile(rb"from([\s\\]*)(.*?)([\s\\]*)\bimport\b[\s\\]*(\(?)", re.S)
COMMA = re.compile(rb"(\s*,[ \t]*)?")
Leaving = dict[ast.alias, Parts]  # names that are in another module now


@dataclass(frozen=True)
class Statement:
    """A statement in a file whose package is `old` before the migration and `new` after it."""

    source: Source
    node: ast.ImportFrom
    old: Parts
    new: Parts

    def edits(self, names: Mapping[Parts, Parts]) -> Edits:
        """What changes when these modules are renamed."""
        base = absolute(self.node, self.old)
        news = {a: renamed(names, (*base, a.name)) for a in self.node.names} if base else {}
        same = all(new == (*(base or ()), alias.name) for alias, new in news.items())
        if base is None or (same and renamed(names, self.old) != self.new):
            return {}  # a file that moved without a word on its imports
        modules = [new[:-1] for new in news.values()]
        kept = renamed(names, base) if renamed(names, base) in modules else modules[0]
        leaving = {alias: new for alias, new in news.items() if new[:-1] != kept}
        edits = self._module(kept) | self._left(leaving)
        for alias, new in news.items():
            if alias not in leaving and new[-1] != alias.name:
                start, _ = self.source.place(alias)
                words = new[-1] if alias.asname else f"{new[-1]} as {alias.name}"
                edits[start] = (start + len(alias.name.encode()), words.encode())
        return edits

    def _spelled(self, module: Parts) -> str:
        """A module as this statement writes it: with dots, if it can."""
        top = above(self.new, self.node.level) if self.node.level else None
        if top is None or module[: len(top)] != top:
            return ".".join(module)
        return "." * self.node.level + ".".join(module[len(top) :])

    def _head(self) -> re.Match[bytes] | None:
        return FROM.match(self.source.raw, self.source.place(self.node)[0])

    def _module(self, module: Parts) -> Edits:
        words, head = self._spelled(module), self._head()
        if not head or words == "." * self.node.level + (self.node.module or ""):
            return {}
        before = "" if head[1] or words.startswith(".") else " "
        after = "" if head[3] or words.endswith(".") else " "
        return {head.start(2): (head.end(2), f"{before}{words}{after}".encode())}

    def _left(self, leaving: Leaving) -> Edits:
        """Take names out of the list, and import them in a statement before it."""
        if not leaving:
            return {}
        raw, (start, _) = self.source.raw, self.source.place(self.node)
        indent = raw[max(raw.rfind(b"\n", 0, start), raw.rfind(b"\r", 0, start)) + 1 : start]
        newline = b"\r\n" if b"\r\n" in raw else b"\r" if b"\r" in raw else b"\n"
        between = newline + indent if not indent.strip() else b"; "
        statements = [self._own(alias, new).encode() + between for alias, new in leaving.items()]
        return {start: (start, b"".join(statements))} | self._without(leaving)

    def _own(self, alias: ast.alias, new: Parts) -> str:
        bound = alias.asname or alias.name
        name = new[-1] if new[-1] == bound else f"{new[-1]} as {bound}"
        return f"from {self._spelled(new[:-1])} import {name}"

    def _without(self, leaving: Leaving) -> Edits:
        places = {alias: self.source.place(alias) for alias in self.node.names}
        edits: Edits = {}
        for alias in leaving:
            start, end = places[alias]
            comma = COMMA.match(self.source.raw, end)
            edits[start] = (comma.end() if comma else end, b"")
        head = self._head()
        if head and not head[4] and self.node.names[-1] in leaving:  # no comma may end the list
            staying = max(place for alias, place in places.items() if alias not in leaving)
            edits = {at: edit for at, edit in edits.items() if at < staying[0]}
            edits[staying[1]] = (places[self.node.names[-1]][1], b"")
        return edits
