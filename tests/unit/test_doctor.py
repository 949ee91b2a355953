"""`agentkit doctor`: which tools are here, for people and for programs."""

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.support import Ran, program

Run = Callable[..., Ran]
TOOLS = ["python", "git", "make", "uv", "docker", "kubectl", "pre-commit", "gh"]
GOOD = {"git": "git version 2.40.1", "make": "GNU Make 4.3", "uv": "uv 0.9.1 (abc 2026-01-01)"}


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make these programs, by what they print or a script, the only ones on PATH."""

    def place(**scripts: str) -> None:
        for name, says in scripts.items():
            script = says.removeprefix("sh: ") if says.startswith("sh: ") else f"echo '{says}'"
            program(tmp_path / "bin", name, script)
        (tmp_path / "bin").mkdir(exist_ok=True)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    return place


def examine(run: Run) -> tuple[int, dict[str, dict[str, object]]]:
    ran = run("doctor", "--format", "json")
    told = json.loads(ran.out)
    assert ran.err == ""
    assert set(told) == {"healthy", "tools"}
    assert told["healthy"] == (ran.code == 0)
    return ran.code, {tool["name"]: tool for tool in told["tools"]}


def test_what_json_tells(agentkit: Run, tools: Callable[..., None], tmp_path: Path) -> None:
    tools(**GOOD)
    code, found = examine(agentkit)
    assert code == 0
    assert list(found) == TOOLS
    for tool in found.values():
        assert set(tool) == {"name", "status", "version", "path", "purpose", "get", "needed"}
        assert tool["purpose"]
        assert tool["get"] or tool["name"] == "python"
        assert (tool["status"] == "ok") == bool(tool["version"]) == bool(tool["path"])
    assert found["python"]["version"] == platform.python_version().rstrip("+")
    assert found["git"]["version"] == "2.40.1"
    assert found["uv"]["path"] == str(tmp_path / "bin/uv")
    assert [name for name, tool in found.items() if tool["needed"]] == ["python", "git", "make"]


STATES = {
    "old-git": ("git", "git version 2.37.9", "old", "2.37.9", 1),
    "oldest-git": ("git", "git version 2.38.0", "ok", "2.38.0", 0),
    "apple-git": ("git", "git version 2.39.5 (Apple Git-154)", "ok", "2.39.5", 0),
    "windows-git": ("git", "git version 2.45.1.windows.1", "ok", "2.45.1", 0),
    "newer-major": ("git", "git version 3.0", "ok", "3.0", 0),
    "broken-git": ("git", "sh: echo 'git: not for this machine' >&2; exit 1", "broken", "", 1),
    "killed-git": ("git", "sh: kill -9 $$", "broken", "", 1),
    "silent-make": ("make", "sh: exit 0", "broken", "", 1),
    "broken-uv": ("uv", "sh: exit 127", "broken", "", 0),
    "version-on-stderr": ("gh", "sh: echo 'gh version 2.63.0 (2024)' >&2", "ok", "2.63.0", 0),
    "version-then-failure": ("docker", "sh: echo 28.2.2; exit 1", "broken", "", 0),
    "not-text": ("docker", "sh: printf '\\377 28.2.2'", "ok", "28.2.2", 0),
}


@pytest.mark.parametrize(
    ("name", "script", "status", "version", "code"), STATES.values(), ids=STATES
)
def test_the_state_of_a_tool(
    agentkit: Run,
    tools: Callable[..., None],
    name: str,
    script: str,
    status: str,
    version: str,
    code: int,
) -> None:
    tools(**(GOOD | {name: script}))
    assert examine(agentkit)[0] == code
    tool = examine(agentkit)[1][name]
    assert (tool["status"], tool["version"]) == (status, version)


def test_kubectl_is_asked_in_its_own_words(agentkit: Run, tools: Callable[..., None]) -> None:
    answer = 'sh: [ "$*" = "version --client" ] && echo "Client Version: v1.32.4"'
    tools(**GOOD, kubectl=answer)
    assert examine(agentkit)[1]["kubectl"]["version"] == "1.32.4"


def test_a_program_that_cannot_start(
    agentkit: Run, tools: Callable[..., None], tmp_path: Path
) -> None:
    tools(**GOOD)
    (tmp_path / "bin/docker").write_text("#!/nowhere/sh\n")
    (tmp_path / "bin/docker").chmod(0o755)
    (tmp_path / "bin/kubectl").write_text("not executable")
    found = examine(agentkit)[1]
    assert (found["docker"]["status"], found["kubectl"]["status"]) == ("broken", "missing")


def test_nothing_at_all(agentkit: Run, tools: Callable[..., None]) -> None:
    tools()
    code, found = examine(agentkit)
    assert code == 1
    assert {name for name, tool in found.items() if tool["status"] != "missing"} == {"python"}


def test_what_a_person_reads(agentkit: Run, tools: Callable[..., None]) -> None:
    tools(git="git version 2.1.4", make="GNU Make 4.3")
    ran = agentkit("doctor")
    assert (ran.code, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert [line.split()[1] for line in lines if not line.startswith(" ")] == TOOLS
    git = lines.index(next(line for line in lines if line.startswith("old")))
    assert lines[git].split()[:3] == ["old", "git", "2.1.4"]
    assert lines[git + 1].strip().startswith("needed; get it: https://git-scm.com")
    uv = next(n for n, line in enumerate(lines) if line.split()[1] == "uv")
    assert lines[uv].split()[:3] == ["missing", "uv", "-"]
    assert lines[uv + 1].strip() == "optional; get it: pip install uv"
    assert max(map(len, lines)) <= 100


def test_it_looks_without_changing_anything(
    agentkit: Run, work: Path, home: Path, tmp_path: Path
) -> None:
    before = sorted(os.listdir(home))
    agentkit("doctor")
    assert sorted(os.listdir(home)) == before
    assert not list(work.iterdir())
