"""Answers from one version of a template to the next: what was recorded, and what is wished."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit import answers
from agentkit.answers import Asked, Form, Prompt


@dataclass(frozen=True)
class Wish:
    """What a user asks of an update."""

    version: str = ""  # empty: the newest
    same: bool = False  # stay at the recorded version
    data: Mapping[str, Any] = field(default_factory=dict)
    prompt: Prompt | None = None  # for questions that have no answer yet
    trust: bool = False
    follow: Any = None  # another org file, or version of it, and its pin


def carry(form: Form, recorded: Mapping[str, Any], wish: Wish) -> tuple[dict[str, Any], list[str]]:
    """Answer a form by what a project records and a user wishes; and what became of the rest."""
    known = answers.recorded(form)
    told = [
        f"{name} is no longer asked: {recorded[name]}" for name in recorded if name not in known
    ]
    new = [name for name in known if name not in recorded and name not in wish.data]

    def mend(asked: Asked, value: Any) -> Any:
        name = asked.question.name
        allowed = [choice.value for choice in asked.choices]
        items = value if asked.question.multiselect else [value]
        lost = [item for item in items if allowed and item not in allowed]
        if not lost or name in wish.data:
            return value
        kept = [i for i in items if i in allowed] if asked.question.multiselect else asked.default
        told.append(f"{name}: {', '.join(lost)} is no longer offered; it is now {kept}")
        return kept

    given = {k: v for k, v in recorded.items() if k in known} | dict(wish.data)
    filled = answers.fill(form, given, wish.prompt, mend=mend)
    told += [f"new question {name}: {filled[name]}" for name in new if not wish.prompt]
    return filled, told


def lost(carried: Mapping[str, Any], now: Mapping[str, Any], wish: Wish) -> list[str]:
    """The recorded answers that the new version does not take as they are."""
    told = [
        f"{name} is no longer asked: {value}" for name, value in carried.items() if name not in now
    ]
    return told + [
        f"{name}: {value} is no longer allowed; it is now {now[name]}"
        for name, value in carried.items()
        if name in now and now[name] != value and name not in wish.data
    ]


def changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The answers that differ: before, after."""
    names = dict.fromkeys([*then, *now])
    return {n: (then.get(n), now.get(n)) for n in names if then.get(n) != now.get(n)}
