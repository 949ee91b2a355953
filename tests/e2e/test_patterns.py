"""Every pattern: its manifests, its picture, and the transcripts that its project pins.

Over HTTP, with the SDKs of real providers, they are the same: over_http.py says how.
"""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.e2e.installed import install
from tests.e2e.project import run
from tests.template import projects

FILES = {
    "config/workflow.yaml",
    "config/agents.yaml",
    "config/tools.yaml",
    "config/offline.yaml",
    "docs/PATTERN.md",
    "tests/integration/test_workflow.py",
}
GIVEN = {"providers": ["openai"], "targets": [], "interfaces": ["http", "cli"]}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose packages are those of every pattern's."""
    given = GIVEN | {"providers": ["openai", "anthropic"]}
    folder = projects.make(tmp_path_factory.mktemp("installed") / "my-agent", given)
    install(folder)
    return folder


def part_of(pattern: str) -> Path:
    return projects.ROOT / f"template/project/{{{{use.pattern.{pattern}}}}}"


def test_real_sdks_say_the_same(installed: Path) -> None:
    tests = installed / "tests/patterns"
    for pattern in projects.CATALOG["pattern"]:
        shutil.copytree(part_of(pattern) / "config", tests / pattern / "config")
        test = part_of(pattern) / "tests/integration/test_workflow.py"
        shutil.copy(test, tests / pattern / f"test_{pattern}.py")
    shutil.copy(Path(__file__).with_name("over_http.py"), tests / "conftest.py")
    pytest = ["-m", "pytest", "-p", "no:cacheprovider", "tests/patterns"]
    told = run(installed, ".venv/bin/python", *pytest)
    assert " passed" in told and "skipped" not in told


@pytest.mark.parametrize("pattern", projects.CATALOG["pattern"])
def test_a_pattern(pattern: str, installed: Path, tmp_path: Path) -> None:
    part, python = part_of(pattern), str(installed / ".venv/bin/python")
    assert {p.relative_to(part).as_posix() for p in projects.files(part)} == FILES
    folder = projects.make(tmp_path / "my-agent", GIVEN | {"pattern": pattern})
    env = {"PYTHONPATH": str(folder / "src")}
    run(folder, python, "-m", "agent", "validate", **env)
    picture = run(folder, python, "-m", "agent", "graph", **env)
    nodes = yaml.safe_load((folder / "config/workflow.yaml").read_text())["nodes"]
    assert picture.startswith("flowchart TD\n")
    assert all(f'"{node["id"]}: ' in picture for node in nodes), picture
    assert "passed" in run(folder, python, "-m", "agent", "eval", **env)
    tests = ["tests/integration/test_workflow.py", "tests/integration/test_cli.py"]
    assert " passed" in run(folder, python, "-m", "pytest", "-p", "no:cacheprovider", *tests, **env)
    for check in ["check"], ["format", "--check"]:
        run(folder, python, "-m", "ruff", *check, "--no-cache", ".")
