"""The answers to an organisation's own questions: given, recorded, asked for, or by default."""

from collections.abc import Mapping
from typing import Any

from agentkit import orgown, orgpolicy
from agentkit.answers import Asked, Prompt, Question
from agentkit.errors import USAGE, AgentkitError, did_you_mean
from agentkit.orgfile import Org
from agentkit.orgown import Asking
from agentkit.questions import Choice


def parted(org: Org | None, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers as those to the template's questions, and those to the organisation's.

    Raises AgentkitError for a name that can only be one of the latter, and is none.
    """
    own = {question.name for question in (org.questions if org else ())}
    rest = {name: value for name, value in given.items() if name not in own}
    for name in rest:
        if org and own and name.startswith(orgown.prefix(org.name)):
            fix = f"{did_you_mean(name, own)}{org.name} asks: {', '.join(sorted(own))}"
            raise AgentkitError(f"there is no question {name}", org.where, fix, USAGE)
    return rest, {name: value for name, value in given.items() if name in own}


def carried(org: Org | None, recorded: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Of recorded answers those that the org file still takes, and what became of the others."""
    own = {question.name: question for question in (org.questions if org else ())}
    taken, told = {}, []
    for name, value in recorded.items():
        if name not in own:
            told.append(f"{name} is no longer asked: {value}")
            continue
        try:
            taken[name] = _accepted(org, own[name], value)
        except AgentkitError as e:
            told.append(f"its answer no longer holds: {e.what}")
    return taken, told


def fill(org: Org | None, given: Mapping[str, Any], prompt: Prompt | None = None) -> dict[str, Any]:
    """Answer every question of an organisation, in the order of its file.

    As `given`, else by `prompt`, else by default; raises AgentkitError for one without answer, and
    for an answer that is none or not allowed.
    """
    found = {}
    for question in org.questions if org else ():
        value = given.get(question.name)
        if org and value is None:
            value = _default(org, question)
            value = prompt(_asked(org, question, value)) if prompt else value
        if value is None:
            fix = f"give it with --data {question.name}=VALUE"
            what = f"{question.name} has no answer: {question.help}".removesuffix(": ")
            raise AgentkitError(what, fix=fix, code=USAGE)
        found[question.name] = _accepted(org, question, value)
    return found


def _default(org: Org, question: Asking) -> Any:
    if question.name in org.answers.required:
        return None
    return org.answers.defaults.get(question.name, question.default)


def _accepted(org: Org | None, question: Asking, value: Any) -> Any:
    answer = orgown.read([question], {question.name: value})[question.name]
    if org:
        orgpolicy.permit(org, question.name, answer)
    return answer


def _asked(org: Org, question: Asking, default: Any) -> Asked:
    """A question as a prompt shows it."""

    def refuse(value: Any) -> str:
        try:
            _accepted(org, question, value)
        except AgentkitError as e:
            return e.what
        return ""

    offered = ("true", "false") if question.type == "bool" else question.choices
    choices = tuple(Choice(value, value) for value in offered if not refuse(value))
    first = str(default).lower() if question.type == "bool" else str(default)
    known = not choices or first in [choice.value for choice in choices]
    shown = Question(question.name, help=question.help or question.name)
    return Asked(shown, first if known and default is not None else None, choices, refuse)
