"""The standard that a repository is held to: which rules count, from when, and how much."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.errors import USAGE, AgentkitError
from agentkit.rules import SEVERITIES, Rule, Severity
from agentkit.rules.waivers import MOST_DAYS, Waiver

Status = Literal["enforced", "evaluated", "off"]
STATUSES: tuple[Status, ...] = ("enforced", "evaluated", "off")
KEYS = ("status", "severity", "enforce_from", "options")


@dataclass(frozen=True)
class Setting:
    """What an org file says of a rule; what it leaves out is as the rule has it."""

    status: Status | None = None
    severity: Severity | None = None
    enforce_from: dt.date | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standard:
    """Without an org file: exact and structural rules are enforced, heuristic ones evaluated."""

    name: str = "agentkit"
    fail_on: Severity = "medium"
    settings: Mapping[str, Setting] = field(default_factory=dict)  # by rule or family: AK-K8S
    waivers: tuple[Waiver, ...] = ()
    unwaivable: frozenset[str] = frozenset()
    most_days: int = MOST_DAYS

    def options(self) -> dict[str, Mapping[str, Any]]:
        """What the view hands to rules."""
        return {name: setting.options for name, setting in self.settings.items()}

    def setting(self, rule: Rule) -> Setting:
        """What is said of a rule, else of its family."""
        default = Setting()
        return self.settings.get(rule.id) or self.settings.get(f"AK-{rule.family}") or default

    def status(self, rule: Rule, today: dt.date) -> Status:
        """Does the rule count today?"""
        given = self.setting(rule)
        usual: Status = "evaluated" if rule.confidence == "heuristic" else "enforced"
        status = given.status or usual
        if status == "enforced" and given.enforce_from and today < given.enforce_from:
            return "evaluated"
        return status

    def severity(self, rule: Rule) -> Severity:
        """How bad it is to break the rule."""
        return self.setting(rule).severity or rule.severity


def at_least(severity: Severity, least: Severity) -> bool:
    """Is a severity as bad as another, or worse?"""
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)


def setting(given: Any, at: str) -> Setting:
    """What an org file says of one rule or family; raises AgentkitError."""
    if not isinstance(given, dict) or set(given) - set(KEYS):
        fix = '{status = "enforced", severity = "high", enforce_from = 2027-01-31, options = {}}'
        raise AgentkitError("this says nothing of a rule", at, fix, USAGE)
    if given.get("status", "enforced") not in STATUSES:
        fix = f"there are: {', '.join(STATUSES)}"
        raise AgentkitError(f"there is no status {given['status']}", at, fix, USAGE)
    if given.get("severity", "low") not in SEVERITIES:
        fix = f"there are: {', '.join(SEVERITIES)}"
        raise AgentkitError(f"there is no severity {given['severity']}", at, fix, USAGE)
    since = given.get("enforce_from")
    if since is not None and not isinstance(since, dt.date):
        raise AgentkitError("enforce_from is a date", at, "write 2027-01-31", USAGE)
    return Setting(**given)
