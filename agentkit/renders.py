"""The two renders of an update: the version that a project has, and the one that it wants."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agentkit import (
    answers,
    carry,
    layers,
    migrations,
    notes,
    orgasked,
    orgpolicy,
    orgtemplate,
    recorded,
    render,
    source,
)
from agentkit.carry import Wish
from agentkit.errors import AgentkitError
from agentkit.layers import Coming, Laid
from agentkit.notes import Note
from agentkit.policy import Policy
from agentkit.project import Project
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
    imposed: bool = False  # an org file has put back answers that the project records otherwise
    followed: str = ""  # the org file and its version, if that is another one
    settled: bool = False  # agentkit.toml is written too


def pair(project: Project, wish: Wish, scratch: Path) -> Pair:
    """Render both; raises AgentkitError when one of them cannot be had, or an answer is wrong."""
    folder = scratch / "new" / project.path.name
    folder.mkdir(parents=True)
    to = layers.coming(project, wish)
    if not wish.same and not wish.version:
        wish = replace(wish, version=orgtemplate.newest(to.org, project.source))
    wish = replace(wish, data=orgasked.parted(to.org, wish.data)[0])
    make = _builtin if project.source == source.BUILTIN else _foreign
    return make(project, wish, to, scratch, folder)


def _builtin(project: Project, wish: Wish, to: Coming, scratch: Path, folder: Path) -> Pair:
    old = recorded.builtin(project, scratch)
    before = old.template
    after = before if wish.same else source.builtin(wish.version)
    _forward(before.version, after.version)
    steps = migrations.between(migrations.load(after.root), before.version, after.version)
    carried, told = migrations.migrate_answers(steps, project.answers)
    form = orgpolicy.bound(answers.load(after.root), to.org)
    carried, imposed = _imposed(to, carried, wish)
    answered, more = carry.carry(form, carried, wish)
    policy = Policy(
        yours=recorded.yours(after),
        ejected=project.yours(),
        shared=recorded.shared(after),
        before={migrations.moved(steps, p): part for p, part in old.parts.items()},
        after=render.render(after, answered, folder, project.answers_file),
        migrations=steps,
        cause="the template" if after.version != before.version else "your new answers",
    )
    new = layers.lay(to.layer, answered, folder)
    now = {name: answered[name] for name in answers.recorded(form)}
    releases = notes.between(source.index(), before.version, after.version)
    words = (*told, *imposed, *more, *(step.why for step in steps))
    changed = carry.changed(old.answers, now)
    rest = policy, changed, words, releases, bool(imposed)
    return _laid(project, Pair(old.folder, folder, before, after, *rest), old.laid, new, to)


def _foreign(project: Project, wish: Wish, to: Coming, scratch: Path, folder: Path) -> Pair:
    refs = (project.version,) if wish.same else (project.version, wish.version)
    with source.versions(project.source, *refs) as (before, *rest):
        after = rest[0] if rest else before
        olds = recorded.asked(project, before, scratch)
        _forward(before.version, after.version)
        steps = migrations.between(migrations.load(after.root), before.version, after.version)
        carried, told = migrations.migrate_answers(steps, project.answers)
        carried, imposed = _imposed(to, carried, wish)
        file = project.answers_file
        job = render.Job(after, wish.data, folder, recorded=carried, answers_file=file)
        made = render.render_foreign([*olds, job], prompt=bool(wish.prompt), trust=wish.trust)
        commands = render.commands(after, before.version)
        changelog = after.root / "CHANGELOG.md"
        text = changelog.read_text("utf-8", errors="replace") if changelog.is_file() else ""
    old, now = recorded.chosen(project, olds, made), made[-1].answers
    new = layers.lay(to.layer, {**wish.data, **now}, folder)
    policy = Policy(
        yours=(*old.yours, *made[-1].yours),
        ejected=project.yours(),
        again=True,
        before=old.parts,
        migrations=steps,
        cause="the template" if after.version != before.version else "your new answers",
    )
    words = (
        *told,
        *imposed,
        *carry.lost(carried, now, wish),
        *(step.why for step in steps),
        *recorded.unprotected(made[-1]),
        *(f"not run, do it yourself if you want it: {command}" for command in commands),
    )
    releases = notes.of_changelog(text, before.version, after.version)
    changed = carry.changed(old.answers, now)
    told_of = policy, changed, words, releases, bool(imposed)
    return _laid(project, Pair(old.folder, folder, before, after, *told_of), old.laid, new, to)


def _imposed(
    to: Coming, carried: Mapping[str, Any], wish: Wish
) -> tuple[dict[str, Any], list[str]]:
    """The answers to the template's questions with what the organisation locks."""
    given, told = orgpolicy.impose(to.org, carried, wish.data)
    return orgasked.parted(to.org, given)[0], told


def _laid(project: Project, pair: Pair, old: Laid, new: Laid, to: Coming) -> Pair:
    """The same with what an organisation adds on both sides."""
    followed, policy = layers.followed(project, to), pair.policy
    gone = {migrations.moved(policy.migrations, path): own for path, own in old.owned.items()}
    overlaid = {p: own for p, own in gone.items() if not os.path.lexists(pair.new / p)}
    organisation = new.layer or old.layer
    return replace(
        pair,
        policy=replace(
            policy,
            after={**policy.after, **new.parts},
            overlaid={**overlaid, **new.owned},
            of_overlay=f"the overlay of {organisation.name}" if organisation and followed else "",
        ),
        answers={**pair.answers, **layers.changed(old, to, project)},
        notes=(*to.told, *pair.notes),
        followed=followed,
        settled=layers.settle(project, to, pair.old, pair.new),
    )


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
