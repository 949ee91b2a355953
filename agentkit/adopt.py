"""`agentkit adopt`: link a repository to a template that it was not made from, or no longer knows.

Its own files stay as they are, what the template has beside them is added, and the answers file is
written, so that an update has something to start from.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit import (
    address,
    answers,
    carry,
    engine,
    guess,
    origin,
    recorded,
    releases,
    render,
    source,
    update,
)
from agentkit.carry import Wish
from agentkit.engine import Draft
from agentkit.errors import AgentkitError
from agentkit.objects import Objects
from agentkit.policy import Policy
from agentkit.project import Project, parse
from agentkit.renders import Pair
from agentkit.source import BUILTIN, Template
from agentkit.update import Agree, How, Outcome

MOST = 10  # versions that are looked at; each is rendered


def adopt(path: Path, template: str, wish: Wish, how: How, agree: Agree) -> Outcome:
    """Link the project in `path` to a template, by default the one it once had or the built-in.

    Raises AgentkitError when it is linked already, and then nothing was changed.
    """

    def make(objects: Objects, found: Project) -> Draft:
        _unlinked(found)
        told = _remembered(found)
        wanted = template or str(told.get("_src_path") or BUILTIN)
        if told.get("_src_path") != wanted:
            told = _plain(told)  # its version is that of another template
        pair = (
            _builtin(found, wish, told, objects.scratch)
            if wanted == BUILTIN
            else _foreign(found, wish, told, wanted, objects.scratch)
        )
        return engine.link(objects, found, pair)

    return update.change(path, how, agree, make, linked=False)


def _unlinked(found: Project) -> None:
    """Raises AgentkitError when an update would do."""
    if not found.recorded:
        return
    try:
        if found.source == BUILTIN:
            recorded.genuine(found, source.builtin(found.version))
        else:
            with source.versions(found.source, found.version) as (template,):
                recorded.genuine(found, template)
    except AgentkitError:
        return
    what = f"this project is linked to {found.source} {found.version} already"
    fix = f"agentkit update; to link it to another template, delete {found.answers_file} first"
    raise AgentkitError(what, str(found.path), fix)


def _remembered(found: Project) -> dict[str, Any]:
    """The last answers file that can be read: the broken one, or one of the history."""
    texts = [dict(found.recorded)]
    try:
        texts.append(parse((found.path / found.answers_file).read_bytes(), ""))
    except (OSError, AgentkitError):
        texts.append({})
    return next((told for told in (*texts, *origin.history(found)) if _plain(told)), {})


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in told.items() if not k.startswith("_")}


def _builtin(found: Project, wish: Wish, told: Mapping[str, Any], scratch: Path) -> Pair:
    given = _plain(told) | dict(wish.data)
    wanted = [wish.version] if wish.version else _candidates(releases.of(BUILTIN), told)
    templates = [source.builtin(version) for version in wanted]
    folders = [scratch / f"version{n}" for n in range(len(templates))]
    for template, folder in zip(templates, folders, strict=True):
        folder.mkdir()
        form = answers.load(template.root)
        filled = answers.fill(form, guess.known(found, form, given))
        render.render(template, filled, folder, found.answers_file)
    template = templates[origin.choose(found, folders)]
    form = answers.load(template.root)
    sure = guess.known(found, form, given) | dict(wish.data)
    filled = guess.fill(found, template, sure, wish.prompt, scratch)
    folder = scratch / "linked" / found.path.name
    folder.mkdir(parents=True)
    parts = render.render(template, filled, folder, found.answers_file)
    yours, shared = recorded.owners(template)
    policy = Policy(yours=yours, ejected=found.yours(), shared=shared, after=parts)
    now = {name: filled[name] for name in answers.recorded(form)}
    return _pair(found, template, folder, policy, now, len(templates))


def _foreign(
    found: Project, wish: Wish, told: Mapping[str, Any], wanted: str, scratch: Path
) -> Pair:
    path = address.local(wanted)
    wanted = str(path) if path else wanted
    refs = [wish.version] if wish.version else _candidates(releases.of(wanted), told)
    file = found.answers_file
    with source.versions(wanted, *refs) as templates:
        if not templates[0].version:
            fix = "make it a git repository, and tag a version"
            raise AgentkitError("this template has no version to link to", wanted, fix)
        folders = [scratch / f"version{n}" / found.path.name for n in range(len(templates))]
        jobs = [
            render.Job(template, wish.data, folder, recorded=_plain(told), answers_file=file)
            for template, folder in zip(templates, folders, strict=True)
        ]
        made = render.render_foreign(jobs, prompt=False, trust=wish.trust)
        best = origin.choose(found, folders)
        if wish.prompt:
            folders.append(scratch / "linked" / found.path.name)
            job = render.Job(templates[best], wish.data, folders[-1], _plain(told), file)
            made += render.render_foreign([job], prompt=True, trust=wish.trust)
    chosen = -1 if wish.prompt else best
    if not (folders[chosen] / file).is_file():
        raise AgentkitError(f"this template writes no {file}, so nothing can link to it", wanted)
    policy = Policy(yours=made[chosen].yours, ejected=found.yours())
    answered = made[chosen].answers
    return _pair(found, templates[best], folders[chosen], policy, answered, len(templates))


def _candidates(released: list[str], told: Mapping[str, Any]) -> list[str]:
    """The versions that a project may have been made from, the newest first."""
    if (version := str(told.get("_commit"))) in released:
        return [version]
    return released[: -MOST - 1 : -1] or [""]


def _pair(
    found: Project,
    template: Template,
    folder: Path,
    policy: Policy,
    now: Mapping[str, Any],
    number: int,
) -> Pair:
    percent = round(100 * origin.likeness(found, folder))
    note = f"the project has {percent} % of version {template.version}"
    note += f", the likest of {number}" * (number > 1)
    changes = carry.changed({}, now)
    return Pair(folder, folder, template, template, policy, changes, (note,), ())
