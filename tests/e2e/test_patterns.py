"""Every pattern: its manifests, its picture, and the transcripts that its project pins."""

from pathlib import Path

import pytest
import yaml

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
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of a project whose packages are those of every pattern's."""
    folder = projects.make(tmp_path_factory.mktemp("installed") / "my-agent", GIVEN)
    run(folder, "make", "install")
    return str(folder / ".venv/bin/python")


@pytest.mark.parametrize("pattern", projects.CATALOG["pattern"])
def test_a_pattern(pattern: str, python: str, tmp_path: Path) -> None:
    part = projects.ROOT / f"template/project/{{{{use.pattern.{pattern}}}}}"
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
