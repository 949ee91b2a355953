"""SARIF 2.1.0, for code scanning. Waived findings are suppressed results, with the reason."""

import json
from typing import Any
from urllib.parse import quote

from agentkit import __version__
from agentkit.check import Found, Report, Result
from agentkit.rules import Rule, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST = 5000  # results of a run that GitHub shows
# GitHub's own scale of security severities.
SCORES: dict[Severity, str] = {"low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}
LEVELS: dict[Severity, str] = {
    "low": "note",
    "medium": "warning",
    "high": "error",
    "critical": "error",
}


def render(report: Report) -> str:
    """One run, the worst results first."""
    ran = [result for result in report.results if result.outcome not in ("off", "skipped")]
    numbers = {result.rule.id: n for n, result in enumerate(ran)}
    driver = {
        "name": "agentkit",
        "version": __version__,
        "rules": [_rule(result.rule, result.severity) for result in ran],
    }
    invocation = {
        "executionSuccessful": not report.crashed,
        "toolExecutionNotifications": [_crash(result) for result in report.crashed],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "utf16CodeUnits",
        "results": [_result(found, numbers) for found in report.found[:MOST]],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule, severity: Severity) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": type(rule).__name__,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why or rule.title},
        "help": {"text": rule.fix or rule.title},
        **({"helpUri": rule.url} if rule.url else {}),
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {
            "tags": [rule.family, rule.confidence],
            "security-severity": SCORES[severity],
        },
    }


def _result(found: Found, numbers: dict[str, int]) -> dict[str, Any]:
    finding, waiver = found.finding, found.waiver
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.path or ".")}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    told: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": LEVELS[found.severity] if found.status == "enforced" else "note",
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"agentkit/v1": finding.fingerprint},
    }
    if waiver:
        reason = f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
        told["suppressions"] = [{"kind": "external", "justification": reason}]
    return told


def _crash(result: Result) -> dict[str, Any]:
    words = f"the rule {result.rule.id} crashed: {result.crash}"
    return {"level": "error", "message": {"text": words}}
