"""render(template, answers) -> files: the built-in template here, those of others in a sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from agentkit import address, answers, bounded, config, native, sandbox, settings
from agentkit.errors import USAGE, AgentkitError
from agentkit.names import ANSWERS_FILE
from agentkit.source import Template

MAX_ANSWER = 64 << 10  # bytes


def render(
    template: Template, given: Mapping[str, Any], dst: Path, answers_file: str = ANSWERS_FILE
) -> dict[str, str]:
    """Render the built-in template from complete answers into the empty folder `dst`.

    Returns the part that wrote each file, as kind.part, or nothing for the base.
    """
    return native.render(answers.load(template.root), given, header(template), dst, answers_file)


def header(template: Template) -> dict[str, str]:
    """What the answers file records of the template."""
    told = {"_commit": template.version, "_digest": template.digest, "_src_path": template.source}
    return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Job:
    """One render of a template of others into the folder `dst`."""

    template: Template
    answers: Mapping[str, Any]  # given
    dst: Path
    recorded: Mapping[str, Any] | None = (
        None  # of a project: what is not allowed now has its default
    )
    answers_file: str = ANSWERS_FILE  # of a project; a new one has the template's


@dataclass(frozen=True)
class Rendered:
    """What a template says of what it rendered."""

    answers: dict[str, Any]  # as its answers file records them
    yours: tuple[str, ...]  # patterns of files that are written once: copier's _skip_if_exists


def render_foreign(jobs: Sequence[Job], *, prompt: bool, trust: bool) -> list[Rendered]:
    """Render templates of others with copier, in one process of its own.

    With `prompt`, copier asks the questions of the last job that have no answer. Where one job has
    recorded answers, all are of an update, which runs no tasks. Raises AgentkitError when a
    template runs code and is not trusted, refuses an answer, or needs too much.
    """
    update = any(job.recorded is not None for job in jobs)
    found = [settings.load(job.template.root, job.template.source) for job in jobs]
    free = [_trusted(j.template, s, trust, update) for j, s in zip(jobs, found, strict=True)]
    asked = [_asked(j, s, update) for j, s in zip(jobs, found, strict=True)]
    for number, request in enumerate(asked):
        request |= {"trusted": free[number], "prompt": prompt and number == len(jobs) - 1}
    mode = sandbox.Mode(prompt, all(free), all(free) and not update)
    try:
        told = sandbox.run(asked, [job.dst for job in jobs], mode)
    except AgentkitError as e:
        raise AgentkitError(e.what, jobs[-1].template.source, "tell its author", e.code) from e
    for job, said in zip(jobs, told, strict=True):
        if said and "what" in said:
            code = {"code": USAGE} if said.get("usage") else {}
            raise AgentkitError(said["what"], job.template.source, said.get("fix", ""), **code)
    return [
        Rendered(_recorded(job.dst / (asked["answers_file"] or _named(s))), tuple(said["yours"]))
        for job, asked, s, said in zip(jobs, asked, found, told, strict=True)
    ]


def _asked(job: Job, found: Mapping[str, Any], update: bool) -> dict[str, Any]:
    """A job as the child process takes it."""
    if (
        PurePosixPath(job.answers_file).is_absolute()
        or ".." in PurePosixPath(job.answers_file).parts
    ):
        raise AgentkitError("the answers file lies in the project", job.answers_file, code=USAGE)
    given = dict(job.answers)
    recorded = None
    if job.recorded is not None:
        recorded = {k: v for k, v in job.recorded.items() if not k.startswith("_")}
    for name, value in [*given.items(), *(recorded or {}).items()]:
        text = value if isinstance(value, str) else yaml.safe_dump(value)
        if len(text.encode("utf-8", "surrogateescape")) > MAX_ANSWER:
            what = f"an answer has at most {MAX_ANSWER >> 10} KB"
            raise AgentkitError(what, str(name), code=USAGE)
    told = header(job.template) if job.template.version else {}
    return {
        "root": str(job.template.root),
        "dst": str(job.dst),
        "header": {k: v for k, v in told.items() if k != "_digest"},
        "answers": given,
        "recorded": recorded,
        "answers_file": job.answers_file if update else "",
        "settings": dict(found),
        "update": update,
    }


def _named(found: Mapping[str, Any]) -> str:
    return str(found.get("_answers_file") or ANSWERS_FILE)


def _recorded(path: Path) -> dict[str, Any]:
    """The answers in an answers file; none where there is no such file."""
    if path.is_symlink() or not path.is_file():
        return {}
    documents = bounded.load(path.read_bytes(), path.name)
    recorded = documents[0] if documents and isinstance(documents[0], dict) else {}
    return {str(k): v for k, v in recorded.items() if not str(k).startswith("_")}


def _trusted(template: Template, found: Mapping[str, Any], trust: bool, update: bool) -> bool:
    """May this template run code? Raises AgentkitError when it wants to, and may not."""
    code, files = settings.code(found, update=update), settings.files(found)
    if trust or not (code or files):
        return trust
    name = address.identity(template.source)
    if name in config.trusted():
        return True
    wants = [*["runs code of its own"] * bool(code), *["reads other files"] * bool(files)]
    what = f"this template {' and '.join(wants)}:\n    " + "\n    ".join([*code, *files])
    always = f'to trust it for good, write trust = ["{name}"] in {config.config_file()}'
    fix = f"{always}; for once, read it; then use --trust if you agree"
    raise AgentkitError(what, template.source, fix, USAGE)


def commands(template: Template, since: str = "") -> tuple[str, ...]:
    """The commands of a template that copier would run and an update does not.

    These are its tasks, and its migrations from the version `since` on, if that is given.
    """
    found = settings.load(template.root, template.source)
    return settings.commands(found, since, template.version)
