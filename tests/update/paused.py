"""Runs in a process of their own, whose git waits at one of its commands, or kills them there."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.unit.support import COMMAND, Ran, program
from tests.update.project import Project

DRAFT, WRITE = "merge-tree", "read-tree -m -u"


class Paused:
    """A run whose git waits."""

    def __init__(self, project: Project, at: str, folder: Path) -> None:
        self.waiting, self.go, self.over = (folder / name for name in ("waiting", "go", "over"))
        wait = f'touch "{self.waiting}"; while ! [ -e "{self.go}" ]; do sleep 0.01; done'
        env = wrapped(folder, at, f'{wait}; {{git}} "$@"; code=$?; touch "{self.over}"; exit $code')
        words = [*COMMAND, "update", str(project.root)]
        self.run = subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True)
        until(self.waiting.exists)

    def end(self) -> Ran:
        self.go.touch()
        err = self.run.communicate(timeout=60)[1]
        return Ran(self.run.returncode, "", err)


def wrapped(folder: Path, at: str, script: str) -> dict[str, str]:
    """An environment in which a script runs instead of this command of git."""
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()
    case = f'case " $* " in *" {at} "*) {script.format(git=real)} ;; esac; exec {real} "$@"'
    folder.mkdir(exist_ok=True)
    program(folder / "bin", "git", case)
    return os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


def until(happened: Callable[[], bool]) -> None:
    latest = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < latest
        os.sched_yield()


def crash(project: Project, *words: str, at: str = WRITE) -> None:
    """Kill an update once git has written its files, before the index is put in place."""
    folder = project.root.parent / "killer"
    env = wrapped(folder, at, '{git} "$@"; kill -9 $PPID; exit')
    command = [*COMMAND, "update", str(project.root), *words]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    shutil.rmtree(folder)
    assert done.returncode == -signal.SIGKILL, done


def over(project: Project) -> bool:
    """Is nothing of an update left in the git folder?"""
    git_dir = Path(project.git("rev-parse", "--absolute-git-dir"))
    found = {p.name for p in (git_dir / "agentkit").iterdir()}
    return found == {"lock"} and not (git_dir / "index.lock").exists()
