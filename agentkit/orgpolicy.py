"""What an organisation says of answers, applied to a form: defaults, locks, fewer choices.

From strong to weak: locked by the org file, given on the command line, recorded, prompted for,
the org file's default, the template's default.
"""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agentkit.errors import USAGE, AgentkitError, did_you_mean
from agentkit.orgfile import Org

if TYPE_CHECKING:  # `agentkit check` asks what answers break, and renders nothing
    from agentkit.answers import Form, Question


def bound(form: "Form", org: Org | None) -> "Form":
    """The form as the organisation wants it; raises AgentkitError for questions it has not."""
    if org is None:
        return form
    known = [question.name for question in form.questions if question.when]
    for question in org.questions:
        if question.name in known:
            what = f"the template has a question {question.name} too"
            raise AgentkitError(what, org.at(f"question.{question.name}"), code=USAGE)
        known.append(question.name)
    for table in ("defaults", "locked", "allowed", "forbidden", "required"):
        for name in getattr(org.answers, table):
            if name not in known:
                where = org.at(f"answers.{table}.{name}")
                raise AgentkitError(
                    f"the template has no question {name}", where, did_you_mean(name, known), USAGE
                )
    questions = tuple(_bound(question, org) for question in form.questions)
    return dataclasses.replace(form, questions=questions)


def _bound(question: "Question", org: Org) -> "Question":
    told, name = org.answers, question.name
    changes: dict[str, Any] = {}
    if name in told.defaults:
        changes["default"] = told.defaults[name]
    if name in told.required:
        changes |= {"default": None, "ask": True}
    if name in told.locked:
        changes |= {"default": told.locked[name], "ask": False}
    if name in told.allowed:
        changes["offered"] = tuple(map(str, told.allowed[name]))
    if name in told.forbidden:
        changes["withheld"] = tuple(map(str, told.forbidden[name]))
    return dataclasses.replace(question, **changes)


def impose(
    org: Org | None, recorded: Mapping[str, Any], asked: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The answers with what is locked, and what that changed of the recorded ones.

    Raises AgentkitError when somebody asks for what is locked otherwise or not allowed.
    """
    given = {**recorded, **asked}
    if org is None:
        return given, []
    asked = org.typed(asked)
    given |= asked
    changed = []
    for name, value in org.answers.locked.items():
        where = org.at(f"answers.locked.{name}")
        if name in asked and not same(asked[name], value):
            what = f"{name} is locked to {_shown(value)} by {org.name}"
            raise AgentkitError(what, where, "leave it out, or ask who keeps this file", USAGE)
        if name in recorded and not same(recorded[name], value):
            changed.append(f"{name} is {_shown(value)} again: {org.name} locks it ({where})")
        given[name] = value
    for name, value in asked.items():
        permit(org, name, value)
    return given, changed


def permit(org: Org, name: str, value: Any) -> None:
    """Raises AgentkitError for an answer that an organisation does not allow."""
    allowed, forbidden = org.answers.allowed.get(name), org.answers.forbidden.get(name, [])
    for item in _items(value):
        if allowed is not None and item not in map(str, allowed):
            fix = f"allowed: {', '.join(map(str, allowed))}"
            where = org.at(f"answers.allowed.{name}")
            raise AgentkitError(f"{org.name} does not allow {name} {item}", where, fix, USAGE)
        if item in map(str, forbidden):
            where = org.at(f"answers.forbidden.{name}")
            raise AgentkitError(f"{org.name} forbids {name} {item}", where, code=USAGE)


def problems(org: Org, recorded: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Question by question, where recorded answers break what is locked, allowed or required."""
    found = []
    for name, value in org.answers.locked.items():
        if name in recorded and not same(recorded[name], value):
            words = f"is {_shown(recorded[name])}; {org.name} locks it to {_shown(value)}"
            found.append((name, words))
    for name in (*org.answers.allowed, *org.answers.forbidden):
        if name in recorded:
            try:
                permit(org, name, recorded[name])
            except AgentkitError as e:
                found.append((name, e.what))
    missing = [name for name in org.answers.required if not recorded.get(name)]
    return found + [(name, f"has no answer, and {org.name} requires one") for name in missing]


def same(one: Any, other: Any) -> bool:
    """Are two answers equal, however they are written down?"""
    return _items(one) == _items(other)


def _items(value: Any) -> list[str]:
    if isinstance(value, str):
        value = value.split(",") if "," in value else [value]
    return [str(item).strip() for item in (value if isinstance(value, list) else [value])]


def _shown(value: Any) -> str:
    return ", ".join(_items(value)) or "nothing"
