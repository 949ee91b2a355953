"""From one tree to another in a project: wholly, or not at all.

The write is one `git read-tree -m -u`, which looks at everything before it touches anything. What
interrupts it is healed file by file from the journal, forward or back, and only on the paths that
the update changes: whatever else a user has in the repository stays as it is.
"""

import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from agentkit import git, guardhook, journal
from agentkit.errors import AgentkitError
from agentkit.journal import CONFLICTS, FOLDER, WRITING, Journal
from agentkit.objects import SUBMODULE, File, Objects

PATIENCE = 3.0  # seconds for another git to let go of the index
SPARE = 16 << 20  # bytes to leave free on the disk
UNCHANGED = "nothing was changed"


def write(objects: Objects, plan: Journal) -> None:
    """Take the project from `plan.before` to `plan.after`.

    Raises AgentkitError, and then it is as it was, or the journal stays for the next command.
    """
    top, git_dir = objects.top, objects.git_dir
    changes = changed(objects, plan)
    _room(objects, changes)
    stages = [f.sha for p in plan.conflicts for f in plan.stages(p).values()]
    objects.admit([plan.after, *stages], plan.head)
    git.feed(top, *git.PLAIN, "update-index", "-q", "--refresh", env=_at(objects))
    move = ("read-tree", "-m", "-u", plan.before, plan.after)
    _try(objects, (move[0], "-n", *move[1:]))
    journal.save(git_dir, replace(plan, state=WRITING))
    try:
        _try(objects, move)
        settle(objects, plan)
    except AgentkitError as e:
        try:
            heal(objects, plan, forward=False)
        except AgentkitError as worse:
            fix = "mend that, such as a full disk; the next agentkit command finishes the update"
            raise AgentkitError(f"the update is half-written: {worse.what}", str(top), fix) from e
        raise


def _try(objects: Objects, words: tuple[str, ...]) -> None:
    done = git.feed(objects.top, *git.PLAIN, *words, env=_at(objects))
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().removeprefix("error: ")
        raise AgentkitError(f"git cannot write this: {told}", str(objects.top), UNCHANGED)


def _at(objects: Objects) -> dict[str, str]:
    return {"GIT_DIR": str(objects.git_dir), "GIT_WORK_TREE": str(objects.top)}


def changed(objects: Objects, plan: Journal) -> dict[str, tuple[File | None, File | None]]:
    """Every path that the update changes: what was there, and what comes."""
    words = ("diff-tree", "-r", "-z", "--no-renames", plan.before, plan.after)
    rest = os.fsdecode(objects.git(*words)).split("\0")
    found = {}
    for about, path in zip(rest[::2], rest[1::2], strict=False):
        old_mode, new_mode, old, new, _ = about.removeprefix(":").split()
        was, now = File(old_mode, old), File(new_mode, new)
        found[path] = (None if set(old) == {"0"} else was, None if set(new) == {"0"} else now)
    before = objects.files(plan.before) if set(plan.conflicts) - set(found) else {}
    return found | {p: (f, f) for p in set(plan.conflicts) - set(found) if (f := before.get(p))}


def _room(objects: Objects, changes: dict[str, tuple[File | None, File | None]]) -> None:
    """Refuse what the disk or its permissions would stop half-way."""
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


def settle(objects: Objects, plan: Journal) -> None:
    """The tree is written: leave the conflicts to the user, or be done."""
    if not plan.conflicts:
        journal.drop(objects.git_dir)
        return
    _index(objects, plan, ((p, 0, None) for p in plan.conflicts))
    entries = [(p, n, f) for p in plan.conflicts for n, f in plan.stages(p).items()]
    _index(objects, plan, entries)
    guardhook.install(objects.top, objects.git_dir)
    journal.save(objects.git_dir, replace(plan, state=CONFLICTS))


def _index(
    objects: Objects, plan: Journal, entries: Iterable[tuple[str, int, File | None]]
) -> None:
    nothing = "0" * len(plan.after)  # as long as this repository's hashes
    lines = (
        f"{f.mode} {f.sha} {stage}\t{path}\0" if f else f"0 {nothing} 0\t{path}\0"
        for path, stage, f in entries
    )
    stdin = os.fsencode("".join(lines))
    git.data(objects.top, "update-index", "-z", "--index-info", stdin=stdin, env=_at(objects))


def heal(objects: Objects, plan: Journal, *, forward: bool) -> tuple[str, ...]:
    """Bring every path of the update to the new tree, or back to the old one.

    Returns the files that held something else, of which a copy was put aside.
    """
    if plan.state == WRITING:
        _unlock(objects.git_dir)
    changes = changed(objects, plan)
    aside = _aside(objects, changes)
    goal = {p: new if forward else old for p, (old, new) in changes.items()}
    _index(objects, plan, ((p, 0, None) for p in plan.conflicts))
    _index(objects, plan, ((p, 0, f) for p, f in goal.items()))
    for path in (p for p, f in goal.items() if f is None):
        _remove(objects.top, path)
    listed = os.fsencode("\0".join(p for p, f in goal.items() if f and f.mode != SUBMODULE))
    out = ("-c", "core.sparseCheckout=false", "checkout-index", "-f", "-u", "-z", "--stdin")
    if listed:
        git.data(objects.top, *out, stdin=listed, env=_at(objects))
    if forward:
        settle(objects, plan)
    else:
        guardhook.remove(objects.top, objects.git_dir)
        journal.drop(objects.git_dir)
    return aside


def _unlock(git_dir: Path) -> None:
    """Remove the lock of a git that was killed: nobody else's stays that long unchanged."""
    lock = git_dir / "index.lock"
    until = time.monotonic() + PATIENCE
    while lock.exists():
        if time.monotonic() > until:
            lock.unlink(missing_ok=True)
        time.sleep(0.05)


def _remove(top: Path, path: str) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        (top / path).unlink()
    with suppress(OSError):
        for parent in Path(path).parents[:-1]:
            (top / parent).rmdir()  # as long as they are empty


def _aside(
    objects: Objects, changes: dict[str, tuple[File | None, File | None]]
) -> tuple[str, ...]:
    """Copy away what is on the disk and belongs to neither tree, nor is the start of it."""
    kept = []
    blobs = objects.read(f.sha for s in changes.values() for f in s if f and f.mode != SUBMODULE)
    plain = {sha: blob.replace(b"\r\n", b"\n") for sha, blob in blobs.items()}
    for path, sides in changes.items():
        place = objects.top / path
        if place.is_symlink() or not place.is_file():
            continue
        content = place.read_bytes().replace(b"\r\n", b"\n")  # whatever a checkout made of it
        if any(plain.get(f.sha, b"").startswith(content) for f in sides if f):
            continue
        copy = objects.git_dir / FOLDER / "kept" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(place, copy)
        kept.append(path)
    return tuple(kept)
