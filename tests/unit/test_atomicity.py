"""A project is whole or not there, whatever ends the run that makes it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.support import COMMAND, STAGING, Ran, committed, program, tree

Run = Callable[..., Ran]
CHECKOUT = Path(__file__).parents[2]


def crash(name: str, points: int) -> dict[int, int]:
    """The exit status of each run that was stopped, by the number of its folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.crash", name, str(points)],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [map(int, line.split()) for line in done.stdout.splitlines()]
    return {number: code for number, code in rows if number >= 0}


def test_killed_at_any_moment_the_project_is_whole_or_absent(agentkit: Run, work: Path) -> None:
    codes = crash("SIGKILL", 42)
    assert codes.pop(0) == 0
    assert len(codes) >= 40
    assert set(codes.values()) == {-signal.SIGKILL}
    whole = committed(work / "0/my-agent")
    there = [n for n in codes if (work / f"{n}/my-agent").exists()]
    assert there  # the last moments come after the renaming
    for number in there:
        assert committed(work / f"{number}/my-agent") == whole
    left = [n for n in codes if list((work / str(n)).glob(STAGING))]
    for number in codes:
        found = {p.name for p in (work / str(number)).iterdir() if not p.match(STAGING)}
        assert found <= {"my-agent"}
    for number in {*left[:3], *left[::8], *left[-3:]}:
        assert agentkit("new", f"{number}/another", "--no-git", "--defaults").code == 0
        assert not list((work / str(number)).glob(STAGING)), number


def test_interrupted_at_any_moment_nothing_is_left(work: Path) -> None:
    codes = crash("SIGINT", 26)
    whole = committed(work / "0/my-agent")
    assert codes.pop(0) == 0
    assert set(codes.values()) <= {130, 0}  # 0: it came when all was done
    assert list(codes.values()).count(130) > 18
    for number in codes:
        left = [p.name for p in (work / str(number)).iterdir()]
        assert left in ([], ["my-agent"])
        if left:
            assert committed(work / f"{number}/my-agent") == whole


GIT_CALLS = 4


@pytest.mark.parametrize("call", range(1, GIT_CALLS + 1))
def test_killed_while_git_works(agentkit: Run, work: Path, tmp_path: Path, call: int) -> None:
    """git goes on for a while, in a folder that nobody will rename."""
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()
    count = f'echo >>"{tmp_path}/calls"; n=$(wc -l <"{tmp_path}/calls")'
    kill = f'[ $n -eq {call} ] && kill -9 $PPID; {real} "$@"; echo >>"{tmp_path}/done"'
    program(tmp_path / "bin", "git", f"{count}\n{kill}")
    environment = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    started = subprocess.Popen([*COMMAND, "new", "my-agent", "--defaults"], env=environment)
    assert started.wait(20) == -signal.SIGKILL
    wait_for(lambda: lines(tmp_path / "done") == call)
    assert [p.match(STAGING) for p in work.iterdir()] == [True]
    assert agentkit("new", "my-agent", "--defaults").code == 0
    assert [p.name for p in work.iterdir()] == ["my-agent"]
    committed(work / "my-agent")


def test_the_folder_of_a_living_run_is_left_alone(
    agentkit: Run, work: Path, tmp_path: Path
) -> None:
    slow = slow_git(tmp_path)
    first = subprocess.Popen([*COMMAND, "new", "first", "--defaults"], env=slow)
    wait_for((tmp_path / "waiting").exists)
    (folder,) = work.glob(STAGING)
    before = tree(folder)
    assert agentkit("new", "second", "--defaults").code == 0
    assert tree(folder) == before
    (tmp_path / "go").touch()
    assert first.wait(20) == 0
    assert committed(work / "first")
    assert sorted(p.name for p in work.iterdir()) == ["first", "second"]


@pytest.mark.parametrize("target", ["my-agent", "a/b/my-agent"])
def test_of_two_runs_at_once_one_wins(
    agentkit: Run, work: Path, tmp_path: Path, target: str
) -> None:
    slow = slow_git(tmp_path)
    command = [*COMMAND, "new", target, "--defaults"]
    late = subprocess.Popen(command, env=slow, stderr=subprocess.PIPE, text=True)
    wait_for((tmp_path / "waiting").exists)
    assert agentkit("new", target, "-d", "providers=[]").code == 0
    won = tree(work / target)
    (tmp_path / "go").touch()
    said = late.communicate()[1]
    assert late.returncode == 1
    assert f"{work / target}: cannot be put in place" in said
    assert tree(work / target) == won
    committed(work / target)
    assert [p.name for p in (work / target).parent.iterdir()] == ["my-agent"]


def test_of_many_runs_at_once_one_wins(work: Path) -> None:
    command = [*COMMAND, "new", "a/my-agent", "--defaults"]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [run.communicate()[1] for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 1, 1], said
    assert not [text for text in said if "Traceback" in text]
    committed(work / "a/my-agent")
    assert [p.name for p in (work / "a").iterdir()] == ["my-agent"]


def slow_git(tmp_path: Path) -> dict[str, str]:
    """An environment in which git waits for the file `go`."""
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()
    wait = f'touch "{tmp_path}/waiting"; while ! [ -e "{tmp_path}/go" ]; do sleep 0.01; done'
    program(tmp_path / "bin", "git", f'{wait}; exec {real} "$@"')
    return os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < until
        os.sched_yield()
