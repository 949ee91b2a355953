"""A project made by the command, installed by each installer, tested, served and stopped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.project import clean_environment, serve, without_uv

MAKE = ["make", "--no-print-directory"]


@pytest.fixture(scope="module", params=["uv", "pip"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param) / "my-agent"
    new = [sys.executable, "-m", "agentkit", "new", str(folder), "--defaults"]
    subprocess.run(new, check=True, capture_output=True)
    path = os.environ["PATH"] if request.param == "uv" else without_uv()
    done = run(folder, "install", PATH=path)
    assert ("uv pip" in done.stdout) == (request.param == "uv")
    return folder


def run(folder: Path, *targets: str, **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*MAKE, *targets], cwd=folder, env=clean_environment(**env), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_its_own_checks_pass(project: Path) -> None:
    run(project, "lint", "validate")
    assert " passed" in run(project, "test").stdout
    status = ["git", "status", "--porcelain", "--ignored=no"]
    left = subprocess.run(status, cwd=project, capture_output=True, text=True, check=True)
    assert left.stdout == ""


def test_it_answers_and_stops(project: Path) -> None:
    with serve([".venv/bin/agent", "serve"], project) as server:
        answer = server.ask("What is 6 * 7?")
        assert answer["status"] == "succeeded"
        assert "42" in answer["output"]
        assert server.get("/health")["status"] == "healthy"
        assert server.stop() == 0
