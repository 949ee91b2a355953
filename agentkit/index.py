"""The index of a project while an update is written: a copy of it, put in place in one step.

Git's own lock is held meanwhile: no other git changes the index, or commits half of an update. The
lock of a run that was killed stays, and is known by what it says.
"""

import os
import shutil
import time
from pathlib import Path

from agentkit import disk
from agentkit.errors import AgentkitError
from agentkit.journal import FOLDER

WORDS = b"an update by agentkit; if it was interrupted, `agentkit update --continue` finishes it\n"
PATIENCE = 1.0  # seconds for another git to let go


def take(git_dir: Path) -> None:
    """Lock the index; raises AgentkitError while another git is at work.

    The lock of a killed run is taken over.
    """
    until = time.monotonic() + PATIENCE
    while not _locked(git_dir):
        if time.monotonic() > until:
            fix = "wait until it is done; delete the file if no git is running; nothing was changed"
            raise AgentkitError("another git is at work here", str(_lock(git_dir)), fix)
        time.sleep(0.02)


def begin(git_dir: Path) -> None:
    """Make the copy to work on."""
    (git_dir / FOLDER / "index.lock").unlink(missing_ok=True)
    shutil.copy2(git_dir / "index", copy(git_dir))  # its time too: git compares the files' with it


def copy(git_dir: Path) -> Path:
    """The copy to work on."""
    return git_dir / FOLDER / "index"


def publish(git_dir: Path) -> None:
    """Put the copy in the place of the index."""
    disk.flush(copy(git_dir))
    os.replace(copy(git_dir), git_dir / "index")
    disk.flush(git_dir)


def release(git_dir: Path) -> bool:
    """Let other gits in again; returns False when the lock is not ours, or there is none."""
    for name in ("index", "index.lock", "mark"):
        (git_dir / FOLDER / name).unlink(missing_ok=True)
    if not ours(git_dir):
        return False
    _lock(git_dir).unlink()
    return True


def ours(git_dir: Path) -> bool:
    """Is the index locked by a run of agentkit?"""
    try:
        with open(_lock(git_dir), "rb") as file:
            return file.read(len(WORDS) + 1) == WORDS
    except OSError:
        return False


def _lock(git_dir: Path) -> Path:
    return git_dir / "index.lock"


def _locked(git_dir: Path) -> bool:
    """Lock it in one step, so that no lock of ours is without its words."""
    if ours(git_dir):
        return True
    mark = git_dir / FOLDER / "mark"
    mark.write_bytes(WORDS)
    try:
        os.link(mark, _lock(git_dir))
    except FileExistsError:
        return False
    except OSError:  # no hard links on this file system
        return _made(_lock(git_dir))
    finally:
        mark.unlink()
    return True


def _made(lock: Path) -> bool:
    try:
        with open(lock, "xb") as file:
            file.write(WORDS)
    except FileExistsError:
        return False
    return True
