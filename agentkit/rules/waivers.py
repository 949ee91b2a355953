"""Waivers: findings that somebody answers for, for a while. They are tables of agentkit.toml."""

import datetime as dt
import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from agentkit.errors import USAGE, AgentkitError
from agentkit.rules import Finding
from agentkit.rules.view import View

FILE = "agentkit.toml"
SOON = dt.timedelta(days=14)  # before it ends, a waiver is a warning
MOST_DAYS = 365  # if the org file says nothing
SHORTEST_REASON = 20  # characters
FIELDS = {"rule", "paths", "reason", "owner", "expires", "fingerprint", "ticket"}


@dataclass(frozen=True)
class Waiver:
    """One entry: the findings of a rule in some files, or one finding by its fingerprint."""

    rule: str
    reason: str
    owner: str
    expires: dt.date
    line: int
    paths: tuple[str, ...] = ()  # patterns in which * is anything; none are all files
    fingerprint: str = ""
    source: str = FILE

    def covers(self, finding: Finding, today: dt.date) -> bool:
        """Does it waive this finding today?"""
        return (
            self.rule == finding.rule
            and today <= self.expires
            and self.fingerprint in ("", finding.fingerprint)
            and (not self.paths or any(_match(p, finding.path) for p in self.paths))
        )

    def ends_soon(self, today: dt.date) -> bool:
        """Is it about to end?"""
        return today <= self.expires < today + SOON


def _match(pattern: str, path: str) -> bool:
    words = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(words), path) is not None


def read(view: View) -> list[Waiver]:
    """The waivers of a repository; raises AgentkitError naming the line of a wrong one."""
    if not (text := view.text(FILE)):
        return []
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise AgentkitError(f"this is no TOML: {e}", FILE, code=USAGE) from e
    lines = [n for n, line in view.lines(FILE) if line.strip() == "[[waiver]]"]
    return parse(told.get("waiver", []), lines, FILE)


def parse(entries: Any, lines: list[int], source: str) -> list[Waiver]:
    """The waivers that a file holds at these lines; raises AgentkitError."""
    if not isinstance(entries, list):
        raise AgentkitError("write each waiver under [[waiver]]", source, code=USAGE)
    numbers = [*lines, *([1] * len(entries))]
    return [_one(e, f"{source}:{n}", n, source) for e, n in zip(entries, numbers, strict=False)]


def _one(entry: Any, where: str, line: int, source: str) -> Waiver:
    if unknown := sorted(set(entry) - FIELDS):
        known = ", ".join(sorted(FIELDS))
        raise AgentkitError(f"a waiver has no {unknown[0]}", where, f"it has {known}", USAGE)
    for name in ("rule", "reason", "owner"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise AgentkitError(f"a waiver needs a {name}", where, code=USAGE)
    if len(entry["reason"].strip()) < SHORTEST_REASON:
        fix = f"say in {SHORTEST_REASON} characters or more why this is right here"
        raise AgentkitError("the reason of this waiver is too short", where, fix, USAGE)
    expires = entry.get("expires")
    if not isinstance(expires, dt.date) or isinstance(expires, dt.datetime):
        fix = "write expires = 2027-01-31, without quotes"
        raise AgentkitError("a waiver needs the date on which it ends", where, fix, USAGE)
    paths = entry.get("paths", [])
    if not isinstance(paths, list) or not all(isinstance(p, str) for p in paths):
        raise AgentkitError("the paths of a waiver are a list of patterns", where, code=USAGE)
    who = entry["rule"], entry["reason"].strip(), entry["owner"], expires, line
    return Waiver(*who, tuple(paths), str(entry.get("fingerprint", "")), source)


def problems(
    waivers: list[Waiver], known: Collection[str], today: dt.date, most_days: int
) -> list[tuple[Waiver, str]]:
    """What is wrong with waivers, whatever they waive."""
    found = []
    for waiver in waivers:
        if waiver.rule not in known:
            found.append((waiver, f"there is no rule {waiver.rule}"))
        elif waiver.expires < today:
            found.append((waiver, f"the waiver of {waiver.rule} ended on {waiver.expires}"))
        elif waiver.expires > today + dt.timedelta(days=most_days):
            most = f"at most {most_days} days ahead"
            found.append((waiver, f"the waiver of {waiver.rule} ends too late: {most}"))
    return found
