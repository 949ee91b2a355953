"""Annotations of GitHub Actions. A step shows ten errors and ten warnings: the worst come first."""

from agentkit.check import Found, Report

MOST = 9  # and one that says how many are left out


def render(report: Report) -> str:
    """Workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions"""
    failing = report.failing
    others = [found for found in report.open if found not in failing]
    lines = [*_some("error", failing), *_some("warning", others)]
    lines += [f"::error::{_text(f'{r.rule.id} crashed: {r.crash}')}" for r in report.crashed]
    lines += [f"::warning::{_text(words)}" for words in report.warnings[:1]]
    lines += [f"::error::{_text(f'{v.name}: {v.words}')}" for v in report.verdicts if not v.ok]
    return "".join(f"{line}\n" for line in lines)


def _some(level: str, found: list[Found]) -> list[str]:
    lines = [_line(level, one) for one in found[:MOST]]
    if (left := len(found) - MOST) > 0:
        lines.append(f"::{level}::{left} more: see the summary of the job")
    return lines


def _line(level: str, found: Found) -> str:
    finding = found.finding
    place = f"file={_value(finding.path)},line={max(finding.line, 1)},title={finding.rule}"
    return f"::{level} {place}::{_text(finding.message)}"


def _text(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(words: str) -> str:
    return _text(words).replace(":", "%3A").replace(",", "%2C")
