"""render(template, answers) -> files: the built-in template here, those of others in a sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agentkit import address, answers, bounded, config, native, sandbox, settings
from agentkit.errors import FAILED, USAGE, AgentkitError
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
    """One render of a template of others into the folder `dst`.

    Given answers must be right; of those that a project has `recorded`, what is not allowed any
    more has its default. A project has its `answers_file`; a new one has the template's.
    """

    template: Template
    answers: Mapping[str, Any]
    dst: Path
    recorded: Mapping[str, Any] | None = None
    answers_file: str = ""


@dataclass(frozen=True)
class Rendered:
    """What a template says of what it rendered."""

    answers: dict[str, Any]  # as its answers file records them
    yours: tuple[str, ...]  # patterns of files that are written once: copier's _skip_if_exists
    lost: tuple[str, ...] = ()  # patterns of these that do not render, with the reason


def render_foreign(jobs: Sequence[Job], *, prompt: bool, trust: bool) -> list[Rendered]:
    """Render templates of others with copier, in one process of its own.

    With `prompt`, copier asks the questions of the last job that have no answer. For a project that
    is there already, which has an answers file, no tasks run. Raises AgentkitError when a template
    runs code and is not trusted, refuses an answer, or needs too much.
    """
    update = any(job.answers_file or job.recorded is not None for job in jobs)
    found = [settings.load(job.template.root, job.template.source) for job in jobs]
    free = [_free(j.template, s, trust, update) for j, s in zip(jobs, found, strict=True)]
    asked = [_asked(j, s, update) for j, s in zip(jobs, found, strict=True)]
    for request, trusted in zip(asked, free, strict=True):
        request |= {"trusted": trust or trusted, "prompt": prompt and request is asked[-1]}
    mode = sandbox.Mode(prompt, all(free), all(free) and not update)
    try:
        told = sandbox.run(asked, [job.dst for job in jobs], mode)
    except AgentkitError as e:
        raise AgentkitError(e.what, jobs[-1].template.source, "tell its author") from e
    done = [*zip(jobs, asked, told, strict=True)]
    for job, _, said in done:
        _refuse(job, said or {})
    return [
        Rendered(_recorded(job, request), tuple(said["yours"]), tuple(said["lost"]))
        for job, request, said in done
    ]


def _refuse(job: Job, said: Mapping[str, Any]) -> None:
    """Raises AgentkitError when copier refused a job."""
    if "what" in said:
        code = USAGE if said.get("usage") else FAILED
        where = f"{job.template.source} {job.template.version}".rstrip()
        raise AgentkitError(said["what"], where, said.get("fix", ""), code)


def _asked(job: Job, found: Mapping[str, Any], update: bool) -> dict[str, Any]:
    """A job as the child process takes it."""
    recorded = None
    if job.recorded is not None:
        recorded = {k: v for k, v in job.recorded.items() if not k.startswith("_")}
    for name, value in [*job.answers.items(), *(recorded or {}).items()]:
        text = value if isinstance(value, str) else yaml.safe_dump(value)
        if len(text.encode("utf-8", "surrogateescape")) > MAX_ANSWER:
            what = f"an answer has at most {MAX_ANSWER >> 10} KB"
            raise AgentkitError(what, str(name), code=USAGE)
    told = header(job.template) if job.template.version else {}
    return {
        "root": str(job.template.root),
        "dst": str(job.dst),
        "header": {k: v for k, v in told.items() if k != "_digest"},
        "answers": dict(job.answers),
        "recorded": recorded,
        "answers_file": (job.answers_file or ANSWERS_FILE) if update else "",
        "settings": dict(found),
        "update": update,
    }


def _recorded(job: Job, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answers in the answers file; none where there is no such file."""
    name = request["answers_file"] or request["settings"].get("_answers_file") or ANSWERS_FILE
    path = job.dst / str(name)
    if not path.is_file() or not path.resolve().is_relative_to(job.dst.resolve()):
        return {}
    try:
        documents = bounded.load(path.read_bytes(), "")
    except AgentkitError as e:
        raise AgentkitError(f"{name} {e.what}", job.template.source, "tell its author") from e
    recorded = documents[0] if documents and isinstance(documents[0], dict) else {}
    return {str(k): v for k, v in recorded.items() if not str(k).startswith("_")}


def _free(template: Template, found: Mapping[str, Any], trust: bool, update: bool) -> bool:
    """Does this template run code, with permission? Raises AgentkitError when it has none."""
    code, files = settings.code(found, update=update), settings.files(found)
    if trust or not (code or files):
        return bool(code or files)
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
