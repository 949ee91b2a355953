"""Rules that an organisation writes as data, in its org file, without Python.

A table [[rule]] has an id, a title and one condition; `paths` are regular expressions of whole
paths.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit.errors import USAGE, AgentkitError
from agentkit.rules import SEVERITIES, Finding, Rule, Severity
from agentkit.rules.view import View

CONDITIONS = ("exists", "absent", "contains", "lacks", "sha256", "key")
COMMON = ("id", "title", "why", "fix", "url", "severity", "paths")
OPERATORS = ("equals", "in", "matches", "present")
ID = re.compile(r"[A-Z][A-Z0-9]*-[A-Z]{2,}[0-9]{3}")


@dataclass(frozen=True)
class Told:
    """What a table [[rule]] says."""

    id: str
    title: str
    why: str = ""
    fix: str = ""
    url: str = ""
    severity: Severity = "medium"
    paths: str = ""
    conditions: Mapping[str, Any] = field(default_factory=dict)


class Declared(Rule):
    """A rule of an organisation."""

    def __init__(self, told: Told):
        self.told = told
        self.id, self.severity = told.id, told.severity  # type: ignore[misc]
        self.why, self.fix, self.url = told.why, told.fix, told.url  # type: ignore[misc]

    @property
    def title(self) -> str:
        """What holds when nothing is found."""
        return self.told.title

    @property
    def family(self) -> str:
        """The letters of the id: ACME-NET001 is of the family NET."""
        return self.told.id.partition("-")[2].rstrip("0123456789")

    def check(self, view: View) -> Iterable[Finding]:
        """What breaks the condition."""
        told = self.told
        for name, wanted in told.conditions.items():
            if name == "exists":
                yield from self._exists(view, wanted)
            elif name == "absent":
                for path in view.matching(wanted):
                    yield self.at(path, 0, "this must not be here")
            else:
                for path in view.matching(told.paths):
                    yield from self._file(view, path, name, wanted)

    def _exists(self, view: View, wanted: str) -> Iterator[Finding]:
        if not view.matching(wanted):
            yield self.at("", 0, f"there is no {wanted}", "missing")

    def _file(self, view: View, path: str, name: str, wanted: Any) -> Iterator[Finding]:
        text = view.text(path)
        if name == "contains" and not re.search(wanted, text, re.M):
            yield self.at(path, 1, f"does not contain {wanted}", "missing")
        elif name == "lacks":
            for number, line in view.lines(path):
                if re.search(wanted, line):
                    yield self.at(path, number, f"contains {wanted}", line.strip())
        elif name == "sha256" and hashlib.sha256(text.encode()).hexdigest() != wanted:
            yield self.at(path, 0, "is not the file of the organisation", "hash")
        elif name == "key":
            yield from self._key(view, path, wanted)

    def _key(self, view: View, path: str, wanted: Mapping[str, Any]) -> Iterator[Finding]:
        parse = {"toml": view.toml, "json": view.json}.get(path.rpartition(".")[2])
        documents = [parse(path)] if parse else view.yaml(path)
        for document in documents:
            found, value = lookup(document, wanted["at"])
            if problem := _problem(found, value, wanted):
                yield self.at(path, 1, f"{wanted['at']} {problem}", wanted["at"])


def lookup(document: Any, at: str) -> tuple[bool, Any]:
    """Is there something at `a.b.c`, and what is it?"""
    for key in at.split("."):
        if not isinstance(document, Mapping) or key not in document:
            return False, None
        document = document[key]
    return True, document


def _problem(found: bool, value: Any, wanted: Mapping[str, Any]) -> str:
    if wanted.get("present") is False:
        return "must not be set" if found else ""
    if not found:
        return "is not set"
    if "equals" in wanted and value != wanted["equals"]:
        return f"is {value!r}, not {wanted['equals']!r}"
    if "in" in wanted and value not in wanted["in"]:
        return f"is {value!r}, none of {', '.join(map(repr, wanted['in']))}"
    if "matches" in wanted and not re.fullmatch(wanted["matches"], str(value)):
        return f"is {value!r}, which does not match {wanted['matches']}"
    return ""


def parse(entry: Mapping[str, Any], where: str) -> Declared:
    """A table [[rule]] as a rule; raises AgentkitError."""
    told = {name: entry[name] for name in COMMON if name in entry}
    conditions = {name: entry[name] for name in CONDITIONS if name in entry}
    unknown = sorted(set(entry) - set(COMMON) - set(CONDITIONS))
    if unknown:
        known = ", ".join((*COMMON, *CONDITIONS))
        raise AgentkitError(f"a rule has no {unknown[0]}", where, f"it has {known}", USAGE)
    if not ID.fullmatch(str(told.get("id", ""))) or str(told["id"]).startswith("AK-"):
        fix = "write an id of your own, such as ACME-NET001"
        raise AgentkitError("the id of this rule is none", where, fix, USAGE)
    if not told.get("title"):
        raise AgentkitError("a rule needs a title", where, code=USAGE)
    if told.get("severity", "medium") not in SEVERITIES:
        fix = f"there are: {', '.join(SEVERITIES)}"
        raise AgentkitError(f"there is no severity {told['severity']}", where, fix, USAGE)
    if not conditions:
        raise AgentkitError("a rule needs a condition", where, ", ".join(CONDITIONS), USAGE)
    if set(conditions) - {"exists", "absent"} and not told.get("paths"):
        raise AgentkitError("this rule needs paths", where, 'paths = ".*[.]yaml"', USAGE)
    _sound(conditions, told.get("paths", ""), where)
    return Declared(Told(**told, conditions=conditions))


def _sound(conditions: Mapping[str, Any], paths: str, where: str) -> None:
    patterns = [paths, *(conditions.get(n, "") for n in ("exists", "absent", "contains", "lacks"))]
    key = conditions.get("key", {"at": "x", "present": True})
    if not isinstance(key, Mapping) or "at" not in key or not set(key) & set(OPERATORS):
        fix = 'key = {at = "tool.ruff.line-length", equals = 100}'
        raise AgentkitError("this key says nothing", where, fix, USAGE)
    for pattern in (*patterns, str(key.get("matches", ""))):
        try:
            re.compile(pattern)
        except (re.error, TypeError) as e:
            raise AgentkitError(f"this is no regular expression: {e}", where, code=USAGE) from e
