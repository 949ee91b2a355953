"""The questions on a terminal."""

from typing import Any

import questionary

from agentkit.answers import Asked
from agentkit.errors import INTERRUPTED, AgentkitError

STYLE = questionary.Style([("instruction", "fg:ansibrightblack"), ("selected", "noreverse")])


def ask(asked: Asked) -> Any:
    """Ask one question; raises AgentkitError when the person gives up."""
    question = asked.question
    message = question.help
    prompt: questionary.Question
    if question.multiselect:
        prompt = questionary.checkbox(
            message,
            _choices(asked),
            validate=lambda value: asked.refuse(value) or True,
            instruction="(space chooses, enter goes on)",
            style=STYLE,
        )
    elif asked.choices:
        prompt = questionary.select(
            message,
            _choices(asked),
            default=asked.default,
            instruction="(arrow keys, enter)",
            style=STYLE,
        )
    else:
        prompt = questionary.text(
            message, default=asked.default or "", validate=lambda text: asked.refuse(text) or True
        )
    answer = prompt.unsafe_ask()
    if answer is None:
        raise AgentkitError("nothing was written", code=INTERRUPTED)
    return answer


def agree(message: str) -> bool:
    """Ask for a yes, which is the default."""
    return bool(questionary.confirm(message, default=True).unsafe_ask())


def _choices(asked: Asked) -> list[questionary.Choice]:
    chosen = asked.default if asked.question.multiselect else []
    return [questionary.Choice(c.label, c.value, checked=c.value in chosen) for c in asked.choices]
