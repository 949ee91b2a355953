"""The two renders of an update: the version that a project has, and the one that it wants."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agentkit import answers, carry, migrations, notes, origin, render, source
from agentkit.answers import Form
from agentkit.carry import Wish
from agentkit.errors import AgentkitError
from agentkit.notes import Note
from agentkit.project import Project
from agentkit.sides import Policy
from agentkit.source import Template


@dataclass(frozen=True)
class Pair:
    """Two rendered folders, and what there is to say of them."""

    old: Path
    new: Path
    before: Template
    after: Template
    policy: Policy
    answers: Mapping[str, tuple[Any, Any]]  # those that changed: before, after
    notes: tuple[str, ...]
    releases: tuple[Note, ...]


def pair(project: Project, wish: Wish, scratch: Path) -> Pair:
    """Render both; raises AgentkitError when one of them cannot be had, or an answer is wrong."""
    thens = origin.candidates(project)
    folders = [scratch / str(n) / project.path.name for n in range(len(thens) + 1)]
    for folder in folders:
        folder.mkdir(parents=True)
    make = _builtin if project.source == source.BUILTIN else _foreign
    return make(project, wish, thens, folders)


def _builtin(
    project: Project, wish: Wish, thens: list[dict[str, Any]], folders: list[Path]
) -> Pair:
    before = source.builtin(project.version)
    recorded = project.recorded.get("_digest")
    if recorded and before.digest and recorded != before.digest:
        raise _moved(project)
    after = before if wish.same else source.builtin(wish.version)
    _forward(before.version, after.version)
    steps = migrations.between(migrations.load(after.root), before.version, after.version)
    carried, told = migrations.migrate_answers(steps, project.answers)
    form = answers.load(before.root)
    filled = [_filled(form, then, last=then is thens[-1]) for then in thens]
    thens = [then for then, answer in zip(thens, filled, strict=True) if answer]
    folders = folders[-1 - len(thens) :]
    writers = [
        render.render(before, answer, folder, project.answers_file)
        for answer, folder in zip(filter(None, filled), folders, strict=False)
    ]
    chosen = origin.choose(project, folders[:-1])
    form = answers.load(after.root)
    answered, more = carry.carry(form, carried, wish)
    policy = Policy(
        yours=tuple(form.settings.get("_skip_if_exists", ())),
        ejected=project.yours(),
        shared=_shared(after),
        before={migrations.moved(steps, p): part for p, part in writers[chosen].items()},
        after=render.render(after, answered, folders[-1], project.answers_file),
        migrations=steps,
    )
    now = {name: answered[name] for name in answers.recorded(form)}
    releases = notes.between(source.index(), before.version, after.version)
    words = (*told, *more, *(step.why for step in steps))
    changed = carry.changed(thens[chosen], now)
    return Pair(folders[chosen], folders[-1], before, after, policy, changed, words, releases)


def _filled(form: Form, then: Mapping[str, Any], *, last: bool) -> dict[str, Any] | None:
    """All answers of one candidate; None when they never fitted this version, but others may."""
    given = {k: v for k, v in then.items() if k in answers.recorded(form)}
    try:
        return answers.fill(form, given)
    except AgentkitError:
        if last:
            raise
        return None


def _shared(template: Template) -> tuple[str, ...]:
    path = template.root / "template/shared.yml"
    return tuple(yaml.safe_load(path.read_text("utf-8"))) if path.is_file() else ()


def _foreign(
    project: Project, wish: Wish, thens: list[dict[str, Any]], folders: list[Path]
) -> Pair:
    refs = (project.version,) if wish.same else (project.version, wish.version)
    with source.versions(project.source, *refs) as (before, *rest):
        after = rest[0] if rest else before
        if (digest := project.recorded.get("_digest")) and digest != before.digest:
            raise _moved(project)
        _forward(before.version, after.version)
        steps = migrations.between(migrations.load(after.root), before.version, after.version)
        carried, told = migrations.migrate_answers(steps, project.answers)
        file = project.answers_file
        jobs = [
            *(
                render.Job(before, t, f, answers_file=file)
                for t, f in zip(thens, folders, strict=False)
            ),
            render.Job(after, wish.data, folders[-1], recorded=carried, answers_file=file),
        ]
        made = render.render_foreign(jobs, prompt=bool(wish.prompt), trust=wish.trust)
        commands = render.commands(after)
        changelog = after.root / "CHANGELOG.md"
        text = changelog.read_text("utf-8", errors="replace") if changelog.is_file() else ""
    chosen, now = origin.choose(project, folders[:-1]), made[-1].answers
    policy = Policy(
        yours=(*made[chosen].yours, *made[-1].yours),
        ejected=project.yours(),
        again=True,
        migrations=steps,
    )
    words = (
        *told,
        *carry.lost(carried, now, wish),
        *(step.why for step in steps),
        *(f"not run, do it yourself if you want it: {command}" for command in commands),
    )
    releases = notes.of_changelog(text, before.version, after.version)
    changed = carry.changed(thens[chosen], now)
    return Pair(folders[chosen], folders[-1], before, after, policy, changed, words, releases)


def _forward(old: str, new: str) -> None:
    """Raises AgentkitError when `new` is older than `old`, as far as both are versions."""
    from packaging.version import InvalidVersion, Version

    try:
        older = Version(new) < Version(old)
    except InvalidVersion:
        older = old == "dev" != new and new in {f"v{v}" for v in source.index()}
    if older:
        what = f"this would be a downgrade, from {old} to {new}"
        raise AgentkitError(what, fix="git revert takes an update back; nothing was changed")


def _moved(project: Project) -> AgentkitError:
    what = (
        f"{project.version} is no longer the template that made this project: it was changed since"
    )
    fix = "ask its author for the old one, or link the project anew: agentkit adopt"
    return AgentkitError(what, project.source, fix)
