"""The file of cases beside an org file, read."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from agentkit.errors import USAGE, AgentkitError, did_you_mean

LISTS = ("holds", "fires", "waived")
TYPES: dict[str, type] = {
    "name": str,
    "answers": dict,
    "folder": str,
    "files": dict,
    "as_of": dt.date,
    "refused": str,
    "expect": dict,
    "passes": bool,
    **dict.fromkeys(LISTS, list),
}
SUBJECTS = {"answers", "folder", "files"}
OUTCOMES = {"refused", "expect", "passes", *LISTS}
START = """\
# What the org file beside this one is to do: `agentkit org test` tries it. docs/org.md of agentkit
# explains each key.
[[test]]
name = "a new project has our licence, and passes"
expect = {{license = "proprietary"}}
passes = true

[[test]]
name = "another licence is refused"
answers = {{license = "MIT"}}
refused = "license is locked to proprietary"

[[test]]
name = "no service listens on every address"
files = {{".env.template" = "AGENT_HOST=0.0.0.0\\n"}}
fires = ["{upper}-NET001"]

[[test]]
name = "a service that listens here only"
files = {{".env.template" = "AGENT_HOST=127.0.0.1\\n"}}
holds = ["{upper}-NET001"]
"""
WORDS = {str: "a text", dict: "a table", dt.date: "a date", bool: "true or false", list: "a list"}


@dataclass(frozen=True)
class Case:
    """Answers to `agentkit new`, or a repository, and what is to come of it."""

    name: str
    answers: dict[str, Any] | None = None  # none: no project is made
    folder: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    as_of: dt.date | None = None
    refused: str = ""
    expect: Mapping[str, Any] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    fires: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    passes: bool | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that it names."""
        return (*self.holds, *self.fires, *self.waived)


def read(path: Path) -> list[Case]:
    """The cases of a file, none where there is none; raises AgentkitError naming the line."""
    try:
        text = path.read_text("utf-8")
        told = tomllib.loads(text)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as e:
        raise AgentkitError(f"this cannot be read: {e}", str(path), code=USAGE) from e
    tables = told.get("test", [])
    if set(told) - {"test"} or not isinstance(tables, list) or not tables:
        fix = '[[test]], with name = "..." and what is to come of it'
        raise AgentkitError("this file holds more or less than cases", str(path), fix, USAGE)
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == "[[test]]"]
    lines += [1] * len(tables)
    return [_case(table, f"{path}:{line}") for table, line in zip(tables, lines, strict=False)]


def _case(table: Mapping[str, Any], where: str) -> Case:
    _typed(table, where)
    if not table.get("name"):
        raise AgentkitError("a case needs a name", where, code=USAGE)
    if not table.keys() & OUTCOMES:
        fix = ", ".join(sorted(OUTCOMES))
        raise AgentkitError("this case says nothing of what is to come of it", where, fix, USAGE)
    if {"folder", "answers"} <= table.keys():
        raise AgentkitError("a case has answers or a folder", where, code=USAGE)
    for name, text in table.get("files", {}).items():
        inside = not name.startswith("/") and ".." not in PurePosixPath(name).parts
        if not isinstance(text, str) or not inside:
            raise AgentkitError(f"files: {name} is no path in the repository", where, code=USAGE)
    told: dict[str, Any] = {n: tuple(v) if n in LISTS else v for n, v in table.items()}
    return Case(**told) if table.keys() & SUBJECTS else Case(answers={}, **told)


def _typed(table: Mapping[str, Any], where: str) -> None:
    for name, value in table.items():
        if name not in TYPES:
            fix = did_you_mean(name, TYPES) or f"it has {', '.join(TYPES)}"
            raise AgentkitError(f"a case has no {name}", where, fix, USAGE)
        if not isinstance(value, TYPES[name]):
            raise AgentkitError(f"{name} is {WORDS[TYPES[name]]}", where, code=USAGE)


def begin(org_file: Path, name: str) -> Path | None:
    """Write the first cases of an org file; none where there are some. Raises AgentkitError."""
    path = beside(org_file)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(START.format(upper=name.upper()))
    except FileExistsError:
        return None
    except OSError as e:
        raise AgentkitError(f"this cannot be written: {e.strerror}", str(path)) from e
    return path


def beside(org_file: Path) -> Path:
    """Where the cases of an org file are: agentkit-org.test.toml."""
    return org_file.with_suffix(".test.toml")
