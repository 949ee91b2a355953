"""Every pattern: its manifests, its picture, and the transcripts that its project pins."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.project import clean_environment, run
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
    assert picture.startswith("flowchart TD\n") and "```mermaid" in (
        folder / "docs/PATTERN.md"
    ).read_text("utf-8")
    assert "passed" in run(folder, python, "-m", "agent", "eval", **env)
    tests = ["tests/integration/test_workflow.py", "tests/integration/test_cli.py"]
    done = subprocess.run(
        [python, "-m", "pytest", "-p", "no:cacheprovider", *tests],
        cwd=folder, env=clean_environment(**env), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout + done.stderr
