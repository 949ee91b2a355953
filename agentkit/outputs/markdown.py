"""A summary for people in a pull request or a job. Both drop what is too long, so it is cut."""

from agentkit.check import Found, Report
from agentkit.outputs.score import scores

MOST_BYTES = 900_000  # GitHub drops the whole summary of a step above one MiB


def render(report: Report) -> str:
    """Verdicts, scores, findings, waivers."""
    head = ["## agentkit check", ""]
    head += [f"- **{v.name}**: {v.words}" for v in report.verdicts]
    head.append(f"- **RULES**: {len(report.failing)} failing, {len(report.open)} open")
    shares = ", ".join(f"{name} {share} %" for name, share in scores(report).items())
    head += [f"- **Score**: {shares}", ""] if shares else [""]
    rows = [_row(found) for found in report.open]
    if rows:
        head += ["| where | rule | what | severity |", "|---|---|---|---|"]
    tail = [f"- {_cell(words)}" for words in report.warnings]
    tail += [f"- {r.rule.id} crashed: {_cell(r.crash)}" for r in report.crashed]
    waived = [found for found in report.found if found.waiver]
    tail += [_waived(found) for found in waived]
    return _cut(head, rows, ["", *tail] if tail else [])


def _cut(head: list[str], rows: list[str], tail: list[str]) -> str:
    text = "\n".join([*head, *rows, *tail]) + "\n"
    kept = len(rows)
    while len(text.encode()) > MOST_BYTES and kept:
        kept //= 2
        left = [f"\n{len(rows) - kept} more are left out."]
        text = "\n".join([*head, *rows[:kept], *left, *tail]) + "\n"
    return text


def _row(found: Found) -> str:
    finding = found.finding
    how = found.severity if found.status == "enforced" else f"{found.severity} (evaluated)"
    place = f"`{_cell(finding.path)}:{finding.line}`"
    return f"| {place} | {finding.rule} | {_cell(finding.message)} | {how} |"


def _waived(found: Found) -> str:
    finding, waiver = found.finding, found.waiver
    reason = _cell(waiver.reason) if waiver else ""
    until = f"{waiver.owner}, until {waiver.expires}" if waiver else ""
    return f"- waived: {finding.rule} in `{_cell(finding.path)}`: {reason} ({until})"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").replace("`", "'").split())
