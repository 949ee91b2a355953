"""A generated project whose runs have three steps; the second one waits to be told to go on."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e import installed
from tests.e2e.project import clean_environment, run
from tests.template import projects

TOOL = """
import time
from pathlib import Path

def note(name: str, text: str) -> str:
    with open(f"{text}.notes", "a") as file:
        file.write(f"{name}\\n")
    while name == "slow" and not Path(f"{text}.go").exists():
        time.sleep(0.02)
    return name
"""
NODES = [
    {"id": i, "kind": "deterministic", "call": "agent.tools.steps:note"}
    | {"args": {"name": f"'{i}'", "text": "input"}}
    for i in ("first", "slow", "last")
]


def install(folder: Path, interface: str) -> Path:
    given = {"targets": [], "interfaces": ["worker", interface], "store": "sqlite"}
    projects.make(folder, given)
    installed.install(folder)
    workflow = {"version": "1.0.0", "name": "steps", "nodes": NODES}
    (folder / "config/workflow.yaml").write_text(json.dumps(workflow))
    (folder / "src/agent/tools/steps.py").write_text(TOOL)
    return folder


@dataclass(frozen=True)
class Project:
    """Each text is a run's input, and the name of its files."""

    folder: Path
    env: dict[str, str]

    def python(self, code: str, *arguments: str) -> str:
        """What a program of the project's packages prints."""
        return run(self.folder, ".venv/bin/python", "-c", code, *arguments, **self.env)

    def notes(self, text: str) -> str:
        """The steps that were taken."""
        path = self.folder / f"{text}.notes"
        return " ".join(path.read_text().split()) if path.exists() else ""

    def go(self, text: str) -> None:
        (self.folder / f"{text}.go").touch()

    def status(self, run_id: str) -> str:
        with sqlite3.connect(self.folder / "data/agent.db") as db:
            sql = "SELECT status FROM documents WHERE kind = 'run' AND id = ?"
            return str((db.execute(sql, [run_id]).fetchone() or [""])[0])

    def ends(self, run_id: str) -> list[str]:
        """How executions of a run ended, over all workers."""
        lines = [json.loads(line) for line in self.log() if '"run_finished"' in line]
        return [line["status"] for line in lines if line["run_id"] == run_id]

    def log(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    @contextmanager
    def worker(self, *command: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        env = clean_environment(LOG_FORMAT="json", AGENT_LEASE_SECONDS="3", **self.env, **more)
        with (self.folder / "log").open("a") as log:
            group: dict[str, Any] = {"stdout": log, "stderr": log, "start_new_session": True}
            words = [".venv/bin/agent", *command]
            process = subprocess.Popen(words, cwd=self.folder, env=env, **group)
        try:
            yield process
        finally:
            kill(process)

    def forget(self) -> None:
        """Everything that earlier runs have left."""
        left = (*self.folder.glob("*.notes"), *self.folder.glob("*.go"))
        for path in (*left, self.folder / "log", self.folder / "data/agent.db"):
            path.unlink(missing_ok=True)


def kill(process: subprocess.Popen[bytes]) -> None:
    """At once, with all of its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(done: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
