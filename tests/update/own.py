"""A project of the built-in template, made once, and what a command that looks must leave alone."""

import functools
import shutil
import tempfile
from pathlib import Path

from tests.unit.support import spawn
from tests.update.project import Project, Run
from tests.update.support import Template, snapshot

OBJECTS = ".git/objects/"


def own(root: Path, run: Run) -> Project:
    """A project with every default, and nothing changed in it."""
    shutil.copytree(_built(), root, symlinks=True)
    return Project(root, Template(root), run)


@functools.cache
def _built() -> Path:
    folder = Path(tempfile.gettempdir()).resolve()
    assert spawn("new", "my-agent", "--defaults", cwd=folder).code == 0
    kept = folder.parents[1] / "my-agent"  # not among the files of one test
    return (folder / "my-agent").rename(kept)


def everything(root: Path) -> dict[str, tuple[object, ...]]:
    """All files, git's own too, with their times; but git renews that of an object it meets."""
    return {
        name: (about[0], about[2]) if name.startswith(OBJECTS) else about
        for name, about in snapshot(root).items()
    }
