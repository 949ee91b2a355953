"""One question of a template, and whether something is an answer to it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml

from agentkit.errors import USAGE, AgentkitError, did_you_mean

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Prompt = Callable[["Asked"], Any]
Mend = Callable[["Asked", Any], Any]


@dataclass(frozen=True)
class Choice:
    """One value a question offers, with its line of help."""

    label: str
    value: str


@dataclass(frozen=True)
class Question:
    """One entry of copier.yml."""

    name: str
    type: str = "str"
    help: str = ""
    default: Any = None
    choices: Any = ()
    multiselect: bool = False
    when: bool = True
    ask: bool = True
    validator: str = ""
    offered: tuple[str, ...] = ()  # if an org file says so, only these
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question as a person sees it: with its default, its choices, and what refuses an answer."""

    question: Question
    default: Any
    choices: tuple[Choice, ...]
    refuse: Callable[[Any], str]


def cast(question: Question, value: Any) -> Any:
    """An answer as it is given, as the question's type has it: a list may be written as a text."""
    if not question.multiselect:
        return "" if value is None else str(value)
    if isinstance(value, str):
        value = _listed(value)
    items = value if isinstance(value, list) else [value]
    return [str(item) for item in items if item is not None]


def _listed(text: str) -> list[Any]:
    with suppress(yaml.YAMLError):
        if isinstance(found := yaml.load(text, Loader), list):  # noqa: S506
            return found
    return [part for part in map(str.strip, text.split(",")) if part]


def accept(asked: Asked, value: Any) -> Any:
    """The answer, in the order of the choices; raises AgentkitError for what is none."""
    question = asked.question
    allowed = [c.value for c in asked.choices]
    for item in value if question.multiselect else [value]:
        if allowed and item not in allowed:
            what = f'{question.name}: "{item}" is no answer'
            fix = f"{did_you_mean(item, allowed)}allowed: {', '.join(allowed)}"
            raise AgentkitError(what, fix=fix, code=USAGE)
    if question.multiselect:
        value = [v for v in allowed if v in value]
    if words := asked.refuse(value):
        shown = value if isinstance(value, str) else ", ".join(value)
        raise AgentkitError(f'{question.name} "{_short(shown)}": {words}', code=USAGE)
    return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
