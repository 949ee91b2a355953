"""From one tree to another in a project: wholly, or not at all.

The write is one `git read-tree -m -u` on a copy of the index. What interrupts it is healed file by
file from the journal, forward or back, and only on the paths that the update changes: whatever
else a user has in the repository stays as it is.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from agentkit import disk, git, guardhook, index, interrupt, journal, worktree
from agentkit.errors import AgentkitError
from agentkit.journal import CONFLICTS, UNDOING, WRITING, Journal
from agentkit.objects import SUBMODULE, File, Objects
from agentkit.worktree import Changes

UNCHANGED = "nothing was changed"


def write(objects: Objects, plan: Journal) -> tuple[str, ...]:
    """Take the project from `plan.before` to `plan.after`; returns what there is to say of it.

    Raises AgentkitError, and then it is as it was, or the journal stays for the next command.
    """
    changes = changed(objects, plan)
    worktree.room(objects, changes)
    stages = [f.sha for p in plan.conflicts for f in plan.stages(p).values()]
    objects.admit([plan.after, *stages], plan.head)
    with interrupt.deferred("the update is written"), disk.telling(objects.top):
        _begin(objects, plan, changes)
        try:
            return _move(objects, plan, changes)
        except AgentkitError as e:
            _take_back(objects, plan, e)
            raise


def _begin(objects: Objects, plan: Journal, changes: Changes) -> None:
    """Look whether git will write it, before anything is touched."""
    top, git_dir = objects.top, objects.git_dir
    try:
        index.take(git_dir)
        index.begin(git_dir)
        if git.check(top, "rev-parse", "HEAD") != plan.head:
            raise AgentkitError("HEAD has moved meanwhile", str(top), "run it again")
        worktree.free(top, changes)
        _try(objects, "update-index", "-q", "--refresh", most=1)  # 1: there are changes elsewhere
        _try(objects, "read-tree", "-n", "-m", "-u", plan.before, plan.after)
        journal.save(git_dir, replace(plan, state=WRITING))
    except BaseException:
        with suppress(OSError):
            journal.drop(git_dir)
        index.release(git_dir)
        raise


def _move(objects: Objects, plan: Journal, changes: Changes) -> tuple[str, ...]:
    with disk.telling(objects.top):
        _try(objects, "read-tree", "-m", "-u", plan.before, plan.after)
        if left := worktree.left(objects.top, changes):  # git only warns of it
            raise AgentkitError("this cannot be deleted", str(left), UNCHANGED)
        return _settle(objects, plan, changes)


def _take_back(objects: Objects, plan: Journal, why: AgentkitError) -> None:
    try:
        why.fix = "\n  ".join((why.fix, *heal(objects, plan, forward=False)))
    except AgentkitError as worse:
        what = f"the update is half-written: {why.what}; {worse.what}"
        first = disk.advice(what) or "mend that"
        fix = f"{first}, then run agentkit update --continue, or --abort to undo it"
        raise AgentkitError(what, str(objects.top), fix) from worse


def _try(objects: Objects, *words: str, most: int = 0) -> None:
    done = git.feed(objects.top, *git.PLAIN, *words, env=_at(objects))
    if not 0 <= done.returncode <= most:
        told = done.stderr.decode("utf-8", "replace").strip().removeprefix("error: ")
        what = f"git cannot write this: {told or f'exit code {done.returncode}'}"
        fix = "; ".join(filter(None, (disk.advice(told), UNCHANGED)))
        raise AgentkitError(what, str(objects.top), fix)


def _at(objects: Objects) -> dict[str, str]:
    return {
        "GIT_DIR": str(objects.git_dir),
        "GIT_WORK_TREE": str(objects.top),
        "GIT_INDEX_FILE": str(index.copy(objects.git_dir)),
    }


def changed(objects: Objects, plan: Journal) -> Changes:
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


def _settle(objects: Objects, plan: Journal, changes: Changes) -> tuple[str, ...]:
    """The files are written: leave the conflicts to the user, or be done."""
    git_dir = objects.git_dir
    worktree.flush(objects.top, changes)
    if not plan.conflicts:
        index.publish(git_dir)
        index.release(git_dir)
        journal.drop(git_dir)
        return ()
    entries = [(p, n, f) for p in plan.conflicts for n, f in plan.stages(p).items()]
    _index(objects, plan, [*((p, 0, None) for p in plan.conflicts), *entries])
    told = guardhook.install(objects.top, git_dir)
    index.publish(git_dir)
    journal.save(git_dir, replace(plan, state=CONFLICTS))
    index.release(git_dir)
    return told


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

    Returns what there is to say of it; raises AgentkitError, and then the journal stays.
    """
    state = "the update is finished" if forward else "the update is undone"
    with interrupt.deferred(state), disk.telling(objects.top):
        index.take(objects.git_dir)
        if plan.state == UNDOING:  # so that no later run finishes it
            journal.save(objects.git_dir, plan)
        changes = changed(objects, plan)
        goal = {p: new if forward else old for p, (old, new) in changes.items()}
        told = worktree.clear(objects, changes, goal)  # first: it makes room on a full disk
        index.begin(objects.git_dir)
        _check_out(objects, plan, goal)
        if forward:
            return (*told, *_settle(objects, plan, changes))
        worktree.flush(objects.top, changes)
        index.publish(objects.git_dir)
        guardhook.remove(objects.top, objects.git_dir)
        index.release(objects.git_dir)
        journal.drop(objects.git_dir)
        return told


def _check_out(objects: Objects, plan: Journal, goal: worktree.Goal) -> None:
    gone = [(p, 0, None) for p in {*plan.conflicts, *goal}]
    _index(objects, plan, [*gone, *((p, 0, f) for p, f in goal.items() if f)])
    listed = os.fsencode("\0".join(p for p, f in goal.items() if f and f.mode != SUBMODULE))
    out = ("-c", "core.sparseCheckout=false", "checkout-index", "-f", "-u", "-z", "--stdin")
    if listed:
        git.data(objects.top, *out, stdin=listed, env=_at(objects))
    if git.run(objects.top, "config", "--type=bool", "core.sparseCheckout").stdout == "true\n":
        git.data(objects.top, "sparse-checkout", "reapply", env=_at(objects))
