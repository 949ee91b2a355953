"""This repository under its own check, and the workflow that brings the check to others."""

import json
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
    assert (runner / STEPS["Badge"]["with"]["path"]).read_text().startswith("<svg ")
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


@pytest.fixture
def gitlab(tmp_path: Path) -> tuple[Path, str, dict[str, str]]:
    """A project on GitLab that wants to be rid of a rule, its job, and what its runner has."""
    ours = write(tmp_path / "ours", {"requirements.txt": ""})
    shutil.copytree(ROOT / "agentkit", ours / "agentkit", ignore=shutil.ignore_patterns("__py*"))
    commit(ours)
    at = git(ours, "rev-parse", "HEAD")
    org = write(tmp_path / "org", {"agentkit-org.toml": STRICT})
    commit(org, tag="v1.0.0")
    origin, project = tmp_path / "origin", tmp_path / "project"
    standard = f"standard=https://gitlab.example.com/platform/agentkit@{at}"
    words = ("new", str(origin), "--defaults", "--org", str(org), "--data", "ci=gitlab")
    assert spawn(*words, "--data", standard).code == 0
    git(tmp_path, "clone", "-q", str(origin), str(project))
    write(project, {"agentkit.toml": "", "agentkit/__init__.py": "raise SystemExit(0)\n"})
    commit(project)
    job = yaml.safe_load((project / ".gitlab-ci.yml").read_text())["standard"]
    assert job["artifacts"]["reports"] == {"codequality": "gl-code-quality-report.json"}
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "{ours}"]\ninsteadOf = https://gitlab.example.com/platform/agentkit\n')
    python = f'#!/bin/sh\n[ "$2" = pip ] || [ "$2" = venv ] || exec {sys.executable} "$@"\n'
    for folder in tmp_path / "bin", tmp_path / "venv/bin":
        write(folder, {"python": python})
        (folder / "python").chmod(0o755)
    env = os.environ | {"HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": str(config)}
    env["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return project, "set -eo pipefail\n" + "\n".join(job["script"]), env


def test_gitlab_holds_a_change_to_what_its_target_follows(
    gitlab: tuple[Path, str, dict[str, str]],
) -> None:
    project, script, env = gitlab
    command = ["bash", "--noprofile", "--norc", "-c", script]
    alone = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
    assert "ACME-OWN001" not in alone.stdout and "RULES" in alone.stdout, alone.stderr
    env |= {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": git(project, "branch", "--show-current")}
    asked = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)
    assert asked.returncode == 1 and "ACME-OWN001" in asked.stdout, asked.stderr
    told = json.loads((project / "gl-code-quality-report.json").read_text())
    assert "ACME-OWN001" in {one["check_name"] for one in told}
    assert "ACME-OWN001" in (project / "agentkit.md").read_text()
    assert (project / "agentkit.svg").read_text().startswith("<svg ")


@pytest.mark.parametrize(
    "ours", ["acme/agentkit/.github/workflows/check.yml", "https://git.acme.example/agentkit"]
)
def test_a_project_on_gitlab_runs_what_its_organisation_locks(ours: str, tmp_path: Path) -> None:
    locked = f'[answers.locked]\nstandard = "{ours}@{"1a" * 20}"\n'
    rule = f'[checks.rules]\n"AK-TPL008" = {{options = {{workflow = "{ours}"}}}}\n'
    text = 'schema = 1\nname = "acme"\n' + locked + rule
    commit(org := write(tmp_path / "org", {"agentkit-org.toml": text}), tag="v1.0.0")
    project = tmp_path / "agent"
    words = ("new", str(project), "--defaults", "--org", str(org), "--data", "ci=gitlab")
    assert spawn(*words).code == 0
    assert spawn("check", str(project), "--fail-on", "low").code == 0
    path = project / ".gitlab-ci.yml"
    path.write_text(path.read_text().replace("1a" * 20, "main"))
    assert "AK-TPL008" in spawn("check", str(project)).out
