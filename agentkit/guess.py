"""The answers that an old copy of the built-in template was made from, told by its files."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from agentkit import answers, names, origin, render
from agentkit.answers import Asked, Form, Prompt
from agentkit.errors import AgentkitError
from agentkit.project import Project
from agentkit.source import Template

COPY = 0.5  # with this share of the template's base files a project is a copy of it
Likelier = Callable[[Mapping[str, Any]], bool]


def known(project: Project, form: Form, told: Mapping[str, Any]) -> dict[str, Any]:
    """Of the answers `told`, and of pyproject.toml, those that this form takes; a name always."""
    own, folder = _pyproject(project), project.path.name
    candidates = (told.get("project_name"), own.get("name"), folder, names.suggest(folder))
    name = next(n for n in candidates if n and _fits(form, {"project_name": n}))
    given = {"project_name": name}
    for question in answers.recorded(form):
        value = told.get(question, own.get(question))
        if value is not None and _fits(form, given | {question: value}):
            given[question] = value
    return given


def _fits(form: Form, given: Mapping[str, Any]) -> bool:
    try:
        answers.fill(form, given)
    except AgentkitError:
        return False
    return True


def fill(
    project: Project, template: Template, given: Mapping[str, Any], prompt: Prompt | None, at: Path
) -> dict[str, Any]:
    """All answers; where none is given the one whose render, made in `at`, is likest the project.

    A project that is no copy of the template has the defaults; `prompt` may change what is found.
    """
    form = answers.load(template.root)
    likelier = _judge(project, template, answers.fill(form, given), at)
    decided = dict(given)

    def choose(asked: Asked) -> Any:
        name, best = asked.question.name, asked.default
        for value in _values(asked, project):
            other = _with(asked, best, value)
            if likelier and likelier(decided | {name: other}):
                best = other
        if prompt and asked.question.ask:
            best = prompt(replace(asked, default=best))
        decided[name] = best
        return best

    return answers.fill(form, given, choose, everything=True)


def _judge(
    project: Project, template: Template, start: Mapping[str, Any], at: Path
) -> Likelier | None:
    """What tells whether answers are likelier than the best so far; None if nothing can."""
    form, best = answers.load(template.root), Path(mkdtemp(dir=at))
    writers = render.render(template, start, best, project.answers_file)
    base = [path for path, part in writers.items() if not part]
    if sum((project.path / path).exists() for path in base) < COPY * len(base):
        return None

    def likelier(given: Mapping[str, Any]) -> bool:
        nonlocal best
        if not _fits(form, given):
            return False
        folder = Path(mkdtemp(dir=at))
        render.render(template, answers.fill(form, given), folder, project.answers_file)
        if origin.choose(project, [best, folder]) == 0:
            return False
        best = folder
        return True

    return likelier


def _values(asked: Asked, project: Project) -> list[str]:
    return [choice.value for choice in asked.choices] or _texts(project)


def _with(asked: Asked, best: Any, value: str) -> Any:
    """An answer of one value, or of several with this one put in or taken out."""
    if not asked.question.multiselect:
        return value
    return [c.value for c in asked.choices if (c.value in best) != (c.value == value)]


def _texts(project: Project) -> list[str]:
    """What a project says of itself, one of which may answer a question."""
    told = _pyproject(project)
    authors = [a.get("name") for a in told.get("authors", []) if isinstance(a, dict)]
    return [text for text in (told.get("description"), *authors) if isinstance(text, str) and text]


def _pyproject(project: Project) -> dict[str, Any]:
    try:
        told = tomllib.loads((project.path / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    found = told.get("project", {})
    return found if isinstance(found, dict) else {}
