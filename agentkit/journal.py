"""The journal of an update: what a command writes before it touches a project, and reads first.

It lies in the repository's git folder. As long as it is there, the project is on its way from one
tree to another (and a command that finds it so finishes, or undoes), or has conflicts of an update.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from agentkit import disk, git
from agentkit.errors import AgentkitError
from agentkit.objects import File

try:
    import fcntl
except ImportError:  # Windows: git's own index.lock is all there is
    fcntl = None  # type: ignore[assignment]

FOLDER = "agentkit"  # in the git folder
WRITING, UNDOING, CONFLICTS = "writing", "undoing", "conflicts"


@dataclass(frozen=True)
class Journal:
    """One update of one project, half-done or waiting for a person."""

    state: str
    before: str  # the tree that HEAD had
    after: str
    head: str
    label: str  # such as "template v0.2.0"
    message: str  # of the commit to make
    conflicts: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)

    @property
    def half(self) -> bool:
        """Is the project between two trees?"""
        return self.state != CONFLICTS

    def stages(self, path: str) -> dict[int, File]:
        """The entries of one conflict in the index."""
        return {int(n): File(mode, sha) for n, (mode, sha) in self.conflicts[path].items()}


def _path(git_dir: Path) -> Path:
    return git_dir / FOLDER / "journal.json"


def _scratch(git_dir: Path) -> Path:
    return _path(git_dir).with_suffix(".new")


def load(git_dir: Path) -> Journal | None:
    """The journal of this work tree, if there is one; raises AgentkitError when it is damaged."""
    path = _path(git_dir)
    try:
        return Journal(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, OSError) as e:
        fix = "look at `git status`; delete the file once the project is as you want it"
        raise AgentkitError(f"the journal of an update cannot be read: {e}", str(path), fix) from e


def save(git_dir: Path, journal: Journal) -> None:
    """Write it, so that it is there after a loss of power too."""
    path, scratch = _path(git_dir), _scratch(git_dir)
    path.parent.mkdir(exist_ok=True)
    try:
        scratch.write_text(json.dumps(asdict(journal), indent=1), "utf-8")
        disk.flush(scratch)
        os.replace(scratch, path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    disk.flush(path.parent)


def drop(git_dir: Path) -> None:
    """The update is over."""
    for path in (_path(git_dir), _scratch(git_dir)):
        path.unlink(missing_ok=True)
    disk.flush(git_dir / FOLDER)


@contextmanager
def locked(git_dir: Path) -> Iterator[None]:
    """Be alone: raises AgentkitError while another run, or a git that it started, is at work."""
    if fcntl is None:
        yield
        return
    with disk.telling(git_dir):
        (git_dir / FOLDER).mkdir(exist_ok=True)
        file = open(git_dir / FOLDER / "lock", "a")  # noqa: SIM115 - closed below
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            fix = "wait until it is done"
            raise AgentkitError("another agentkit is at work here", str(git_dir), fix) from e
        try:
            with git.holding(file.fileno()):
                yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # for a daemon too that a git has started
