"""A project made by the command, installed by each installer, tested, served and stopped."""

import os
import re
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


def test_its_own_checks_pass(project: Path, request: pytest.FixtureRequest) -> None:
    if "uv" in request.node.name:  # the tools are the same ones, whoever installs them
        run(project, "lint")
    run(project, "validate")
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


def test_it_bears_a_load(project: Path) -> None:
    overlay = project / "config/environments/development.yaml"
    overlay.write_text("policies: {rate_limit: 100000/minute}\n")
    with serve([".venv/bin/agent", "serve"], project) as server:
        told = load(project, f"--url={server.url}", "--requests=60", "--workers=4", "--max-p95=30")
        assert told.returncode == 0, told.stdout + told.stderr
        assert re.search(r"^requests 60  errors 0  rps [\d.]+$", told.stdout, re.M)
        assert re.search(r"^p50 [\d.]+ s  p95 [\d.]+ s  p99 [\d.]+ s$", told.stdout, re.M)
        slow = load(project, f"--url={server.url}", "--requests=3", "--max-p95=0")
        assert (slow.returncode, slow.stderr) == (1, "p95 is over 0.0 s\n")
        wrong = load(project, f"--url={server.url}", "--requests=4", "--input=")
        assert wrong.returncode == 1 and "422: 4" in wrong.stdout
    overlay.unlink()
    gone = load(project, f"--url={server.url}", "--requests=2")
    assert gone.returncode == 1 and "ConnectionRefusedError: 2" in gone.stdout


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--url=http://example.com", "example.com is not this machine: if it is yours, add"),
        ("--url=http://127.0.0.1.example.com", "is not this machine"),
        ("--url=ftp://localhost", "--url must be such as"),
        ("--requests=0", "--requests must be from 1 to 100000"),
        ("--workers=1000", "--workers must be from 1 to 64"),
        ("--seconds=10000", "--seconds must be from 1 to 600"),
    ],
)
def test_a_load_has_bounds(project: Path, option: str, sentence: str) -> None:
    told = load(project, option)
    assert told.returncode == 2 and sentence in told.stderr


def load(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [".venv/bin/python", "scripts/loadtest.py", *options]
    return subprocess.run(
        command, cwd=project, env=clean_environment(), capture_output=True, text=True
    )
