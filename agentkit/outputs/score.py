"""How much of the standard holds, as whole percents: of every family, and of all."""

from agentkit.check import Report, Result
from agentkit.rules import SEVERITIES

WEIGHTS = dict(zip(SEVERITIES, (1, 2, 4, 8), strict=True))
COUNTED = ("passed", "waived", "failed", "crashed")


def scores(report: Report) -> dict[str, int]:
    """The share of the weight of rules that hold or are waived; rules that do not apply are out."""
    families: dict[str, list[Result]] = {}
    for result in report.results:
        if result.outcome in COUNTED:
            families.setdefault(result.rule.family, []).append(result)
            families.setdefault("all", []).append(result)
    return {family: _share(results) for family, results in sorted(families.items())}


def _share(results: list[Result]) -> int:
    whole = sum(WEIGHTS[result.severity] for result in results)
    good = sum(WEIGHTS[r.severity] for r in results if r.outcome in ("passed", "waived"))
    return 100 * good // whole  # 100 only if nothing is missing
