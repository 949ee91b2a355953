"""TOML with the places of its values: tables by their headers, and statements in them.

The value of a root is {path of a table: {path of a key in it: value}}. In a path, a table of an
array is followed by its place in the array.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from agentkit.structure import brackets
from agentkit.structure.brackets import inside
from agentkit.structure.tree import Entry, Node, Style

Path = tuple[Any, ...]
MAX_DOTS = 200
GAP = brackets.TOML.gap
KEY = brackets.TOML.key
HEADER = re.compile(rf"\[\[?[ \t]*({KEY.pattern})[ \t]*\]\]?")


def parse(text: str) -> Any:
    """The data of `text`; raises ValueError, for what takes too long too."""
    if max(line.count(".") for line in text.split("\n")) > MAX_DOTS:
        raise ValueError("too deep")
    return tomllib.loads(text)


def read(text: str) -> Node:
    """The data of `text` with its places; raises ValueError."""
    data = parse(text)
    tables = list(_tables(text, data))
    end = tables[-1].node.end if tables else 0
    return Node(text, 0, end, _values(tables), Style.BLOCK, tuple(tables))


def _values(entries: list[Entry]) -> dict[Any, Any]:
    return {entry.name: entry.node.value for entry in entries}


def _tables(text: str, data: Any) -> Iterator[Entry]:
    places: dict[Path, int] = {}
    top = _table(text, 0, data, 0)
    if top.entries:
        yield Entry((), 0, 0, top)
    start = _gap(text, top.end)
    while start < len(text):
        header = HEADER.match(text, start)
        if header is None:
            raise ValueError(f"not understood at {start}")
        path = _numbered(brackets.toml_path(header[1]), header[0].startswith("[["), places)
        end = header.end()
        node = _table(text, end, inside(data, path), _line_end(text, end))
        yield Entry(path, start, end, node)
        start = _gap(text, node.end)


def _numbered(path: tuple[str, ...], begins: bool, places: dict[Path, int]) -> Path:
    """A header's path with the place in each array on the way; the next one, if it `begins` one."""
    found: Path = ()
    for key in path[:-1]:
        found = (*found, key)
        if found in places:
            found = (*found, places[found])
    found = (*found, path[-1])
    if begins:
        places[found] = places.get(found, -1) + 1
        return (*found, places[found])
    return found


def _table(text: str, start: int, data: Any, end: int) -> Node:
    """The statements behind a header that stands between `start` and `end`."""
    statements: list[Entry] = []
    at = _gap(text, end)
    while at < len(text) and text[at] != "[":
        key = KEY.match(text, at)
        if key is None:
            raise ValueError(f"not understood at {at}")
        path = brackets.toml_path(key[0])
        equals = text.index("=", key.end())
        value = _gap(text, equals + 1)
        node = brackets.read(text, value, inside(data, path), brackets.TOML)
        statements.append(Entry(path, at, key.end(), node))
        end = _line_end(text, node.end)
        at = _gap(text, end)
    return Node(text, start, end, _values(statements), Style.BLOCK, tuple(statements))


def _gap(text: str, start: int) -> int:
    found = GAP.match(text, start)
    return found.end() if found else start


def _line_end(text: str, start: int) -> int:
    return text.find("\n", start) + 1 or len(text)
