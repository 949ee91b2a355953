"""From every release to the working tree's template: an update is a fresh render."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from agentkit import source
from tests.template import projects
from tests.unit.support import commit, git
from tests.update.released import Run, differing, fresh, is_yours, made

FIRST = {  # every part that the first release had
    "providers": ["openai", "anthropic", "ollama"],
    "targets": ["docker"],
    "interfaces": ["http", "cli"],
}
SHAPES: dict[str, dict[str, list[str]]] = {"default": {}, "full": FIRST}
CASES = [(version, shape) for version in source.index() for shape in SHAPES]


@pytest.mark.parametrize(("version", "shape"), CASES)
def test_an_update_is_a_fresh_render(
    agentkit: Run, work: Path, tmp_path: Path, version: str, shape: str
) -> None:
    project = made(agentkit, version, **SHAPES[shape])
    wanted = fresh(tmp_path / "fresh", project, version)
    before = projects.digest(project)
    ran = agentkit("update", "my-agent", "--commit", "--defaults")
    assert ran.code == 0, ran.out + ran.err
    assert git(project, "status", "--porcelain", "--ignored") == ""
    for path in differing(project, wanted):
        assert is_yours(path), path
        assert projects.digest(project)[path] == before[path]
    again = agentkit("update", "my-agent", "--exit-code")
    assert again.code == 10, again.out + again.err


@pytest.mark.parametrize(("version", "shape"), CASES)
def test_every_edit_of_a_user_is_there_afterwards(
    agentkit: Run, work: Path, version: str, shape: str
) -> None:
    project = made(agentkit, version, **SHAPES[shape])
    marks = {}
    for number, path in enumerate(git(project, "ls-files").splitlines()):
        if path != ".copier-answers.yml" and path.endswith(
            (".py", ".yaml", ".yml", ".toml", ".md", ".sh", "file", ".txt")
        ):
            marks[path] = f"# mine {number}"
            with open(project / path, "a") as file:
                file.write(f"\n{marks[path]}\n")
    commit(project)
    ran = agentkit("update", "my-agent", "--defaults")
    assert ran.code in (0, 3), ran.err
    left = "".join(p.read_text() for p in projects.files(project) if ".git" not in p.parts)
    assert [path for path, mark in marks.items() if f"{mark}\n" not in left] == []


@pytest.fixture
def hosted(tmp_path: Path) -> Path:
    """The template as a git repository: its first release, and the working tree's as v9.0.0."""
    repo = tmp_path / "hosted"
    shutil.copytree(source.builtin("0.1.0").root, repo)
    commit(repo, tag="v0.1.0")
    shutil.rmtree(repo / "template")
    for name in git(projects.ROOT, "ls-files", "copier.yml", "template").splitlines():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(projects.ROOT / name, repo / name)
    commit(repo, tag="v9.0.0")
    return repo


@pytest.mark.parametrize("engine", ["copier", "agentkit"])
def test_a_hosted_template_updates_by_either_tool(
    agentkit: Run, work: Path, hosted: Path, tmp_path: Path, engine: str
) -> None:
    new = ("new", "my-agent", "--template", str(hosted), "--ref", "v0.1.0", "--defaults")
    assert agentkit(*new, "--data", "project_name=my-agent").code == 0
    project = Path("my-agent")
    with open(project / "pyproject.toml", "a") as file:
        file.write("\n[tool.mine]\nx = 1\n")
    commit(project)
    if engine == "copier":
        command = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"]
        subprocess.run(command, cwd=project, check=True, capture_output=True)
    else:
        ran = agentkit("update", "my-agent", "--defaults")
        assert ran.code == 0, ran.out + ran.err
    told = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert (told["_commit"], told["_src_path"]) == ("v9.0.0", str(hosted))
    wanted = projects.make(tmp_path / "fresh", {})
    assert "[tool.mine]" in (project / "pyproject.toml").read_text()
    found = {path for path in differing(project, wanted) if not is_yours(path)}
    assert found == {"pyproject.toml"}
