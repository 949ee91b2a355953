"""The engine that every project carries, with every part chosen: its own checks, and ours.

tests/runtime holds what is about the engine rather than about a user's project; it runs inside the
full project, with that project's packages, fixtures and unplugged network.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.project import clean_environment
from tests.template import projects

RUNTIME = projects.ROOT / "tests/runtime"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = projects.make(tmp_path_factory.mktemp("full") / "my-agent", projects.FULL)
    shutil.copytree(RUNTIME, folder / "tests/runtime")
    run(folder, "make", "install")
    return folder


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=clean_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_types_and_manifests(full: Path) -> None:
    run(full, ".venv/bin/mypy")
    run(full, "make", "validate")


def test_every_test_of_the_engine(full: Path) -> None:
    told = run(full, ".venv/bin/python", "-m", "pytest", "-p", "no:cacheprovider")
    assert " passed" in told and "skipped" not in told
