"""On a terminal the plan comes first, then the question, then what was done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.support import git
from tests.unit.terminal import CTRL_C, ENTER, Terminal
from tests.update.project import Run


@pytest.fixture
def screen(agentkit: Run, work: Path) -> Iterator[Terminal]:
    assert agentkit("new", "my-agent", "--defaults", "--ref", "0.1.0").code == 0
    with Terminal("update", "my-agent") as terminal:
        yield terminal


def test_yes(screen: Terminal) -> None:
    plan = screen.see("Write this?")
    assert "renamed" in plan and "src/agent/providers/offline.py" in plan
    assert "Staged" not in plan
    screen.press(ENTER)
    assert screen.code() == 0
    assert screen.text.count("src/agent/providers/offline.py") == 1  # the plan is not shown again
    assert "Staged" in screen.text
    assert git(Path("my-agent"), "diff", "--cached", "--name-only")


@pytest.mark.parametrize("keys", ["n", CTRL_C])
def test_no(screen: Terminal, keys: str) -> None:
    screen.see("Write this?")
    screen.press(keys)
    assert screen.code() == 130
    assert git(Path("my-agent"), "status", "--porcelain") == ""
    assert not list(Path("my-agent/.git/agentkit").glob("journal*"))


def test_what_a_part_needs_is_asked_for(agentkit: Run, work: Path) -> None:
    data = ["--data=targets=[]", "--data=interfaces=[cli]"]
    assert agentkit("new", "my-agent", "--defaults", *data).code == 0
    with Terminal("add", "target", "docker", "my-agent") as screen:
        screen.see("target docker needs interface http. Add that too?")
        screen.press("n")
        assert screen.code() == 130
    assert git(Path("my-agent"), "status", "--porcelain") == ""
    ran = agentkit("add", "target", "docker", "my-agent")
    assert "target docker needs interface http, which is added too" in ran.out
    assert Path("my-agent/src/agent/interfaces/http").is_dir()
