"""The org file: what a platform team decides for every repository of its organisation.

TOML, for it has one way to write a value and no aliases. What it cannot say is an error, with the
line; a misspelt key would otherwise be a rule that nobody enforces.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit import orgown, rules, standard
from agentkit.errors import USAGE, AgentkitError, did_you_mean
from agentkit.names import ORG_FILE
from agentkit.orgown import Asking, Overlay
from agentkit.rules import SEVERITIES, declared, waivers
from agentkit.rules.declared import Declared
from agentkit.standard import Standard

NAME = ORG_FILE
TOP = ("schema", "name", "template", "answers", "question", "overlay", "checks", "rule", "waiver")
TABLES: dict[str, tuple[str, ...]] = {
    "overlay": ("path", "yours"),
    "template": ("url", "channel", "allowed"),
    "answers": ("defaults", "locked", "allowed", "forbidden", "required"),
    "checks": ("fail_on", "max_waiver_days", "not_waivable", "rules"),
}


@dataclass(frozen=True)
class Answers:
    """What the organisation says of the questions of a template."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    locked: Mapping[str, Any] = field(default_factory=dict)
    allowed: Mapping[str, Any] = field(default_factory=dict)  # lists of values
    forbidden: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Org:
    """One org file."""

    name: str
    where: str  # for messages
    answers: Answers = Answers()
    standard: Standard = field(default_factory=Standard)
    declared: tuple[Declared, ...] = ()
    template: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    questions: tuple[Asking, ...] = ()
    overlay: Overlay | None = None

    def at(self, key: str) -> str:
        """Where the file says something: agentkit-org.toml:12."""
        return f"{self.where}:{self.lines.get(key, 1)}"

    def typed(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Answers, with those to its own questions as their types have it; raises AgentkitError."""
        return orgown.read(self.questions, answers)


def load(path: Path, where: str = "") -> Org:
    """The org file at a path, or in a folder; raises AgentkitError."""
    path = path / NAME if path.is_dir() else path
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        fix = "agentkit org init writes one"
        raise AgentkitError("there is no org file that can be read", str(path), fix, USAGE) from e
    return parse(text, where or str(path))


def parse(text: str, where: str) -> Org:
    """An org file; raises AgentkitError naming the line."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise AgentkitError(f"this is no TOML: {e}", where, code=USAGE) from e
    lines = _lines(text)
    _known(told, TOP, where, lines)
    for table, names in TABLES.items():
        _known(told.get(table, {}), names, where, lines, table)
    if told.get("schema") != 1:
        raise AgentkitError("schema = 1 is missing", where, "write it on the first line", USAGE)
    if not isinstance(told.get("name"), str):
        raise AgentkitError("the organisation has no name", where, 'name = "acme"', USAGE)
    _channel(told.get("template", {}), f"{where}:{lines.get('template.channel', 1)}")
    own = tuple(
        declared.parse(entry, at)
        for entry, at in zip(told.get("rule", []), _places(text, "rule", where), strict=False)
    )
    places = _places(text, "question", where)
    asked = orgown.questions(told.get("question", []), told["name"], places)
    for question, at in zip(asked, places, strict=False):
        lines[f"question.{question.name}"] = int(at.rpartition(":")[2])
    answers = orgown.typed(
        asked, told.get("answers", {}), lambda key: f"{where}:{lines.get(key, 1)}"
    )
    return Org(
        told["name"],
        where,
        _answers(answers, where, lines),
        _standard(told, own, where, lines, text),
        own,
        told.get("template", {}),
        lines,
        asked,
        orgown.overlay(told.get("overlay", {}), f"{where}:{lines.get('overlay', 1)}"),
    )


def _places(text: str, table: str, where: str) -> list[str]:
    """Where each table of a list of them starts."""
    header = f"[[{table}]]"
    numbers = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == header]
    return [f"{where}:{number}" for number in [*numbers, *([1] * 999)]]


def _channel(template: Mapping[str, Any], at: str) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(template.get("channel", ""))
    except (InvalidSpecifier, AttributeError, TypeError) as e:
        raise AgentkitError("this is no range of versions", at, 'channel = ">=2,<3"', USAGE) from e


def _lines(text: str) -> dict[str, int]:
    """The line of every table and of every key, by its full name."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([^\]]+)\]+", line):
            table = header[1].replace('"', "").strip() + "."
            found.setdefault(table.rstrip("."), number)
        elif key := re.match(r'\s*"?([\w.-]+)"?\s*=', line):
            found.setdefault(f"{table}{key[1]}", number)
    return found


def _known(
    told: Any, names: tuple[str, ...], where: str, lines: Mapping[str, int], table: str = ""
) -> None:
    if not isinstance(told, dict):
        raise AgentkitError(f"{table} is a table: write [{table}]", where, code=USAGE)
    for name in told:
        if name not in names:
            full = f"{table}.{name}".lstrip(".")
            fix = f"{did_you_mean(name, names)}there are: {', '.join(names)}"
            at = f"{where}:{lines.get(full, 1)}"
            raise AgentkitError(f"an org file has no {full}", at, fix, USAGE)


def _answers(told: Mapping[str, Any], where: str, lines: Mapping[str, int]) -> Answers:
    for name in ("allowed", "forbidden"):
        for question, values in told.get(name, {}).items():
            if not isinstance(values, list):
                at = f"{where}:{lines.get(f'answers.{name}.{question}', 1)}"
                fix = f'{question} = ["a", "b"]'
                raise AgentkitError(f"{name} values are a list", at, fix, USAGE)
    fields = {name: told.get(name, {}) for name in ("defaults", "locked", "allowed", "forbidden")}
    return Answers(**fields, required=tuple(told.get("required", ())))


def _standard(
    told: Mapping[str, Any],
    own: tuple[Declared, ...],
    where: str,
    lines: Mapping[str, int],
    text: str,
) -> Standard:
    checks = told.get("checks", {})
    known = {**rules.load(), **{rule.id: rule for rule in own}}
    families = {f"AK-{rule.family}" for rule in known.values()}
    settings = {}
    for name, given in checks.get("rules", {}).items():
        at = f"{where}:{lines.get(f'checks.rules.{name}', 1)}"
        if name not in known and name not in families:
            fix = did_you_mean(name, known) or "agentkit rules lists them"
            raise AgentkitError(f"there is no rule {name}", at, fix, USAGE)
        settings[name] = standard.setting(given, at)
    fail_on = checks.get("fail_on", "medium")
    if fail_on not in SEVERITIES:
        at = f"{where}:{lines.get('checks.fail_on', 1)}"
        raise AgentkitError(f"there is no severity {fail_on}", at, ", ".join(SEVERITIES), USAGE)
    numbers = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == "[[waiver]]"]
    return Standard(
        told["name"],
        fail_on,
        settings,
        tuple(waivers.parse(told.get("waiver", []), numbers, where)),
        frozenset(checks.get("not_waivable", ())),
        checks.get("max_waiver_days", waivers.MOST_DAYS),
    )
