"""What makes a write last, and what to do when the disk refuses one."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentkit.errors import AgentkitError

ADVICE = {
    os.strerror(errno.ENOSPC): "free some space",
    os.strerror(errno.EDQUOT): "free some space",
    "Out of diskspace": "free some space",  # as git says it
    "unable to write file": "look whether the disk is full",
    "No usable temporary directory": "free some space, or set TMPDIR to another folder",
    os.strerror(errno.EACCES): "make it writable",
    os.strerror(errno.EPERM): "make it writable",
    os.strerror(errno.EROFS): "make it writable",
    os.strerror(errno.EFBIG): "allow larger files: ulimit -f",
    os.strerror(errno.EMFILE): "allow more open files: ulimit -n",
}


def advice(words: str) -> str:
    """What to do about an error of the system, by its words; empty when there is nothing to say."""
    return next((fix for known, fix in ADVICE.items() if known in words), "")


@contextmanager
def telling(where: Path) -> Iterator[None]:
    """Raises AgentkitError instead of OSError, naming the file or else `where`."""
    try:
        yield
    except OSError as e:
        what = f"this cannot be read or written: {e.strerror or e}"
        raise AgentkitError(what, str(e.filename or where), advice(str(e))) from e


def replace(path: Path, content: bytes) -> None:
    """Write a file in one step; of an existing one, its mode stays. Raises OSError."""
    path = path.resolve()
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    if path.exists():
        shutil.copymode(path, new)
    os.replace(new, path)


def flush(path: Path) -> None:
    """Return when a file, or the names in a folder, will survive a loss of power."""
    if os.name != "posix" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as e:
        if e.errno != errno.EINVAL:  # some file systems cannot
            raise
    finally:
        os.close(descriptor)
