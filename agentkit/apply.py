"""create(): a new project, whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from agentkit import git, plan, render
from agentkit.checks import tree
from agentkit.errors import INTERRUPTED, AgentkitError
from agentkit.source import Template

try:
    import fcntl
except ImportError:  # Windows: what a killed run left stays there
    fcntl = None  # type: ignore[assignment]

PREFIX = ".agentkit-new-"  # a folder that is being written, beside its target


@dataclass(frozen=True)
class Request:
    """What a user asked for: one template, answers, and a place."""

    template: Template
    answers: Mapping[str, Any]
    target: Path
    git: bool = True
    dry_run: bool = False
    prompt: bool = False  # let copier ask what is missing; for templates of others
    trust: bool = False


@dataclass(frozen=True)
class Created:
    """What create() did, or with dry_run would have done."""

    target: Path
    template: Template
    changes: tuple[plan.Change, ...]
    committed: bool = False
    notes: tuple[str, ...] = ()


def guard(target: Path) -> None:
    """Refuse a target that holds anything; raises AgentkitError."""
    if target.is_symlink() and not target.exists():
        raise AgentkitError("this is a link to nothing", str(target), "choose another folder")
    if target.exists() and not target.is_dir():
        raise AgentkitError("this is a file", str(target), "choose another name")
    if target.is_dir() and any(target.iterdir()):
        fix = "choose another folder, or empty this one; nothing was written"
        raise AgentkitError("this folder is not empty", str(target), fix)
    if ".git" in (part.casefold() for part in target.parts):
        raise AgentkitError("this is git's own folder", str(target), "choose another folder")


def create(request: Request, agree: Callable[[Created], bool]) -> Created:
    """Render beside the target, check, then rename into place and commit.

    `agree` sees the plan before anything is in place; if it says no, nothing is written.
    Raises AgentkitError when the target is not empty or the rendered tree is not sound.
    """
    target = request.target.absolute()
    target = target.resolve() if target.is_symlink() else target
    guard(target)
    with _stage(target, request.dry_run) as stage:
        changes = _render(request, stage)
        planned = Created(target, request.template, changes)
        if request.dry_run:
            return planned
        if not agree(planned):
            raise AgentkitError("nothing was written", code=INTERRUPTED)
        committed, notes = _commit(request, stage, target) if request.git else (False, ())
        _publish(stage, target)
    return Created(target, request.template, changes, committed, notes)


def _render(request: Request, stage: Path) -> tuple[plan.Change, ...]:
    template = request.template
    if template.builtin:
        render.render(template, request.answers, stage)
    else:
        render.render_foreign(
            template, request.answers, stage, prompt=request.prompt, trust=request.trust
        )
    names = tree.files(stage, own_git=request.trust)
    if not names:
        raise AgentkitError("the template rendered no file", template.source)
    if problems := tree.findings(stage, names):
        what = "the rendered project is not sound:\n    " + "\n    ".join(map(str, problems))
        raise AgentkitError(what, template.source, "nothing was written; tell its author")
    return plan.added(stage, names)


def _commit(request: Request, stage: Path, target: Path) -> tuple[bool, tuple[str, ...]]:
    if outer := git.outer_repository(target):
        return False, (f"not committed: {outer} is a git repository already",)
    template = request.template
    name = template.source if template.builtin else Path(template.source).name
    signed = git.commit_everything(stage, f"Generate from {name} {template.version}".rstrip())
    return True, () if signed else ("committed as agentkit: git knows no user.name and user.email",)


@contextmanager
def _stage(target: Path, elsewhere: bool) -> Iterator[Path]:
    """An empty folder on the target's file system, gone at the end; a kill leaves at most it."""
    made = [] if elsewhere else _make_parents(target)
    sweep(target.parent)
    try:
        place = None if elsewhere else target.parent
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place) as folder, _locked(folder):
            stage = Path(folder, target.name or "project")
            stage.mkdir()
            yield stage
    except PermissionError as e:
        raise AgentkitError("this folder cannot be written", str(e.filename or target)) from e
    finally:
        for parent in made:
            with suppress(OSError):  # it holds the project now
                parent.rmdir()


def _make_parents(target: Path) -> list[Path]:
    missing = [p for p in target.parents if not p.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise AgentkitError(f"cannot be made: {e.strerror}", str(target.parent)) from e
    return missing


def _publish(stage: Path, target: Path) -> None:
    try:
        os.rename(stage, target)  # one step; onto an empty folder too
    except OSError as e:
        fix = "nothing was written; choose another folder"
        raise AgentkitError(f"cannot be put in place: {e.strerror}", str(target), fix) from e


@contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Mark the folder as in use; the mark goes with the process, however it ends."""
    with open(Path(folder, "lock"), "w") as lock:
        _lock(lock)
        yield


def sweep(parent: Path) -> None:
    """Remove what earlier runs that were killed left in `parent`."""
    for left in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), open(left / "lock") as lock:
            if _lock(lock):
                shutil.rmtree(left)


def _lock(file: TextIO) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
