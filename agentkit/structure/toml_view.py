"""The tables of a TOML file as one wants them, for the writer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from agentkit.structure import identity
from agentkit.structure.brackets import inside
from agentkit.structure.toml_text import Path
from agentkit.structure.tree import Entry, Node

GONE = object()  # the place of what is not wanted


def renamed(root: Node, data: Any, wanted: Any) -> Node:
    """`root`, read from `data`, with its tables in arrays by their places in `wanted`."""
    known: dict[Path, Path] = {(): ()}
    for entry in root.entries:
        for length, place in enumerate(entry.name):
            path = entry.name[:length]
            if (*path, place) not in known:
                _learn(known, path, place, inside(data, path), wanted)
    return replace(root, entries=tuple(replace(e, name=known[e.name]) for e in root.entries))


def _learn(known: dict[Path, Path], path: Path, place: Any, value: Any, wanted: Any) -> None:
    """Learn the name of `place` in the value at `path`; of a list, those of all its items."""
    here = known[path]
    if not isinstance(place, int):
        known[*path, place] = (*here, place)
        return
    goal = inside(wanted, here) if _has(wanted, here) else None
    mine, theirs = identity.known(value, goal if isinstance(goal, list) else [])
    places = {label: number for number, label in enumerate(theirs)}
    for number, label in enumerate(mine):
        known[*path, number] = (*here, places.get(label, GONE))


def view(wanted: Any, mine: Node, theirs: Node) -> dict[Path, dict[Path, Any]]:
    """`wanted` as the value of a root: in the tables of `mine`, then in those of `theirs`."""
    found = {t.name: _statements(wanted, t) for t in mine.entries if _has(wanted, t.name)}
    stated = {table.name + e.name for table in mine.entries for e in table.node.entries}
    known = {p for path in {*stated, *(t.name for t in mine.entries)} for p in _prefixes(path)}
    for table in theirs.entries:
        if not _has(wanted, table.name):
            continue
        new = {
            name: value
            for name, value in _statements(wanted, table).items()
            if stated.isdisjoint(_prefixes(table.name + name))
        }
        if new or table.name not in known:
            found[table.name] = found.get(table.name, {}) | new
    return found


def _statements(wanted: Any, table: Entry) -> dict[Path, Any]:
    """The wanted values of what `table` states."""
    names = (entry.name for entry in table.node.entries)
    return {n: inside(wanted, table.name + n) for n in names if _has(wanted, table.name + n)}


def _prefixes(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(1, len(path) + 1))


def _has(data: Any, path: Path) -> bool:
    try:
        inside(data, path)
    except LookupError:
        return False
    return True
