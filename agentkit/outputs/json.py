"""For programs: docs/check.schema.json is its schema. Two runs on the same tree give the same."""

import json
from typing import Any

from agentkit import __version__
from agentkit.check import Found, Report, Result
from agentkit.outputs.score import scores


def render(report: Report) -> str:
    """The whole report."""
    return json.dumps(as_data(report), indent=2) + "\n"


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain data, in a stable order."""
    return {
        "schema": 1,
        "agentkit": __version__,
        "standard": report.standard.name,
        "as_of": str(report.today),
        "ok": report.ok,
        "verdicts": {v.name: {"ok": v.ok, "message": v.words} for v in report.verdicts},
        "scores": scores(report),
        "findings": [_finding(found) for found in report.found],
        "rules": [_rule(result) for result in report.results],
        "warnings": list(report.warnings),
    }


def _finding(found: Found) -> dict[str, Any]:
    finding, waiver = found.finding, found.waiver
    told: dict[str, Any] = {
        "rule": finding.rule,
        "path": finding.path,
        "line": finding.line,
        "message": finding.message,
        "severity": found.severity,
        "status": found.status,
        "fingerprint": finding.fingerprint,
        "waiver": None,
    }
    if waiver:
        told["waiver"] = {
            "reason": waiver.reason,
            "owner": waiver.owner,
            "expires": str(waiver.expires),
        }
    return told


def _rule(result: Result) -> dict[str, Any]:
    return {
        "id": result.rule.id,
        "title": result.rule.title,
        "outcome": result.outcome,
        "status": result.status,
        "severity": result.severity,
        "crash": result.crash or None,
    }
