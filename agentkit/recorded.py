"""The render of what a project records: the version and the answers that it was made from."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from agentkit import answers, layers, origin, render, source
from agentkit.answers import Form
from agentkit.errors import AgentkitError
from agentkit.layers import Laid
from agentkit.project import Project
from agentkit.render import Job, Rendered
from agentkit.source import Template


@dataclass(frozen=True)
class Recorded:
    """One rendered folder, and what its template says of the files in it."""

    folder: Path
    template: Template
    answers: Mapping[str, Any]  # as they were recorded when the files were written
    yours: tuple[str, ...] = ()  # patterns
    shared: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)  # kind.part by path
    notes: tuple[str, ...] = ()  # what the template does not say as it should
    laid: Laid = field(default_factory=Laid)  # the overlay on top


@contextmanager
def made(project: Project, scratch: Path, *, trust: bool = False) -> Iterator[Recorded]:
    """The render, for as long as the template's own files are there too.

    Raises AgentkitError when the version cannot be had, or is not what it was.
    """
    if project.source == source.BUILTIN:
        yield builtin(project, scratch)
        return
    with source.versions(project.source, project.version) as (template,):
        jobs = asked(project, template, scratch)
        yield chosen(project, jobs, render.render_foreign(jobs, prompt=False, trust=trust))


def builtin(project: Project, scratch: Path) -> Recorded:
    """The render of the built-in template."""
    template = genuine(project, source.builtin(project.version))
    form = answers.load(template.root)
    thens = origin.candidates(project)
    given = [_fitting(form, then, last=then is thens[-1]) for then in thens]
    fitting = [(then, answer) for then, answer in zip(thens, given, strict=True) if answer]
    folders = _folders(project, scratch, len(fitting))
    writers = [
        render.render(template, answer, folder, project.answers_file)
        for (_, answer), folder in zip(fitting, folders, strict=True)
    ]
    best = origin.choose(project, folders)
    (then, filled), folder = fitting[best], folders[best]
    laid = layers.recorded(project, filled, folder)
    parts = {**writers[best], **laid.parts}
    return Recorded(folder, template, then, *owners(template), parts, laid=laid)


def genuine(project: Project, template: Template) -> Template:
    """The same; raises AgentkitError when it is not what the project was made from."""
    recorded = project.recorded.get("_digest")
    if not recorded or not template.digest or recorded == template.digest:
        return template
    version = project.version
    what = f"{version} is no longer the template that made this project: it was changed since"
    fix = "ask its author for the old one, or link the project anew: agentkit adopt"
    raise AgentkitError(what, project.source, fix)


def filled(form: Form, then: Mapping[str, Any]) -> dict[str, Any]:
    """All answers, with those that were recorded; raises AgentkitError when they do not fit."""
    return answers.fill(form, {k: v for k, v in then.items() if k in answers.recorded(form)})


def _fitting(form: Form, then: Mapping[str, Any], *, last: bool) -> dict[str, Any] | None:
    """All answers of one candidate; None when they never fitted this version, but others may."""
    try:
        return filled(form, then)
    except AgentkitError:
        if last:
            raise
        return None


def _folders(project: Project, scratch: Path, number: int) -> list[Path]:
    folders = [scratch / str(n) / project.path.name for n in range(number)]
    for folder in folders:
        folder.mkdir(parents=True)
    return folders


def owners(template: Template) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns of what is yours and what is shared, which v0.1.0 left to the next version."""
    if "_skip_if_exists" not in answers.load(template.root).settings:
        template = source.builtin()
    return yours(template), shared(template)


def yours(template: Template) -> tuple[str, ...]:
    """The patterns of the files that the built-in template leaves to the user."""
    return tuple(answers.load(template.root).settings.get("_skip_if_exists", ()))


def shared(template: Template) -> tuple[str, ...]:
    """The patterns of the files that several parts of the built-in template write into."""
    path = template.root / "template/shared.yml"
    return tuple(yaml.safe_load(path.read_text("utf-8"))) if path.is_file() else ()


def asked(project: Project, template: Template, scratch: Path) -> list[Job]:
    """What copier must render of another template."""
    genuine(project, template)
    thens = origin.candidates(project)
    folders = _folders(project, scratch, len(thens))
    return [
        Job(template, {}, folder, recorded=then, answers_file=project.answers_file)
        for then, folder in zip(thens, folders, strict=True)
    ]


def chosen(project: Project, jobs: Sequence[Job], done: Sequence[Rendered]) -> Recorded:
    """The one of these renders that the project's files come from."""
    best = origin.choose(project, [job.dst for job in jobs])
    job = jobs[best]
    notes = tuple(unprotected(done[best]))
    then = job.recorded or {}
    laid = layers.recorded(project, {**then, **done[best].answers}, job.dst)
    about = (job.dst, job.template, then, done[best].yours, (), laid.parts, notes)
    return Recorded(*about, laid)


def unprotected(made: Rendered) -> Iterator[str]:
    """Of each pattern that names no file, although it should: why."""
    for words in made.lost:
        yield f"_skip_if_exists of the template protects no file by {words}"
