"""create(): a new project, whole or not at all."""

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit import git, overlay, render, staging
from agentkit.checks import tree
from agentkit.errors import INTERRUPTED, AgentkitError
from agentkit.overlay import Layer
from agentkit.source import Template


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
    layer: Layer | None = None  # on top of the template
    extra: Mapping[str, str] = field(default_factory=dict)  # files beside those of both


@dataclass(frozen=True)
class Change:
    """One file of a new project."""

    path: str
    action: str
    lines: int


@dataclass(frozen=True)
class Created:
    """What create() did, or with dry_run would have done."""

    target: Path
    template: Template
    changes: tuple[Change, ...]
    committed: bool = False
    notes: tuple[str, ...] = ()


def guard(target: Path) -> None:
    """Refuse a target that holds anything; raises AgentkitError."""
    try:
        what, fix = _occupied(target)
    except OSError as e:
        if e.errno == errno.ENAMETOOLONG:  # the rules for names say it better
            return
        raise AgentkitError(f"this folder cannot be read: {e.strerror}", str(target)) from e
    if what:
        raise AgentkitError(what, str(target), fix)


def _occupied(target: Path) -> tuple[str, str]:
    if target.is_symlink() and not target.exists():
        return "this is a link to nothing", "choose another folder"
    if target.exists() and not target.is_dir():
        return "this is a file", "choose another name"
    if target.is_dir() and any(target.iterdir()):
        return (
            "this folder is not empty",
            "choose another folder, or empty this one; nothing was written",
        )
    if ".git" in (part.casefold() for part in target.parts):
        return "this is git's own folder", "choose another folder"
    return "", ""


def create(request: Request, agree: Callable[[Created], bool]) -> Created:
    """Render beside the target, check, then rename into place and commit.

    `agree` sees the plan before anything is in place; if it says no, nothing is written.
    Raises AgentkitError when the target is not empty or the rendered tree is not sound.
    """
    target = request.target.absolute()
    target = target.resolve() if target.is_symlink() else target
    guard(target)
    with staging.stage(target, elsewhere=request.dry_run) as stage:
        changes = _render(request, stage)
        planned = Created(target, request.template, changes)
        if request.dry_run:
            return planned
        if not agree(planned):
            raise AgentkitError("nothing was written", code=INTERRUPTED)
        committed, notes = _commit(request, stage, target) if request.git else (False, ())
        _publish(stage, target)
    return Created(target, request.template, changes, committed, notes)


def _render(request: Request, stage: Path) -> tuple[Change, ...]:
    template, answers = request.template, request.answers
    if template.builtin:
        render.render(template, answers, stage)
    else:
        job = render.Job(template, answers, stage)
        (made,) = render.render_foreign([job], prompt=request.prompt, trust=request.trust)
        answers = {**answers, **made.answers}
    if request.layer:
        overlay.add(request.layer, answers, stage)
    for name, text in request.extra.items():
        (stage / name).write_text(text, "utf-8")
    names = tree.files(stage, own_git=request.trust)
    if not names:
        raise AgentkitError("the template rendered no file", template.source)
    if problems := tree.findings(stage, names):
        what = "the rendered project is not sound:\n    " + "\n    ".join(map(str, problems))
        raise AgentkitError(what, template.source, "nothing was written; tell its author")
    return tuple(Change(n, "add", (stage / n).read_bytes().count(b"\n")) for n in names)


def _commit(request: Request, stage: Path, target: Path) -> tuple[bool, tuple[str, ...]]:
    if outer := git.outer_repository(target):
        return False, (f"not committed: {outer} is a git repository already",)
    template = request.template
    name = template.source if template.builtin else Path(template.source).name
    signed = git.commit_everything(stage, f"Generate from {name} {template.version}".rstrip())
    return True, () if signed else ("committed as agentkit: git knows no user.name and user.email",)


def _publish(stage: Path, target: Path) -> None:
    try:
        os.rename(stage, target)  # one step; onto an empty folder too
    except OSError as e:
        fix = "nothing was written; choose another folder"
        raise AgentkitError(f"cannot be put in place: {e.strerror}", str(target), fix) from e
