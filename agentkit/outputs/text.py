"""For people on a terminal: the worst first, with what to do."""

from collections import Counter

from agentkit.check import Found, Report, Result
from agentkit.outputs.score import scores


def render(report: Report) -> str:
    """Findings by file, then what was waived, then a line of sums."""
    lines: list[str] = []
    path = ""
    for found in sorted(report.open, key=lambda f: (f.finding.path, f.finding.line)):
        if found.finding.path != path:
            path = found.finding.path
            lines += ["", path]
        lines.append(_line(found))
    fixes = {f.finding.rule: report.rule(f.finding.rule) for f in report.open}
    if fixes:
        lines += ["", "What to do:"]
        lines += [f"  {name}  {rule.fix}" for name, rule in sorted(fixes.items()) if rule.fix]
    lines += [_crash(result) for result in report.crashed]
    lines += [f"warning: {words}" for words in report.warnings]
    return "\n".join([*lines, "", *_verdicts(report)]).lstrip("\n") + "\n"


def _line(found: Found) -> str:
    finding = found.finding
    how = found.severity if found.status == "enforced" else f"{found.severity}, evaluated"
    return f"  {finding.line:>4}  {finding.rule}  {finding.message}  [{how}]"


def _crash(result: Result) -> str:
    return f"error: the rule {result.rule.id} crashed: {result.crash}"


def _verdicts(report: Report) -> list[str]:
    counts = Counter(result.outcome for result in report.results)
    lines = [f"{verdict.name}: {verdict.words}" for verdict in report.verdicts]
    failing = len(report.failing)
    seen = len(report.open) - failing
    waived = len(report.found) - len(report.open)
    told = f"{failing} failing, {seen} others, {waived} waived"
    passed = f"{counts['passed']} of {sum(counts.values()) - counts['skipped']} rules hold"
    lines.append(f"RULES: {told}; {passed}, {counts['skipped']} do not apply")
    if score := scores(report).get("all"):
        lines.append(f"score: {score} of 100")
    return lines
