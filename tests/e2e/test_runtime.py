"""The engine that every project carries, with every part chosen: its own checks, and ours.

tests/runtime holds what is about the engine rather than about a user's project; it runs inside the
full project, with that project's packages, fixtures and unplugged network, and with a few packages
of our own. Where Postgres is installed, they use a real one too. A project has one store, so Redis
has a project of its own.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import postgres, redis
from tests.e2e.installed import install
from tests.e2e.project import run
from tests.template import projects

RUNTIME = projects.ROOT / "tests/runtime"
UV = str(Path(sys.executable).parent / "uv")
OURS = ["coverage", "hypothesis"]
COVERAGE = """\
[run]
branch = true
source = src/agent
parallel = true
patch = subprocess
sigterm = true

[report]
omit =
    # test_celery.py and test_kafka.py run them
    */interfaces/celery/*
    */interfaces/kafka/*
"""
PYTEST = ["-m", "pytest", "-p", "no:cacheprovider"]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = projects.make(tmp_path_factory.mktemp("full") / "my-agent", projects.FULL)
    shutil.copytree(RUNTIME, folder / "tests/runtime")
    install(folder)
    pins = str(projects.ROOT / "requirements-dev.txt")
    run(folder, UV, "pip", "install", "--python", ".venv", "--no-build", "-c", pins, *OURS)
    return folder


@pytest.fixture
def store_url() -> Iterator[str]:
    if not postgres.installed():
        yield ""  # then the tests of a store use SQLite alone
        return
    with postgres.running() as database:
        yield database.url


def test_types_and_manifests(full: Path) -> None:
    run(full, ".venv/bin/mypy")
    run(full, "make", "validate")


def test_every_test_of_the_engine(full: Path, store_url: str) -> None:
    (full / ".coveragerc").write_text(COVERAGE)
    told = run(full, ".venv/bin/coverage", "run", *PYTEST, TEST_STORE_URL=store_url)
    assert " passed" in told and "skipped" not in told
    run(full, ".venv/bin/coverage", "combine")
    run(full, ".venv/bin/coverage", "report", "--fail-under=90", "--show-missing")


def test_the_store_in_redis(tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "my-agent", {"store": "redis", "targets": []})
    (folder / "tests/runtime").mkdir()
    shutil.copy(RUNTIME / "test_takeover.py", folder / "tests/runtime")
    install(folder)
    run(folder, ".venv/bin/mypy", "src/agent/stores")
    tests = ["tests/integration/test_store.py", "tests/integration/test_redis.py", "tests/runtime"]
    with redis.running() as server:
        told = run(folder, ".venv/bin/python", *PYTEST, *tests, TEST_STORE_URL=server.url)
    assert " passed" in told and "skipped" not in told
