"""This repository under its own check, and the workflow that brings the check to others."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.support import commit, git, spawn, write

ROOT = Path(__file__).parents[2]
FLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text())
STEPS = {step.get("name"): step for step in FLOW["jobs"]["check"]["steps"]}
STRICT = """\
schema = 1
name = "acme"

[[rule]]
id = "ACME-OWN001"
title = "There is an acme.toml"
exists = "acme[.]toml"
"""


def test_this_repository_keeps_the_rules() -> None:
    ran = spawn("check", str(ROOT), "--fail-on", "low")
    assert ran.code == 0 and " 0 others" in ran.out, ran.out


def run(runner: Path, event: str) -> tuple[int, str, str]:
    """The step that checks, as a runner would: its script, and its expressions as they would be."""
    step = STEPS["Check"]
    base = "HEAD^" if event == "pull_request" else ""
    env = os.environ | {"BASE": base, "ORG": "", "PYTHONPATH": step["env"]["PYTHONPATH"]}
    env |= {"GITHUB_STEP_SUMMARY": str(runner / "summary.md")}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    ran = subprocess.run(script, cwd=runner, env=env, capture_output=True, text=True)
    return ran.returncode, ran.stdout, ran.stderr


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A work space with both checkouts, in which a change wants to be rid of a rule."""
    org = write(tmp_path / "org", {"agentkit-org.toml": STRICT})
    commit(org, tag="v1.0.0")
    repository = tmp_path / "runner/repository"
    assert spawn("new", str(repository), "--defaults", "--org", str(org)).code == 0
    write(repository, {"agentkit.toml": "", "agentkit/__init__.py": "raise SystemExit(0)\n"})
    commit(repository)
    bin_ = tmp_path / "runner/venv/bin"
    bin_.mkdir(parents=True)
    write(bin_, {"python": f'#!/bin/sh\nexec {sys.executable} "$@"\n'})
    (bin_ / "python").chmod(0o755)
    (tmp_path / "runner/agentkit").symlink_to(ROOT)
    return tmp_path / "runner"


def test_a_change_is_held_to_what_its_base_follows(runner: Path) -> None:
    code, out, err = run(runner, "pull_request")
    assert code == 1 and "ACME-OWN001" in out, err
    assert "ACME-OWN001" in (runner / "summary.md").read_text()
    assert "ACME-OWN001" in (runner / "check.sarif").read_text()
    assert "ACME-OWN001" not in run(runner, "push")[1]


def test_the_workflow_may_do_no_more_than_it_must() -> None:
    assert FLOW["permissions"] == {}
    (job,) = FLOW["jobs"].values()
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    assert all("${{" not in step.get("run", "") for step in job["steps"])


def test_a_project_calls_the_workflow_that_its_organisation_locks(tmp_path: Path) -> None:
    ours = "acme/agentkit/.github/workflows/check.yml"
    locked = f'[answers.locked]\nstandard = "{ours}@{"1a" * 20}"\n'
    rule = f'[checks.rules]\n"AK-TPL008" = {{options = {{workflow = "{ours}"}}}}\n'
    org = write(
        tmp_path / "org", {"agentkit-org.toml": 'schema = 1\nname = "acme"\n' + locked + rule}
    )
    commit(org, tag="v1.0.0")
    project = tmp_path / "agent"
    assert spawn("new", str(project), "--defaults", "--org", str(org)).code == 0
    path = project / ".github/workflows/ci.yml"
    job = yaml.safe_load(path.read_text())["jobs"]["standard"]
    assert job["uses"] == f"{ours}@{'1a' * 20}"
    assert spawn("check", str(project), "--fail-on", "low").code == 0
    path.write_text(path.read_text().replace("1a" * 20, "main"))
    assert "AK-TPL008" in spawn("check", str(project)).out
    shutil.rmtree(project)
    wrong = spawn("new", str(project), "--defaults", "--data", f"standard={ours}@main")
    assert wrong.code == 2 and "a workflow of GitHub at its full commit" in wrong.err
    assert git(org, "status", "--porcelain") == ""
