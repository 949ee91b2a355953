"""GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/"""

import json

from agentkit.check import Report
from agentkit.rules import Severity

SEVERITY: dict[Severity, str] = {
    "low": "minor",
    "medium": "major",
    "high": "critical",
    "critical": "blocker",
}


def render(report: Report) -> str:
    """The open findings; what is evaluated only is for information."""
    told = [
        {
            "description": found.finding.message,
            "check_name": found.finding.rule,
            "fingerprint": found.finding.fingerprint,
            "severity": SEVERITY[found.severity] if found.status == "enforced" else "info",
            "location": {
                "path": found.finding.path or ".",
                "lines": {"begin": max(found.finding.line, 1)},
            },
        }
        for found in report.open
    ]
    return json.dumps(told, indent=2) + "\n"
