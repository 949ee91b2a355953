"""A second, small template on top of the first: the files that an organisation adds to a project.

It has no tasks, no extensions and no links, and no file that the first template has: so each file
has one owner, and whatever renders can be rendered again.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agentkit import sandbox
from agentkit.errors import USAGE, AgentkitError
from agentkit.limits import Limits
from agentkit.names import ANSWERS_FILE

LIMITS = Limits(memory=1 << 30, cpu=5, file=10 << 20, wall=20.0, files=2000, total=50 << 20)
FIX = "nothing was written; tell who keeps it"
RESERVED = (ANSWERS_FILE, "agentkit.toml")


@dataclass(frozen=True)
class Layer:
    """One version of an overlay, with the answers to its organisation's questions."""

    name: str  # of the organisation
    root: Path
    where: str  # for messages
    yours: Sequence[str]  # patterns
    answers: Mapping[str, Any]

    @property
    def part(self) -> str:
        """What wrote its files, as kind.part."""
        return f"overlay.{self.name}"

    def owned(self, paths: Sequence[str]) -> dict[str, bool]:
        """Which of these files are the user's once they are written; raises AgentkitError."""
        from pathspec import GitIgnoreSpec

        try:
            spec = GitIgnoreSpec.from_lines(self.yours)
        except ValueError as e:
            what = f"a pattern of yours is none: {e}"
            raise AgentkitError(what, self.where, code=USAGE) from e
        return {path: spec.match_file(path) for path in paths}


def files(folder: Path) -> list[str]:
    """The files of an overlay; raises AgentkitError for a link, or what is no file."""
    if folder.is_symlink() or not folder.is_dir():
        raise AgentkitError("overlay.path names no folder beside the org file", str(folder))
    found, size = [], 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise AgentkitError(f"{name} is a link; an overlay has files only", str(folder))
        if path.is_file():
            found.append(name)
            size += path.stat().st_size
        elif not path.is_dir():
            raise AgentkitError(f"{name} is no file", str(folder))
        if len(found) > LIMITS.files or size > LIMITS.total:
            what = f"an overlay has at most {LIMITS.files} files of {LIMITS.total >> 20} MB"
            raise AgentkitError(what, str(folder))
    return found


def digest(folder: Path) -> str:
    """The SHA-256 of all that an overlay is; raises AgentkitError as files() does."""
    told = hashlib.sha256()
    for name in files(folder):
        content = (folder / name).read_bytes()
        run = os.access(folder / name, os.X_OK)
        told.update(f"{name}\0{run}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    return told.hexdigest()


def add(layer: Layer, answers: Mapping[str, Any], folder: Path) -> dict[str, bool]:
    """Render an overlay into the folder with the first template's files.

    Returns its files, and whether they are the user's from now on. Raises AgentkitError when it
    does not render, or has a path that is taken; the folder is then as it was.
    """
    with TemporaryDirectory(prefix="agentkit-", ignore_cleanup_errors=True) as scratch:
        made = Path(scratch, "made")
        made.mkdir()
        if words := render([layer], answers, [made])[0]:
            what = f"the overlay of {layer.name} does not render: {words}"
            raise AgentkitError(what, layer.where, FIX)
        paths = files(made)
        if taken := [path for path in paths if _taken(folder, path)]:
            what = f"the overlay of {layer.name} and the template both have {', '.join(taken)}"
            fix = "nothing was written; who keeps the overlay gives it another name there"
            raise AgentkitError(what, layer.where, fix)
        owned = layer.owned(paths)
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(made / path, folder / path)
    return owned


def render(
    layers: Sequence[Layer], answers: Mapping[str, Any], folders: Sequence[Path]
) -> list[str]:
    """Render overlays alone, each into its empty folder, in a process with limits.

    Returns why each of them does not render, or nothing; raises AgentkitError beyond a limit.
    """
    jobs = [
        {"root": str(layer.root), "dst": str(folder), "answers": {**answers, **layer.answers}}
        for layer, folder in zip(layers, folders, strict=True)
    ]
    try:
        told = sandbox.run(jobs, folders, sandbox.Mode(program="agentkit.overlaid", own=LIMITS))
    except AgentkitError as e:
        what = e.what.replace("the template", f"the overlay of {layers[-1].name}", 1)
        raise AgentkitError(what, layers[-1].where, FIX) from e
    return [said.get("what", "") for said in told]


def _taken(folder: Path, path: str) -> bool:
    """Has the first template something here, or a file where this one needs a folder?"""
    place = folder / path
    above = [p for p in place.parents if p != folder and p.is_relative_to(folder)]
    return (
        path in RESERVED
        or os.path.lexists(place)
        or any(p.is_symlink() or p.is_file() for p in above)
    )
