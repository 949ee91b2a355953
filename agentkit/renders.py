"""The two renders of an update: the version that a project has, and the one that it wants."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from agentkit import answers, migrations, notes, render, source
from agentkit.answers import Asked, Form, Prompt
from agentkit.errors import AgentkitError
from agentkit.notes import Note
from agentkit.project import Project, answers_then
from agentkit.sides import Policy
from agentkit.source import Template


@dataclass(frozen=True)
class Wish:
    """What a user asks of an update."""

    version: str = ""  # empty: the newest
    same: bool = False  # stay at the recorded version
    data: Mapping[str, Any] = field(default_factory=dict)
    prompt: Prompt | None = None  # for questions that have no answer yet
    trust: bool = False


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
    folders = [scratch / side / project.path.name for side in ("old", "new")]
    for folder in folders:
        folder.mkdir(parents=True)
    if project.source == source.BUILTIN:
        return _builtin(project, wish, *folders)
    return _foreign(project, wish, *folders)


def _builtin(project: Project, wish: Wish, old: Path, new: Path) -> Pair:
    before = source.builtin(project.version)
    recorded = project.recorded.get("_digest")
    if recorded and before.digest and recorded != before.digest:
        raise _moved(project)
    after = before if wish.same else source.builtin(wish.version)
    _forward(before.version, after.version)
    steps = migrations.between(migrations.load(after.root), before.version, after.version)
    carried, told = migrations.migrate_answers(steps, project.answers)
    form, then = answers.load(before.root), answers_then(project)
    given = {k: v for k, v in then.items() if k in answers.recorded(form)}
    writers = render.render(before, answers.fill(form, given), old, project.answers_file)
    form = answers.load(after.root)
    filled, more = carry(form, carried, wish)
    policy = Policy(
        yours=tuple(form.settings.get("_skip_if_exists", ())),
        ejected=project.yours(),
        shared=_shared(after),
        before=writers,
        after=render.render(after, filled, new, project.answers_file),
        migrations=steps,
    )
    now = {name: filled[name] for name in answers.recorded(form)}
    releases = notes.between(source.index(), before.version, after.version)
    words = (*told, *more, *(step.why for step in steps))
    return Pair(old, new, before, after, policy, _changed(then, now), words, releases)


def carry(form: Form, recorded: Mapping[str, Any], wish: Wish) -> tuple[dict[str, Any], list[str]]:
    """Answer a form by what a project records and a user wishes; and what became of the rest."""
    known = answers.recorded(form)
    told = [
        f"{name} is no longer asked: {recorded[name]}" for name in recorded if name not in known
    ]
    new = [name for name in known if name not in recorded and name not in wish.data]

    def mend(asked: Asked, value: Any) -> Any:
        name = asked.question.name
        allowed = [choice.value for choice in asked.choices]
        items = value if asked.question.multiselect else [value]
        lost = [item for item in items if allowed and item not in allowed]
        if not lost or name in wish.data:
            return value
        kept = [i for i in items if i in allowed] if asked.question.multiselect else asked.default
        told.append(f"{name}: {', '.join(lost)} is no longer offered; it is now {kept}")
        return kept

    given = {k: v for k, v in recorded.items() if k in known} | dict(wish.data)
    filled = answers.fill(form, given, wish.prompt, mend=mend)
    told += [f"new question {name}: {filled[name]}" for name in new if not wish.prompt]
    return filled, told


def _shared(template: Template) -> tuple[str, ...]:
    path = template.root / "template/shared.yml"
    return tuple(yaml.safe_load(path.read_text("utf-8"))) if path.is_file() else ()


def _foreign(project: Project, wish: Wish, old: Path, new: Path) -> Pair:
    refs = (project.version,) if wish.same else (project.version, wish.version)
    then = answers_then(project)
    with source.versions(project.source, *refs) as (before, *rest):
        after = rest[0] if rest else before
        if (digest := project.recorded.get("_digest")) and digest != before.digest:
            raise _moved(project)
        _forward(before.version, after.version)
        steps = migrations.between(migrations.load(after.root), before.version, after.version)
        carried, told = migrations.migrate_answers(steps, project.answers)
        file = project.answers_file
        jobs = (
            render.Job(before, then, old, answers_file=file),
            render.Job(after, wish.data, new, recorded=carried, answers_file=file),
        )
        made = render.render_foreign(jobs, prompt=bool(wish.prompt), trust=wish.trust)
        commands = render.commands(after)
        changelog = after.root / "CHANGELOG.md"
        text = changelog.read_text("utf-8", errors="replace") if changelog.is_file() else ""
    now = made[1].answers
    policy = Policy(
        yours=(*made[0].yours, *made[1].yours),
        ejected=project.yours(),
        again=True,
        migrations=steps,
    )
    words = (
        *told,
        *_lost(carried, now, wish),
        *(step.why for step in steps),
        *(f"not run, do it yourself if you want it: {command}" for command in commands),
    )
    releases = notes.of_changelog(text, before.version, after.version)
    return Pair(old, new, before, after, policy, _changed(then, now), words, releases)


def _lost(carried: Mapping[str, Any], now: Mapping[str, Any], wish: Wish) -> list[str]:
    """The recorded answers that the new version does not take as they are."""
    told = [
        f"{name} is no longer asked: {value}" for name, value in carried.items() if name not in now
    ]
    return told + [
        f"{name}: {value} is no longer allowed; it is now {now[name]}"
        for name, value in carried.items()
        if name in now and now[name] != value and name not in wish.data
    ]


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*then, *now])
    return {n: (then.get(n), now.get(n)) for n in names if then.get(n) != now.get(n)}


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
