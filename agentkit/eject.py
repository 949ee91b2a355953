"""`agentkit eject`: from now on a file is the user's own, and no update changes it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit import disk, drift, project, recorded
from agentkit.drift import Drift
from agentkit.errors import AgentkitError
from agentkit.names import ANSWERS_FILE
from agentkit.objects import quarantine
from agentkit.project import SETTINGS, Project

COMMENT = "What agentkit is told of this project."


@dataclass(frozen=True)
class Ejected:
    """The files that are the user's own now, and what there is to say of the others."""

    project: Project
    files: tuple[str, ...]
    notes: tuple[str, ...]


def eject(
    files: Sequence[Path], answers_file: str = ANSWERS_FILE, *, trust: bool = False
) -> Ejected:
    """Add files of one project to `yours` in its agentkit.toml.

    Raises AgentkitError, and then nothing was written.
    """
    places = [project.of_file(file, answers_file) for file in files]
    found = places[0][0]
    if other := [p.path for p, _ in places if p.path != found.path]:
        raise AgentkitError("these files belong to several projects", str(other[0]))
    with (
        quarantine(found.top, found.git_dir) as objects,
        recorded.made(found, objects.scratch, trust=trust) as made,
    ):
        seen = drift.compare(objects, found, made)
    told = {path: _told(found, seen, path) for _, path in places}
    new = tuple(path for path, words in told.items() if not words)
    if new:
        _save(found.path / SETTINGS, [pattern(p) for path in new for p in _paths(seen, path)])
    return Ejected(found, new, tuple(filter(None, told.values())))


def _told(found: Project, seen: Drift, path: str) -> str:
    """Why there is nothing to do for a file; raises AgentkitError when there is no such file."""
    entry = seen.entry(path)
    if entry is None:
        drift.require(found, path)
        return f"{path}: the template did not write it; it is yours already"
    if path == found.answers_file:
        what = "this file records what the template wrote, and every update writes it"
        raise AgentkitError(what, str(found.path / path))
    return f"{path}: it is yours already" if entry.owner == "yours" else ""


def _paths(seen: Drift, path: str) -> list[str]:
    """Where a file is, and where the template writes it."""
    entry = seen.entry(path)
    return list(filter(None, (entry.path, entry.was))) if entry else []


def pattern(path: str) -> str:
    """The pattern that matches this path and no other."""
    literal = re.sub(r"([\\*?\[])", r"\\\1", path)
    literal = re.sub(r" $", r"\\ ", literal)
    return literal if "/" in path and path[0] not in "#!" else f"/{literal}"


def _save(path: Path, patterns: list[str]) -> None:
    """Add to the list, and leave the rest of the file as it is laid out."""
    import tomlkit

    text = path.read_bytes().decode("utf-8") if path.exists() else f"# {COMMENT}\n"
    document = tomlkit.parse(text)
    listed: Any = document.get("yours")
    if listed is None:
        listed = tomlkit.array()
        listed.multiline(True)
        document.add("yours", listed)
    listed.extend(p for p in patterns if p not in listed)
    try:
        disk.replace(path, tomlkit.dumps(document).encode())
    except OSError as e:
        raise AgentkitError(f"this cannot be written: {e.strerror}", str(path)) from e
