"""The questions of a template and their answers: copier.yml, evaluated as copier does.

Only what the built-in template uses of copier's language is understood here; tests prove that the
answers are the same. Other templates are asked by copier itself.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from agentkit import bytecode, names
from agentkit.errors import USAGE, AgentkitError, did_you_mean
from agentkit.questions import Asked as Asked
from agentkit.questions import Choice, Loader, accept, cast
from agentkit.questions import Mend as Mend
from agentkit.questions import Prompt as Prompt
from agentkit.questions import Question as Question

ENVOPS = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}


@dataclass(frozen=True)
class Form:
    """The questions of one template, and the Jinja environment that all of it renders in."""

    questions: tuple[Question, ...]
    settings: Mapping[str, Any]
    env: SandboxedEnvironment
    root: Path

    def render(self, text: Any, context: Mapping[str, Any]) -> Any:
        return _compiled(self.env, text).render(context) if isinstance(text, str) else text


@functools.lru_cache(256)
def _compiled(env: SandboxedEnvironment, text: str) -> Any:
    return env.from_string(text)


@functools.cache
def load(root: Path) -> Form:
    """Read the questions of the template in `root`."""
    raw = yaml.load((root / "copier.yml").read_text("utf-8"), Loader)  # noqa: S506
    env = SandboxedEnvironment(
        loader=FileSystemLoader(root), undefined=StrictUndefined, autoescape=False, **ENVOPS
    )
    env.filters["to_nice_yaml"] = _nice_yaml
    env.bytecode_cache = bytecode.cache()
    questions = tuple(Question(k, **v) for k, v in raw.items() if not k.startswith("_"))
    return Form(questions, {k: v for k, v in raw.items() if k.startswith("_")}, env, root)


def _nice_yaml(value: Any) -> str:
    return yaml.dump(value, indent=4, allow_unicode=True, default_flow_style=False)


def fill(
    form: Form,
    given: Mapping[str, Any],
    prompt: Prompt | None = None,
    everything: bool = False,
    mend: Mend | None = None,
) -> dict[str, Any]:
    """Answer every question: as `given`, else by `prompt`, else by its default.

    Questions with `ask: false` are prompted for only with `everything`. `mend` sees each given
    value first, and may return another one. Returns all answers, the computed ones too; raises
    AgentkitError naming the question, the value and what is allowed.
    """
    _known(form, given)
    context: dict[str, Any] = {}
    for question in form.questions:
        asked = _prepare(form, question, context)
        if not question.when:
            value = yaml.load(asked.default, Loader)  # noqa: S506
        elif question.name in given:
            value = cast(question, given[question.name])
            value = accept(asked, mend(asked, value) if mend else value)
        elif prompt and (question.ask or everything):
            value = accept(asked, prompt(asked))
        elif asked.default is None:
            raise _missing(question)
        else:
            value = accept(asked, asked.default)
        context[question.name] = value
    return context


def recorded(form: Form) -> list[str]:
    """The names of the questions whose answers a project records."""
    return [q.name for q in form.questions if q.when]


def allowed(form: Form, name: str, known: Mapping[str, Any]) -> list[str]:
    """What a question offers after these answers; nothing where any text will do."""
    question = next(q for q in form.questions if q.name == name)
    return [choice.value for choice in _prepare(form, question, known).choices]


def _prepare(form: Form, question: Question, context: Mapping[str, Any]) -> Asked:
    raw = question.choices
    if isinstance(raw, str):
        raw = yaml.load(form.render(raw, context), Loader)  # noqa: S506
    pairs = raw.items() if isinstance(raw, dict) else raw
    choices = tuple(
        Choice(str(label), str(value))
        for label, value in pairs
        if str(value) not in question.withheld
        and (not question.offered or str(value) in question.offered)
    )

    def refuse(value: Any) -> str:
        words = " ".join(form.render(question.validator, {**context, question.name: value}).split())
        if words and question.name == "project_name":
            words += f"; {names.suggest(value)} would do"
        return words

    return Asked(question, form.render(question.default, context), choices, refuse)


def _missing(question: Question) -> AgentkitError:
    fix = f"give it with --data {question.name}=VALUE"
    return AgentkitError(f"{question.name} has no answer: {question.help}", fix=fix, code=USAGE)


def _known(form: Form, given: Mapping[str, Any]) -> None:
    known = recorded(form)
    for name in given:
        if name not in known:
            fix = f"{did_you_mean(name, known)}known: {', '.join(known)}"
            raise AgentkitError(f'there is no question "{name}"', fix=fix, code=USAGE)
