"""Each output, for one repository that has a bit of everything: compared with a file, and read by
a judge of the format where there is one. `python -m tests.rules.test_outputs` writes the files."""

import datetime as dt
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml
from sarif_pydantic import Sarif

from agentkit import check, outputs, rules
from agentkit.check import Report, Verdict
from agentkit.rules import Finding, Rule
from agentkit.rules.view import View
from agentkit.standard import Standard
from tests.unit.support import commit, write

EXPECTED = Path(__file__).parent / "outputs"
CHOSEN = ("AK-IMG001", "AK-IMG002", "AK-IMG005", "AK-AGT004", "AK-DOC003", "AK-CMP001")
FILES = {
    "Dockerfile": "FROM python:latest\nCMD uvicorn app:app\n",
    "app, odd: name.py": "x = 1\neval('2 | 3 <b>')\n",
    "agentkit.toml": """\
[[waiver]]
rule = "AK-IMG002"
reason = "the base image of the platform drops root itself"
owner = "@acme/platform"
expires = 2026-12-05

[[waiver]]
rule = "AK-DOC003"
paths = ["docs/*"]
reason = "the licence is decided next month"
owner = "@acme/legal"
expires = 2027-01-31
""",
}


class Crashing(Rule):
    """Never comes to a verdict"""

    id = ""  # not in the registry
    severity = "low"
    why = "to see what happens"

    def check(self, view: View) -> Iterable[Finding]:
        raise KeyError("oops")


def report(folder: Path) -> Report:
    commit(write(folder, FILES))
    crashing = Crashing()
    crashing.id = "AK-XXX001"  # type: ignore[misc]
    chosen = [*(rules.load()[name] for name in CHOSEN), crashing]
    view = View(folder, dt.date(2026, 11, 30))
    behind = Verdict("BEHIND", True, "by 2 releases, v0.3.0 is the newest: agentkit update")
    drift = Verdict("DRIFT", False, "docker/Dockerfile (edited): agentkit diff shows it")
    return check.examine(view, chosen, Standard(), (behind, drift))


def rendered(folder: Path) -> dict[str, str]:
    found = report(folder)
    return {
        format: outputs.render(found, outputs.Output(format)).replace(check.__name__, "check")
        for format in outputs.FORMATS
    }


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return rendered(tmp_path_factory.mktemp("outputs") / "x")


@pytest.mark.parametrize("format", outputs.FORMATS)
def test_an_output_is_as_it_was(format: str, texts: dict[str, str]) -> None:
    assert texts[format] == (EXPECTED / f"{format}.txt").read_text("utf-8")


def test_sarif_is_read_by_others(texts: dict[str, str]) -> None:
    (run,) = Sarif.model_validate_json(texts["sarif"]).runs
    assert [r.rule_id for r in run.results or []].count("AK-IMG002") == 1
    assert (run.invocations or [])[0].execution_successful is False
    results = json.loads(texts["sarif"])["runs"][0]["results"]  # it knows no suppressions
    assert [r["ruleId"] for r in results if r.get("suppressions")] == ["AK-IMG002"]


def test_junit_is_read_by_others(texts: dict[str, str]) -> None:
    suites = JUnitXml.fromstring(texts["junit"].encode())
    suites.update_statistics()
    # a failure per rule: a floating image and a shell; the rule that crashed; one without compose
    assert (suites.tests, suites.failures, suites.errors, suites.skipped) == (7, 2, 1, 1)


def test_the_annotations_of_github_stay_within_its_limits(tmp_path: Path) -> None:
    files = {f"a{n}/Dockerfile": "FROM python:latest\nUSER 1\n" for n in range(30)}
    commit(write(tmp_path / "x", files))
    rule = rules.load()["AK-IMG001"]
    found = check.examine(View(tmp_path / "x"), [rule], Standard())
    lines = outputs.render(found, outputs.Output("github")).splitlines()
    assert len(lines) == 10 and lines[-1] == "::error::21 more: see the summary of the job"


def test_a_long_summary_is_cut(tmp_path: Path) -> None:
    lines = "".join(f"eval('{n}')\n" for n in range(20_000))
    commit(write(tmp_path / "x", {"a.py": lines}))
    found = check.examine(View(tmp_path / "x"), [rules.load()["AK-AGT004"]], Standard())
    text = outputs.render(found, outputs.Output("markdown"))
    assert len(text.encode()) < 1 << 20 and "more are left out" in text


def test_json_keeps_to_its_schema(texts: dict[str, str]) -> None:
    from jsonschema import Draft202012Validator

    schema: Any = json.loads((EXPECTED.parents[2] / "docs/check.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(texts["json"]))


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for format, text in rendered(Path(scratch, "x")).items():
            (EXPECTED / f"{format}.txt").write_text(text, "utf-8")
    sys.exit()
