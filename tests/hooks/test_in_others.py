"""The hooks as another repository runs them: `pre-commit try-repo` on this one."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from agentkit import source
from tests.template import projects
from tests.unit.support import commit, git, spawn, write

ROOT = Path(__file__).parents[2]
IDS = {"agentkit-secrets", "agentkit-manifests", "agentkit-check", "agentkit-drift"}
WAIVER = """\
[[waiver]]  # the release 0.2.0 has no evaluations yet
rule = "AK-AGT012"
reason = "this project is tried out, and answers nobody"
owner = "@acme/platform"
expires = 2027-10-31
"""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This work tree as a repository of its own: pre-commit clones what is committed."""
    folder = tmp_path_factory.mktemp("ours") / "agentkit"
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    keep = [n for n in names if n and not n.startswith(("tests/", "docs/"))]
    for name in keep:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
            (folder / name).chmod((ROOT / name).stat().st_mode)
    commit(folder)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Of the newest release, which the installed hooks know."""
    place, newest = str(tmp_path / "agent"), list(source.index())[-1]
    assert spawn("new", place, "--defaults", "--ref", newest).code == 0
    (tmp_path / "agent/agentkit.toml").write_text(WAIVER)
    return tmp_path / "agent"


def hook(ours: Path, project: Path, name: str) -> tuple[int, str]:
    git(project, "add", "--all")
    words = [sys.executable, "-m", "pre_commit", "try-repo", str(ours), name, "--all-files"]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_no_id_was_removed() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {entry["id"] for entry in hooks} >= IDS


def test_check_and_drift(ours: Path, project: Path) -> None:
    for name in "agentkit-check", "agentkit-drift":
        code, told = hook(ours, project, name)
        assert (code, "Passed" in told) == (0, True), told
    path = project / "scripts/bootstrap.sh"
    path.write_text(path.read_text() + "# mine\n")
    code, told = hook(ours, project, "agentkit-drift")
    assert code == 1 and "DRIFT: scripts/bootstrap.sh (edited)" in told
    write(project, {"Dockerfile": "FROM python:latest\nUSER 1\n"})
    code, told = hook(ours, project, "agentkit-check")
    assert code == 1 and "AK-IMG001" in told and "DRIFT" not in told


def test_secrets_and_manifests_need_nothing_installed(ours: Path, project: Path) -> None:
    code, told = hook(ours, project, "agentkit-secrets")
    assert code == 0, told
    code, told = hook(ours, project, "agentkit-manifests")
    assert code == 1 and "agent is not installed here: make install" in told


def test_a_project_of_the_template_passes(tmp_path: Path) -> None:
    for name, given in projects.NAMED.items():
        folder = projects.make(tmp_path / name, given)
        commit(folder)
        ran = spawn("check", str(folder), "--fail-on", "low")
        assert ran.code == 0 and "RULES: 0 failing, 0 others, 0 waived" in ran.out, ran.out
