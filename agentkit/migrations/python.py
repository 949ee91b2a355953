"""Python source as bytes that can be edited in place, and the dotted names in it."""

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

Parts = tuple[str, ...]  # of a dotted name
Place = tuple[int, int]  # where something starts and ends
Edits = dict[int, tuple[int, bytes]]  # where it starts: where it ends, and the new text

UNPARSABLE = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Source:
    """The tree of a file, its text in UTF-8, in which the tree counts, and where lines start."""

    tree: ast.Module
    raw: bytes
    starts: tuple[int, ...]
    encoding: str

    def place(self, node: ast.expr | ast.stmt | ast.alias) -> Place:
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        return start, end

    def dotted(self, start: int, name: str) -> Place | None:
        """Where a dotted name ends that starts here; there may be space around its dots."""
        pattern = rb"[\s\\]*\.[\s\\]*".join(re.escape(p.encode()) for p in name.split("."))
        found = re.compile(pattern).match(self.raw, start)
        return found.span() if found else None

    def edited(self, edits: Edits) -> bytes:
        """The whole file with these edits, in its own encoding; raises what does not parse."""
        raw = self.raw
        for start, (end, new) in sorted(edits.items(), reverse=True):
            raw = raw[:start] + new + raw[end:]
        parse(text := raw.decode("utf-8"))
        return text.encode(self.encoding)


def read(content: bytes) -> Source | None:
    """The source in a file; None when this Python cannot parse it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
        tree = parse(text)
        same = text.encode(encoding) == content
    except UNPARSABLE:
        return None
    if not same:
        return None
    raw = text.encode("utf-8")
    starts = accumulate(map(len, raw.splitlines(keepends=True)), initial=0)
    return Source(tree, raw, tuple(starts), encoding)


def parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape is the author's affair
        return ast.parse(text)


def renamed(names: Mapping[Parts, Parts], name: Parts) -> Parts:
    """What a dotted name is called now: the longest old name that it starts with decides."""
    for count in range(len(name), 0, -1):
        old = name[:count]
        if new := names.get(old):
            there = new[:count] == old and name[: len(new)] == new  # a is now a.b, and this is a.b
            return name if there else new + name[count:]
    return name


def respelled(
    source: Source, places: Sequence[Place], old: Sequence[str], new: Sequence[str]
) -> Edits | None:
    """Edit the words at `places` from `old` to `new`, no more than differ; None if not possible."""
    if any(source.raw[s:e] != w.encode() for (s, e), w in zip(places, old, strict=True)):
        return None  # written with letters that Python takes for others
    shorter = min(len(old), len(new))
    first = next((n for n in range(shorter - 1) if old[n] != new[n]), shorter - 1)
    ends = zip(reversed(old[first + 1 :]), reversed(new[first + 1 :]), strict=False)
    last = next((n for n, (a, b) in enumerate(ends) if a != b), shorter - first - 1)
    start, end = places[first][0], places[len(old) - last - 1][1]
    if b"#" in source.raw[start:end]:
        return None
    return {start: (end, ".".join(new[first : len(new) - last]).encode())}


def package(path: str) -> Parts:
    """The package of the module in this file; packages lie in src/ or at the top."""
    folders = tuple(path.split("/")[:-1])
    return folders[1:] if folders[:1] == ("src",) else folders


def absolute(node: ast.ImportFrom, package: Parts) -> Parts | None:
    """The module that a statement imports from; None when it lies above all packages."""
    module = tuple(node.module.split(".")) if node.module else ()
    if not node.level:
        return module
    top = above(package, node.level)
    return None if top is None else top + module


def above(package: Parts, level: int) -> Parts | None:
    """What so many dots mean in a module of `package`."""
    return package[: len(package) - level + 1] if level <= len(package) else None
