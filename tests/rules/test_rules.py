"""Each rule: a repository that keeps it, one that breaks it, and the same one with a waiver."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from agentkit import check, rules
from agentkit.rules.view import View
from agentkit.standard import Setting, Standard
from tests.unit.support import commit, write

TODAY = dt.date(2026, 11, 30)
WAIVER = """
[[waiver]]
rule = "{}"
reason = "this is how the test wants it"
owner = "@acme/platform"
expires = 2027-01-31
"""
CASES: dict[str, dict[str, Any]] = {
    name: case
    for file in sorted(Path(__file__).parent.glob("cases/*.yml"))
    for name, case in yaml.safe_load(file.read_text("utf-8")).items()
}
every = pytest.mark.parametrize("name", CASES)


def examine(folder: Path, name: str, options: dict[str, Any]) -> check.Result:
    """What one rule says of a repository."""
    setting = Setting(status="enforced", severity="high", options=options)
    standard = Standard(settings={name: setting})
    view = View(folder, TODAY, standard.options())
    (result,) = check.examine(view, [rules.load()[name]], standard).results
    return result


def repository(folder: Path, files: dict[str, str]) -> Path:
    write(folder, files)
    commit(folder)
    return folder


def test_every_rule_has_a_case() -> None:
    assert list(rules.load()) == sorted(CASES)


@every
def test_a_repository_that_keeps_it(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    folder = repository(tmp_path / "x", case["good"])
    options = case.get("good_options", case.get("options", {}))
    result = examine(folder, name, options)
    assert (result.outcome, [str(f.finding) for f in result.found]) == ("passed", [])


@every
def test_a_repository_that_breaks_it(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    folder = repository(tmp_path / "x", case["bad"])
    result = examine(folder, name, case.get("options", {}))
    places = [f"{f.finding.path}:{f.finding.line}" for f in result.found]
    assert result.crash == "" and sorted(places) == sorted(case["at"])


@every
def test_a_waiver_waives_it(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    given = case["bad"].get("agentkit.toml", "")
    files = case["bad"] | {"agentkit.toml": given + WAIVER.format(name)}
    folder = repository(tmp_path / "x", files)
    result = examine(folder, name, case.get("options", {}))
    assert result.outcome == "waived" and len(result.found) == len(case["at"])


@every
def test_a_rule_says_why_and_what_to_do(name: str) -> None:
    rule = rules.load()[name]
    assert rule.title and not rule.title.endswith(".")
    assert rule.why and rule.fix and rule.url.startswith("https://")
    assert rule.family == name[3:-3]
