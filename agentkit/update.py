"""`agentkit update`, and whatever else changes a project by a merge."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from agentkit import (
    disk,
    engine,
    git,
    interrupt,
    journal,
    project,
    recovery,
    transaction,
    verify,
)
from agentkit.carry import Wish
from agentkit.engine import Draft
from agentkit.errors import INTERRUPTED, AgentkitError
from agentkit.names import ANSWERS_FILE
from agentkit.objects import Objects, quarantine
from agentkit.project import Project


@dataclass(frozen=True)
class How:
    """What to do with a finished update."""

    dry_run: bool = False
    branch: str = ""
    commit: bool = False
    verify: str = ""
    answers_file: str = ANSWERS_FILE
    explain: bool = False


@dataclass(frozen=True)
class Outcome:
    """What an update did, or with dry_run would have done."""

    draft: Draft
    how: How
    applied: bool = False
    commit: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def conflicts(self) -> tuple[str, ...]:
        """The paths left to the user."""
        return tuple(self.draft.merged.conflicts)


Agree = Callable[[Outcome], bool]
Make = Callable[[Objects, Project], Draft]


def run(path: Path, wish: Wish, how: How, agree: Agree) -> Outcome:
    """Update the project in `path`.

    `agree` sees what is about to happen; if it says no, nothing is written. Raises AgentkitError,
    and then nothing was changed.
    """
    return change(path, how, agree, lambda objects, found: engine.draft(objects, found, wish))


def change(path: Path, how: How, agree: Agree, make: Make, *, linked: bool = True) -> Outcome:
    """Change the project in `path` to what `make` drafts, in the same way.

    It need not record a template if it is not `linked`.
    """
    with alone(path, how, linked=linked) as found:
        project.guard(found, whole=how.commit)
        with quarantine(found.top, found.git_dir) as objects:
            outcome = Outcome(make(objects, found), how)
            if how.dry_run or outcome.draft.empty:
                return outcome
            if not agree(outcome):
                raise AgentkitError("nothing was written", code=INTERRUPTED)
            return _do(objects, outcome)


@contextmanager
def alone(path: Path, how: How, *, linked: bool = True) -> Iterator[Project]:
    """The project in `path`, without other runs, and with an interrupted update finished first.

    A dry run keeps nobody away, and finishes nothing. Raises AgentkitError, for a signal too.
    """
    place = project.find(path, how.answers_file, linked=False)
    lock = nullcontext() if how.dry_run else journal.locked(place.git_dir)
    with interrupt.handled(), disk.telling(place.path), lock:
        if not how.dry_run:
            recovery.finish(place)
        elif journal.load(place.git_dir):
            fix = "agentkit update --continue or --abort; `agentkit status` tells more"
            raise AgentkitError("an earlier update is not over", str(place.top), fix)
        yield project.find(path, how.answers_file, linked=linked)


def _do(objects: Objects, outcome: Outcome) -> Outcome:
    draft, how, found = outcome.draft, outcome.how, outcome.draft.project
    if how.branch:
        return _branched(objects, outcome)
    if how.verify and not outcome.conflicts:
        verify.run(objects, _authored(objects, draft), found, how.verify)
    project.guard(found, whole=how.commit)  # again: the user goes on working meanwhile
    notes = transaction.write(objects, draft.journal)
    if how.verify and outcome.conflicts:
        notes += (f"not verified: resolve the conflicts, then run {how.verify}",)
    if outcome.conflicts and how.explain:
        prompt = recovery.explain(found, objects, draft.journal)
        notes += (f"a prompt for a coding assistant is in {prompt}",)
    if how.commit and not outcome.conflicts:
        return Outcome(draft, how, True, git.commit_staged(found.top, draft.message), notes)
    return Outcome(draft, how, True, "", notes)


def _branched(objects: Objects, outcome: Outcome) -> Outcome:
    """Put the result on a branch of its own; the work tree, the index and HEAD stay."""
    draft, how = outcome.draft, outcome.how
    ref = f"refs/heads/{how.branch}"
    if how.branch.startswith("-") or git.run(objects.top, "check-ref-format", ref).returncode:
        raise AgentkitError(f"{how.branch!r} cannot name a branch", str(objects.top))
    if git.run(objects.top, "rev-parse", "--verify", "--quiet", ref).returncode == 0:
        fix = "name another one: --branch=NAME, or delete it: git branch -D"
        raise AgentkitError(f"there is a branch {how.branch} already", str(objects.top), fix)
    if outcome.conflicts:
        return outcome
    made = _authored(objects, draft)
    if how.verify:
        verify.run(objects, made, draft.project, how.verify)
    with interrupt.deferred(f"the branch {how.branch} is made"):
        objects.admit([made], draft.project.head)
        git.check(objects.top, "update-ref", "-m", "agentkit update", ref, made, "")
    return Outcome(draft, how, False, made, outcome.notes)


def _authored(objects: Objects, draft: Draft) -> str:
    words = ("commit-tree", draft.tree, "-p", draft.project.head, "-m", draft.message)
    done = git.run(objects.top, *words, env=objects.env)  # the user is its author, if git knows him
    if done.returncode:
        return objects.commit(draft.tree, draft.project.head, message=draft.message)
    return done.stdout.strip()


def explained(path: Path, how: How) -> str:
    """Write the prompt about conflicts that are open already; empty when there are none."""
    found = project.find(path, how.answers_file, linked=False)
    entry = journal.load(found.git_dir)
    if how.dry_run or entry is None or not recovery.unresolved(found, entry):
        return ""
    with quarantine(found.top, found.git_dir) as objects:
        return f"a prompt for a coding assistant is in {recovery.explain(found, objects, entry)}"


def resume(path: Path, how: How) -> tuple[str, ...]:
    """Finish an update: what was interrupted is written, what is resolved is over."""
    found = project.find(path, how.answers_file, linked=False)
    with interrupt.handled(), disk.telling(found.path), journal.locked(found.git_dir):
        entry = journal.load(found.git_dir)
        recovery.finish(found)
        if entry is None:
            raise AgentkitError("no update is in progress here", str(found.path))
        if how.commit:
            git.commit_staged(found.top, entry.message)
            return ("the update is committed",)
        return ("the update is finished; commit it",)


def undo(path: Path, how: How) -> tuple[str, ...]:
    """Take an update back that was interrupted or left conflicts."""
    found = project.find(path, how.answers_file, linked=False)
    with interrupt.handled(), disk.telling(found.path), journal.locked(found.git_dir):
        return recovery.abort(found)
