"""`agentkit check`: a repository against a standard. Reads, decides, reports; writes nothing."""

import datetime as dt
import traceback
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from agentkit import orgpin, orgpolicy, rules
from agentkit.errors import USAGE, AgentkitError, did_you_mean
from agentkit.orgfile import Org
from agentkit.rules import Finding, Rule, Severity, code, waivers
from agentkit.rules.view import View
from agentkit.rules.waivers import Waiver
from agentkit.standard import Standard, Status, at_least

VERDICTS = ("BEHIND", "DRIFT")  # can be selected and ignored like rules
Outcome = Literal["passed", "failed", "waived", "skipped", "off", "crashed"]


@dataclass(frozen=True)
class Found:
    """A finding, and the waiver that covers it."""

    finding: Finding
    severity: Severity
    status: Status
    waiver: Waiver | None = None


@dataclass(frozen=True)
class Result:
    """What one rule said."""

    rule: Rule
    outcome: Outcome
    status: Status
    severity: Severity
    found: tuple[Found, ...] = ()
    crash: str = ""


@dataclass(frozen=True)
class Verdict:
    """BEHIND or DRIFT: what they say, and whether it is well."""

    name: str
    ok: bool
    words: str


@dataclass(frozen=True)
class Report:
    """What all rules said, what is to be said of the waivers, and the other two verdicts."""

    root: Path
    standard: Standard
    today: dt.date
    results: tuple[Result, ...]
    warnings: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    def rule(self, name: str) -> Rule:
        """The rule with an id."""
        return next(result.rule for result in self.results if result.rule.id == name)

    @property
    def found(self) -> list[Found]:
        """Every finding, the worst first, then by path and line."""
        every = [found for result in self.results for found in result.found]
        return sorted(every, key=_order)

    @property
    def open(self) -> list[Found]:
        """The findings that nobody has waived."""
        return [found for found in self.found if not found.waiver]

    @property
    def crashed(self) -> list[Result]:
        """The rules that could not say anything."""
        return [result for result in self.results if result.outcome == "crashed"]

    @property
    def failing(self) -> list[Found]:
        """The findings for which a run fails."""
        least = self.standard.fail_on
        return [
            found
            for found in self.open
            if found.status == "enforced" and at_least(found.severity, least)
        ]

    @property
    def ok(self) -> bool:
        """Does the run pass?"""
        sound = all(verdict.ok for verdict in self.verdicts)
        return sound and not self.failing and not self.crashed


def _order(found: Found) -> tuple[int, str, int, str]:
    finding = found.finding
    return -rules.SEVERITIES.index(found.severity), finding.path, finding.line, finding.rule


def standard(org: Org | None, fail_on: str = "") -> Standard:
    """The standard that is asked for; raises AgentkitError."""
    found = org.standard if org else Standard()
    if not fail_on:
        return found
    if fail_on not in rules.SEVERITIES:
        fix = f"there are: {', '.join(rules.SEVERITIES)}"
        raise AgentkitError(f"there is no severity {fail_on}", fix=fix, code=USAGE)
    return replace(found, fail_on=fail_on)


def of_answers(view: View, org: Org | None) -> dict[str, dict[str, Any]]:
    """What the rule about answers is to find: that is for who knows the org file."""
    known = {**view.answers, **orgpin.answers(view.root)} if org and view.answers else {}
    return {"AK-TPL005": {"problems": orgpolicy.problems(org, known) if org and known else []}}


def examine(
    view: View, chosen: Iterable[Rule], standard: Standard, others: tuple[Verdict, ...] = ()
) -> Report:
    """Hold a repository to a standard; raises AgentkitError where its waivers cannot be read."""
    today, chosen = view.today, list(chosen)
    known = {*rules.load(), *(rule.id for rule in chosen)}
    given = [*waivers.read(view), *standard.waivers]
    results = code.uncollected(lambda: [_result(view, rule, standard, today) for rule in chosen])
    bad = {waiver for waiver, _ in waivers.problems(given, known, today, standard.most_days)}
    sound = [w for w in given if w not in bad and w.rule not in standard.unwaivable]
    used: set[Waiver] = set()
    results = [_waived(result, sound, today, used) for result in results]
    ran = {result.rule.id for result in results}
    warned = []
    for waiver in sound:
        where = f"{waiver.source}:{waiver.line}"
        if waiver not in used and waiver.rule in ran:
            warned.append(f"{where}: the waiver of {waiver.rule} waives nothing")
        elif waiver.ends_soon(today):
            warned.append(f"{where}: the waiver of {waiver.rule} ends on {waiver.expires}")
    return Report(view.root, standard, today, tuple(results), tuple(warned), others)


def _result(view: View, rule: Rule, standard: Standard, today: dt.date) -> Result:
    status, severity = standard.status(rule, today), standard.severity(rule)
    if status == "off":
        return Result(rule, "off", status, severity)
    try:
        if not rule.applies(view):
            return Result(rule, "skipped", status, severity)
        found = sorted(set(rule.check(view)), key=lambda f: (f.path, f.line, f.message))
    except AgentkitError:
        raise
    except Exception as e:  # a rule is code that anybody may add: it may raise anything
        at = traceback.extract_tb(e.__traceback__)[-1]
        crash = f"{type(e).__name__}: {e} ({Path(at.filename).name}:{at.lineno})"
        return Result(rule, "crashed", status, severity, crash=crash)
    told = tuple(Found(finding, severity, status) for finding in found)
    return Result(rule, "failed" if told else "passed", status, severity, told)


def _waived(result: Result, sound: Collection[Waiver], today: dt.date, used: set[Waiver]) -> Result:
    """The result with the findings that are waived marked so; notes which waivers were needed."""
    told = []
    for found in result.found:
        waiver = next((w for w in sound if w.covers(found.finding, today)), None)
        if waiver:
            used.add(waiver)
        told.append(replace(found, waiver=waiver))
    outcome = result.outcome
    if told and all(found.waiver for found in told):
        outcome = "waived"
    return replace(result, found=tuple(told), outcome=outcome)


def choose(
    org: Org | None, select: Collection[str] = (), ignore: Collection[str] = ()
) -> list[Rule]:
    """The rules whose id, or family, or its start is selected and not ignored.

    Raises AgentkitError for what is the start of no rule.
    """
    known = {**rules.load(), **{rule.id: rule for rule in (org.declared if org else ())}}
    for word in (*select, *ignore):
        if word not in VERDICTS and not any(_named(rule, word) for rule in known.values()):
            fix = f"{did_you_mean(word.upper(), known)}agentkit rules lists them"
            raise AgentkitError(f"there is no rule {word}", fix=fix, code=USAGE)
    return [
        rule
        for rule in known.values()
        if (not select or any(_named(rule, word) for word in select))
        and not any(_named(rule, word) for word in ignore)
    ]


def _named(rule: Rule, word: str) -> bool:
    word = word.upper()
    return any(n.startswith(word) for n in (rule.id, rule.id.removeprefix("AK-")))
