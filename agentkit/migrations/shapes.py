"""What the values in an entry look like: each check returns the value, frozen, or raises."""

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from agentkit import versions

Scalar = str | int | float | bool
Check = Callable[[Any, str], Any]  # the value and its place in the entry

MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*$")
KEY = re.compile(r"[A-Za-z_][\w-]*$", re.A)
WORDS = re.compile(r"(yes|no|on|off|true|false|null)$", re.I)  # YAML takes them for others
BAD_PATH = re.compile(r'[\\:<>"|?*\x00-\x1f\x7f]|(^|/)(|\.|\.\.|\.git)(/|$)', re.I)


class WrongShape(ValueError):
    """Something in an entry is not what it should be."""


def require(right: object, place: str, words: str) -> None:
    """Raises WrongShape unless it is right."""
    if not right:
        raise WrongShape(f"{place} {words}")


def text(value: Any, place: str) -> str:
    require(isinstance(value, str) and value.strip(), place, "is no text")
    return str(value)


def version(value: Any, place: str) -> str:
    require(isinstance(value, str), place, 'is no text: write it as "1.2.3"')
    require(versions.parse(value), place, f'"{value}" is no version (PEP 440)')
    return str(value)


def sentence(value: Any, place: str) -> str:
    return " ".join(text(value, place).split())


def scalar(value: Any, place: str) -> Any:
    require(isinstance(value, Scalar), place, "is no single value")
    return value


def scalar_or_nothing(value: Any, place: str) -> Any:
    return None if value is None else scalar(value, place)


def scalars_or_nothing(value: Any, place: str) -> Any:
    if isinstance(value, list):
        return tuple(scalar(item, place) for item in value)
    return scalar_or_nothing(value, place)


def question(value: Any, place: str) -> str:
    name = text(value, place)
    right = name.isidentifier() and not name.startswith("_")
    require(right, place, f'"{name}" is no name of a question')
    return name


def module(value: Any, place: str) -> str:
    require(MODULE.match(name := text(value, place)), place, f'"{name}" is no module')
    return name


def path(value: Any, place: str) -> str:
    name = text(value, place)
    bad = BAD_PATH.search(name.removesuffix("/"))
    require(not bad, place, f'"{name}" is no path inside the project')
    return name


def pattern(value: Any, place: str) -> str:
    name = text(value, place)
    path(name.replace("*", "x").replace("?", "x"), place)
    require(not name.endswith("/"), place, f'"{name}" is a folder')
    return name


def key_path(value: Any, place: str) -> str:
    parts = text(value, place).split(".")
    right = all(parts) and parts[-1] != "*"
    require(right, place, f'"{value}" is no key: write it as store.path')
    return str(value)


def key(value: Any, place: str) -> str:
    name = text(value, place)
    plain = KEY.match(name) and not WORDS.match(name)
    require(plain, place, f'"{name}" is no plain name for a key')
    return name


def mapping(name: Check, item: Check) -> Check:
    """The check of a mapping, by those of its keys and its values; nothing is an empty one."""

    def check(value: Any, place: str) -> MappingProxyType[Any, Any]:
        value = {} if value is None else value
        require(isinstance(value, dict), place, "is no mapping")
        found = {name(k, place): item(v, f"{place}: {k}") for k, v in value.items()}
        return MappingProxyType(found)

    return check
