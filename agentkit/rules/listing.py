"""Which files a repository has."""

import os
import stat
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from agentkit import git
from agentkit.errors import AgentkitError

MAX_FILES = 50_000
SKIPPED = {".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"}


class Listing:
    """The files that git would commit, or all of them where there is no git."""

    def __init__(self, root: Path):
        self.root = root.resolve()
        self._inside: dict[str, bool] = {}

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file, sorted, relative and with slashes; no links. Raises AgentkitError."""
        names = {*self._listed} if self._listed is not None else {*_walk(self.root)}
        if len(names) > MAX_FILES:
            what = f"more than {MAX_FILES:,} files"
            raise AgentkitError(what, str(self.root), "check a folder of it")
        return tuple(sorted(name for name in names if self._regular(name)))

    @cached_property
    def _listed(self) -> dict[str, bool] | None:
        """What git lists, and whether it is in the index; None where there is no git."""
        if not self.versioned:
            return None
        words = ("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard")
        told = git.feed(self.root, *words)
        entries = _split(told.stdout)
        return None if told.returncode else {name[2:]: name[:1] != "?" for name in entries}

    @cached_property
    def versioned(self) -> bool:
        """Is it in a git repository?"""
        return any((p / ".git").exists() for p in (self.root, *self.root.parents))

    @cached_property
    def tracked(self) -> frozenset[str]:
        """The files that are in git's index."""
        return frozenset(name for name, inside in (self._listed or {}).items() if inside)

    def _regular(self, name: str) -> bool:
        try:
            regular = stat.S_ISREG(os.lstat(f"{self.root}/{name}").st_mode)
        except (OSError, ValueError):
            return False
        folder = name.rpartition("/")[0]
        if folder not in self._inside:
            self._inside[folder] = (self.root / folder).resolve().is_relative_to(self.root)
        return regular and self._inside[folder]


def _split(told: bytes) -> list[str]:
    return [os.fsdecode(name) for name in told.split(b"\0") if name]


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in names:
            yield Path(folder, name).relative_to(root).as_posix()
