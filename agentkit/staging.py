"""The folder in which a project is written, beside its target, until it is whole."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from agentkit.errors import AgentkitError

try:
    import fcntl
except ImportError:  # Windows: what a killed run left stays there
    fcntl = None  # type: ignore[assignment]

PREFIX = ".agentkit-new-"


@contextmanager
def stage(target: Path, *, elsewhere: bool) -> Iterator[Path]:
    """An empty folder on the target's file system, gone at the end; a kill leaves at most it.

    With `elsewhere` it lies among the temporary files, and nothing beside the target is touched.
    """
    missing = [] if elsewhere else [p for p in target.parents if not p.exists()]
    try:
        if not elsewhere:
            target.parent.mkdir(parents=True, exist_ok=True)
            sweep(target.parent)
        with claimed(None if elsewhere else target.parent) as folder:
            made = folder / (target.name or "project")
            made.mkdir()
            yield made
    except OSError as e:
        where = str(e.filename or target)
        raise AgentkitError(f"this cannot be written: {e.strerror or e}", where) from e
    finally:
        if not elsewhere:
            sweep(target.parent)  # an interrupt can come before the folder's name is known here
        for parent in missing:
            with suppress(OSError):  # it holds the project now
                parent.rmdir()


@contextmanager
def claimed(place: Path | None) -> Iterator[Path]:
    """A new folder in `place`, marked as in use; the mark goes with the process, however it ends.

    The mark is the locked file in it. Another run may sweep the folder before it has one.
    """
    while True:
        made = tempfile.TemporaryDirectory(prefix=PREFIX, dir=place, ignore_cleanup_errors=True)
        with made as name:
            if lock := _lock(Path(name), "w"):
                with lock:
                    yield Path(name)
                return


def sweep(parent: Path) -> None:
    """Remove what earlier runs that were killed left in `parent`."""
    if fcntl is None:
        return
    for left in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            held = os.listdir(left)
            if not held:
                left.rmdir()
            elif "lock" not in held:  # the first to come, so a run was killed while it cleaned up
                shutil.rmtree(left)
            elif lock := _lock(left, "r+"):
                with lock:
                    shutil.rmtree(left)


def _lock(folder: Path, mode: str) -> IO[str] | None:
    with ExitStack() as opened:
        try:
            file = opened.enter_context(open(folder / "lock", mode))
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (FileNotFoundError, BlockingIOError):
            return None
        if (folder / "lock").exists():
            opened.pop_all()
            return file
    return None
