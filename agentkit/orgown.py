"""What an organisation adds to a template: questions of its own, and a folder of files."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from agentkit.errors import USAGE, AgentkitError, did_you_mean

TYPES = ("str", "int", "float", "bool", "choice")
KEYS = ("name", "type", "help", "default", "choices", "pattern")
EXAMPLE = 'name = "{prefix}cost_center", type = "str", help = "Who pays", default = "1000"'
SWITCH = {"true": True, "yes": True, "false": False, "no": False}
OF_TEXT = {"int": int, "float": float}


@dataclass(frozen=True)
class Asking:
    """One question of an organisation."""

    name: str
    type: str = "str"
    help: str = ""
    default: Any = None
    choices: tuple[str, ...] = ()
    pattern: str = ""

    def read(self, value: Any) -> Any:
        """An answer as its type has it; raises ValueError saying what is expected."""
        text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
        if self.type == "bool":
            if text.casefold() not in SWITCH:
                raise ValueError("true or false is expected")
            return SWITCH[text.casefold()]
        if self.type in OF_TEXT:
            return self._number(text)
        if self.choices and text not in self.choices:
            raise ValueError(f"{did_you_mean(text, self.choices)}there are: {self.shown}")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise ValueError(f"it does not match {self.pattern}")
        return text

    @property
    def shown(self) -> str:
        """What can be chosen."""
        return ", ".join(self.choices)

    def _number(self, text: str) -> int | float:
        try:
            number: int | float = OF_TEXT[self.type](text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(
                "a whole number is expected" if self.type == "int" else "a number is expected"
            )
        return number


@dataclass(frozen=True)
class Overlay:
    """The folder beside an org file whose files each project gets."""

    path: str
    yours: tuple[str, ...] = ()  # patterns of files that are written once, then the user's


def prefix(organisation: str) -> str:
    """What the names of an organisation's questions start with."""
    return re.sub(r"\W+", "_", organisation.casefold()) + "_"


def overlay(told: Mapping[str, Any], at: str) -> Overlay | None:
    """The table `[overlay]`; raises AgentkitError where it names no folder beside the file."""
    if not told:
        return None
    path, yours = told.get("path"), told.get("yours", [])
    parts = PurePosixPath(path).parts if isinstance(path, str) else ()
    if not parts or set(parts) & {"..", "/"} or "\\" in str(path) or ":" in str(path):
        what = "overlay.path names no folder beside this file"
        raise AgentkitError(what, at, 'path = "overlay"', USAGE)
    if not isinstance(yours, list) or not all(isinstance(item, str) for item in yours):
        what = "overlay.yours is a list of paths or patterns"
        raise AgentkitError(what, at, 'yours = ["docs/*"]', USAGE)
    return Overlay(str(path), tuple(yours))


def questions(told: Any, organisation: str, places: Sequence[str]) -> tuple[Asking, ...]:
    """The tables `[[question]]`, each at its place; raises AgentkitError naming that."""
    start = prefix(organisation)
    if not isinstance(told, list) or not all(isinstance(entry, dict) for entry in told):
        fix = f"[[question]] with {EXAMPLE.format(prefix=start)}"
        raise AgentkitError("questions are tables", places[0], fix, USAGE)
    found: dict[str, Asking] = {}
    for entry, at in zip(told, places, strict=False):
        if words := next(_misnamed(entry, start, found), "") or next(_mistyped(entry), ""):
            fix = EXAMPLE.format(prefix=start)
            raise AgentkitError(words, at, fix, USAGE)
        asking = Asking(**{**entry, "choices": tuple(entry.get("choices", ()))})
        found[asking.name] = _sound(asking, at)
    return tuple(found.values())


def _misnamed(entry: Mapping[str, Any], start: str, found: Mapping[str, Asking]) -> Iterator[str]:
    """What is wrong with the names in a table."""
    if unknown := [key for key in entry if key not in KEYS]:
        close = did_you_mean(unknown[0], KEYS)
        yield f"a question has no {unknown[0]}: {close}there are {', '.join(KEYS)}"
    name = entry.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        yield f"{name} is no name of a question"
    elif not name.startswith(start) or name == start:
        yield f"the name of the question {name} does not start with {start}"
    elif name in found:
        yield f"the question {name} is there twice"


def _mistyped(entry: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the values in a table."""
    name, kind = entry["name"], entry.get("type", "str")
    if kind not in TYPES:
        yield f"{name}: there is no type {kind}: {', '.join(TYPES)}"
    choices = entry.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(item, str) for item in choices):
        yield f"{name}: choices are a list of texts"
    elif bool(choices) != (kind == "choice"):
        yield f'{name}: choices go with type = "choice", and it with them'
    for key in ("help", "pattern"):
        if not isinstance(entry.get(key, ""), str):
            yield f"{name}: {key} is a text"
    if entry.get("pattern") and kind != "str":
        yield f'{name}: a pattern goes with type = "str"'


def _sound(asking: Asking, at: str) -> Asking:
    """The same with its default as its type has it; raises AgentkitError."""
    try:
        re.compile(asking.pattern)
    except re.error as e:
        what = f"{asking.name}: the pattern is no regular expression: {e}"
        raise AgentkitError(what, at, code=USAGE) from e
    if asking.default is None:
        return asking
    try:
        default = asking.read(asking.default)
    except ValueError as e:
        what = f"{asking.name}: its default {asking.default} is no answer: {e}"
        raise AgentkitError(what, at, code=USAGE) from e
    told = {**vars(asking), "default": default}
    return Asking(**told)


def read(asked: Sequence[Asking], answers: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """Answers, with those to these questions as their types have it; raises AgentkitError."""
    found = dict(answers)
    for question in asked:
        if (value := found.get(question.name)) is not None:
            try:
                found[question.name] = question.read(value)
            except ValueError as e:
                what = f'{question.name}: "{value}" is no answer: {e}'
                raise AgentkitError(what, at, code=USAGE) from e
    return found


def typed(
    asked: Sequence[Asking], told: Mapping[str, Any], at: Callable[[str], str]
) -> dict[str, Any]:
    """The table `[answers]`, with what it says of these questions as their types have it.

    Raises AgentkitError naming the line.
    """
    found = dict(told)
    for table in ("defaults", "locked", "allowed", "forbidden"):
        values = dict(told.get(table, {}))
        for question in asked:
            name, value = question.name, values.get(question.name)
            where = at(f"answers.{table}.{name}")
            if isinstance(value, list):
                values[name] = [read([question], {name: item}, where)[name] for item in value]
            elif value is not None:
                values |= read([question], {name: value}, where)
        if values:
            found[table] = values
    return found
