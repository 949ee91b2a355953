"""The files that an update changes, as they lie on the disk: looked at first, healed afterwards."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from agentkit import disk
from agentkit.errors import AgentkitError
from agentkit.journal import FOLDER
from agentkit.objects import SUBMODULE, File, Objects

SPARE = 16 << 20  # bytes to leave free on the disk
Changes = Mapping[str, tuple[File | None, File | None]]  # by path: what was there, what comes
Goal = Mapping[str, File | None]


def room(objects: Objects, changes: Changes) -> None:
    """Raises AgentkitError for what the disk or its permissions would stop half-way."""
    new = [f.sha for _, f in changes.values() if f and f.mode != SUBMODULE]
    needed = 2 * sum(map(len, objects.read(new).values())) + SPARE
    if shutil.disk_usage(objects.top).free < needed:
        what = f"the disk is nearly full: {needed >> 20} MB are needed"
        raise AgentkitError(what, str(objects.top), "free some space; nothing was changed")
    for path in changes:
        place = objects.top / path
        folder = next(p for p in place.parents if p.is_dir())
        if not os.access(folder, os.W_OK) or (place.is_file() and _immutable(place)):
            what = "this cannot be written"
            raise AgentkitError(what, str(place), "make it writable; nothing was changed")


def _immutable(path: Path) -> bool:
    """Has it the attribute that `chattr +i` sets? Permissions do not matter: git replaces files."""
    try:
        os.close(os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)))
    except PermissionError as e:
        return e.errno == 1  # EPERM; a lack of permission is EACCES
    except OSError:
        return False
    return False


def free(top: Path, changes: Changes) -> None:
    """Raises AgentkitError when something untracked is in the way, ignored or not.

    Git itself overwrites what it ignores.
    """
    found = {f for p, (_, new) in changes.items() if new for f in _in_the_way(top, p, changes)}
    if found:
        what = "untracked files are in the way: " + ", ".join(sorted(found)[:10])
        raise AgentkitError(what, str(top), "commit, move or delete them; nothing was changed")


def _in_the_way(top: Path, path: str, changes: Changes) -> Iterator[str]:
    known = {p.casefold() for p, (old, _) in changes.items() if old}  # a disk may fold it too
    if (above := _no_folder(top, path)) is not None:
        if above.casefold() not in known:
            yield above
        return
    place = top / path
    below = place.rglob("*") if _folder(place) else [place] * os.path.lexists(place)
    for file in (p for p in below if not _folder(p)):
        if (name := file.relative_to(top).as_posix()).casefold() not in known:
            yield name


def _folder(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink()


def _no_folder(top: Path, path: str) -> str | None:
    """What is there instead of a folder that `path` would lie in, such as a link to elsewhere."""
    for parent in reversed(Path(path).parents[:-1]):
        if os.path.lexists(top / parent) and not _folder(top / parent):
            return parent.as_posix()
    return None


def left(top: Path, changes: Changes) -> Path | None:
    """A file that should be gone, and is there."""
    gone = (top / p for p, (_, new) in changes.items() if not new and _no_folder(top, p) is None)
    return next((p for p in gone if os.path.lexists(p) and not _folder(p)), None)


def clear(objects: Objects, changes: Changes, goal: Goal) -> tuple[str, ...]:
    """Remove what `goal` has not, so that git can write what it has.

    What belongs to neither tree, nor is the start of it, is put aside; returns what was, and where.
    """
    kept = [p for p in _strange(objects, changes) if _put_aside(objects, p)]
    for path in (p for p, f in goal.items() if f is None):
        _remove(objects.top, path)
    for path in (p for p, f in goal.items() if f and f.mode != SUBMODULE):
        above = _no_folder(objects.top, path)
        if above is not None or _folder(objects.top / path):
            kept += [p for p in [above or path] if _put_aside(objects, p)]
    return tuple(f"{path} is not of this update; it is in {_aside(objects)} now" for path in kept)


def _strange(objects: Objects, changes: Changes) -> Iterator[str]:
    """The paths that hold something of neither tree."""
    blobs = objects.read(f.sha for s in changes.values() for f in s if f and f.mode != SUBMODULE)
    plain = {sha: _plain(blob) for sha, blob in blobs.items()}
    for path, sides in changes.items():
        place = objects.top / path
        if _no_folder(objects.top, path) is not None or _folder(place):
            continue
        known = [plain[f.sha] for f in sides if f and f.mode != SUBMODULE]
        if os.path.lexists(place) and not any(b.startswith(_content(place)) for b in known):
            yield path


def _content(place: Path) -> bytes:
    if place.is_symlink():
        return os.fsencode(os.readlink(place))
    return _plain(place.read_bytes()) if place.is_file() else b"\0"


def _plain(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")  # whatever a checkout made of it


def _aside(objects: Objects) -> Path:
    return objects.git_dir / FOLDER / "kept" / objects.scratch.name.rpartition("-")[2]


def _put_aside(objects: Objects, path: str) -> bool:
    """Move it out of the way; returns False where there were only empty folders."""
    place = objects.top / path
    if _folder(place):
        for folder, _, _ in os.walk(place, topdown=False):
            with suppress(OSError):
                os.rmdir(folder)
        if not place.exists():
            return False
    target = _aside(objects) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(place, target)
    return True


def _remove(top: Path, path: str) -> None:
    if _no_folder(top, path) is not None or _folder(top / path):
        return
    (top / path).unlink(missing_ok=True)
    with suppress(OSError):
        for parent in Path(path).parents[:-1]:
            (top / parent).rmdir()  # as long as they are empty


def flush(top: Path, paths: Iterable[str]) -> None:
    """Return when these files will survive a loss of power."""
    from concurrent.futures import ThreadPoolExecutor

    reached = [p for p in paths if _no_folder(top, p) is None]
    files = {place for p in reached if (place := top / p).is_file() and not place.is_symlink()}
    folders = {top / parent for p in reached for parent in Path(p).parents}
    with ThreadPoolExecutor(16) as pool:  # the disk takes them together
        list(pool.map(disk.flush, files | {f for f in folders if f.is_dir()}))
