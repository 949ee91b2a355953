"""Where a file goes, and what its content becomes."""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping

from agentkit.migrations import imports, keys
from agentkit.migrations.declared import Migration


def moved(migrations: Iterable[Migration], path: str) -> str:
    """Where the file at `path` lies after these migrations."""
    for migration in migrations:
        path = _moved(migration.move, path)
    return path


def _moved(move: Mapping[str, str], path: str) -> str:
    folders = [path[: n + 1] for n, c in enumerate(path) if c == "/"]
    for old in (path, *reversed(folders)):
        if new := move.get(old):
            there = new.startswith(old) and path.startswith(
                new
            )  # a/ moves to a/b/, and there it is
            return path if there else new + path.removeprefix(old)
    return path


def rewritten(migrations: Iterable[Migration], path: str, content: bytes) -> bytes:
    """The file's content after these migrations; `path` is where it lay before them.

    The same object when there is nothing to change, or when the file does not parse.
    """
    for migration, before, after in _steps(migrations, path):
        if migration.imports and before.endswith(".py"):
            content = imports.rewrite(migration.imports, (before, after), content)
        if names := _names(migration, before):
            content = keys.rewrite(names, content)
    return content


def touches(migrations: Iterable[Migration], path: str) -> bool:
    """May rewritten() change the file at `path`? It need not be read otherwise."""
    return any(
        (migration.imports and before.endswith(".py")) or _names(migration, before)
        for migration, before, _ in _steps(migrations, path)
    )


def _steps(migrations: Iterable[Migration], path: str) -> Iterator[tuple[Migration, str, str]]:
    for migration in migrations:
        after = _moved(migration.move, path)
        yield migration, path, after
        path = after


def _names(migration: Migration, path: str) -> dict[str, str]:
    """The keys to rename in one file."""
    found: dict[str, str] = {}
    for pattern, names in migration.keys.items():
        if _pattern(pattern).fullmatch(path):
            found.update(names)
    return found


@functools.cache
def _pattern(glob: str) -> re.Pattern[str]:
    """A * stays in its folder; **/ is any number of folders."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(words.get(part) or re.escape(part) for part in parts), re.S)
