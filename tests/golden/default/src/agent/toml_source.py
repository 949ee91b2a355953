"""TOML in which every key knows its line, as far as its lines tell."""

import re
import tomllib
from typing import Any

Key = tuple[str | int, ...]
_TABLE = re.compile(r"\s*\[([\w.\s\"'-]+)\]\s*(#.*)?$")
_KEY = re.compile(r"\s*([\w.\s\"'-]+?)\s*=")
_TEXT = re.compile(r'"""|' + "'''")


def parse(text: str) -> tuple[Any, dict[Key, int], list[tuple[int, str]]]:
    """The value, the lines of its keys, and what is wrong with it by line."""
    try:
        return tomllib.loads(text), lines_of(text), []
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        line = re.search(r"at line (\d+)", str(e))
        message = re.sub(r" \(at .*\)$", "", str(e))
        return None, {}, [(int(line[1]) if line else max(text.count("\n"), 1), message)]


def lines_of(text: str) -> dict[Key, int]:
    found: dict[Key, int] = {(): 1}
    table: Key = ()
    inside = False  # a text of several lines
    for number, line in enumerate(text.splitlines(), 1):
        if not inside and (match := _TABLE.match(line)):
            table = names(match[1])
            found.setdefault(table, number)
        elif not inside and (match := _KEY.match(line)):
            found.setdefault((*table, *names(match[1])), number)
        inside ^= len(_TEXT.findall(line)) % 2 == 1
    return found


def names(dotted: str) -> Key:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
