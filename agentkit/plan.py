"""What would change in a project, as data."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """One file of a plan."""

    path: str
    action: str
    lines: int


def added(root: Path, names: Iterable[str]) -> tuple[Change, ...]:
    """The plan of a new project: every rendered file is added."""
    return tuple(Change(n, "add", (root / n).read_bytes().count(b"\n")) for n in names)
