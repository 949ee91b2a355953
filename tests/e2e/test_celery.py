"""Celery workers of a generated project, on real brokers: killed, drained, and asked twice."""

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

import pytest

from tests.e2e import rabbitmq, redis
from tests.e2e.project import clean_environment, run
from tests.template import projects

STEPS = """
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
SEND = """
import sys, celery
kwargs = {"input": sys.argv[2], "user": "alice"}
sent = celery.Celery().send_task("agent.run", kwargs=kwargs, task_id=sys.argv[1], queue="agent")
print(sent.get(timeout=60) if sys.argv[3:] else "")
"""


@dataclass(frozen=True)
class Project:
    folder: Path
    env: dict[str, str]

    def send(self, task: str, text: str, *wait: str) -> str:
        return run(self.folder, ".venv/bin/python", "-c", SEND, task, text, *wait, **self.env)

    def notes(self, text: str) -> str:
        path = self.folder / f"{text}.notes"
        return path.read_text().replace("\n", " ") if path.exists() else ""

    def go(self, text: str) -> None:
        (self.folder / f"{text}.go").touch()

    def status(self, task: str) -> str:
        with sqlite3.connect(self.folder / "data/agent.db") as db:
            sql = "SELECT status FROM documents WHERE kind = 'run' AND id = ?"
            return str((db.execute(sql, [task]).fetchone() or [""])[0])

    def ends(self, task: str) -> list[str]:
        """How executions of a run ended, over all workers."""
        lines = [json.loads(line) for line in self.log() if '"run_finished"' in line]
        return [line["status"] for line in lines if line["run_id"] == task]

    def log(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    @contextmanager
    def worker(self, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        env = clean_environment(LOG_FORMAT="json", **self.env, **more)
        command = [".venv/bin/agent", "celery", "-c", "1"]
        with (self.folder / "log").open("a") as log:
            group: dict[str, Any] = {"stdout": log, "stderr": log, "start_new_session": True}
            process = subprocess.Popen(command, cwd=self.folder, env=env, **group)
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = {"targets": [], "interfaces": ["worker", "celery"], "store": "sqlite"}
    folder = projects.make(tmp_path_factory.mktemp("celery") / "my-agent", given)
    run(folder, "make", "install")
    workflow = {"version": "1.0.0", "name": "steps", "nodes": NODES}
    (folder / "config/workflow.yaml").write_text(json.dumps(workflow))
    (folder / "src/agent/tools/steps.py").write_text(STEPS)
    return folder


@pytest.fixture(params=["redis", "rabbitmq"])
def project(request: pytest.FixtureRequest, installed: Path, tmp_path: Path) -> Iterator[Project]:
    """With a broker of its own; its files are this test's."""
    for old in (*installed.glob("*.notes"), *installed.glob("*.go"), installed / "log"):
        old.unlink(missing_ok=True)
    env = {"AGENT_LEASE_SECONDS": "3", "AGENT_STORE_URL": "sqlite:///data/agent.db"}
    if request.param == "redis":
        with redis.running() as server:
            urls = {"CELERY_BROKER_URL": server.url, "CELERY_RESULT_BACKEND": server.url}
            yield Project(installed, env | urls)
    else:
        with rabbitmq.running() as url:
            urls = {"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": "rpc://"}
            yield Project(installed, env | urls)
    (installed / "data/agent.db").unlink()


def until(done: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def test_a_killed_worker_loses_no_task_and_no_task_ends_twice(project: Project) -> None:
    with project.worker() as worker:
        project.send("one", "it")
        until(lambda: project.notes("it") == "first slow ")
        os.killpg(worker.pid, signal.SIGKILL)
    with project.worker(), project.worker():  # both want it
        until(lambda: project.notes("it") == "first slow slow ")
        project.go("it")
        until(lambda: project.status("one") == "succeeded")
        told = project.send("one", "it", "wait")  # as a client would that did not hear of it
        assert "'status': 'succeeded'" in told and "'output': 'last'" in told
    assert project.notes("it") == "first slow slow last "
    assert project.ends("one") == ["succeeded"]


def test_a_process_of_the_pool_is_killed(project: Project) -> None:
    with project.worker() as worker:
        project.send("two", "kid")
        until(lambda: project.notes("kid") == "first slow ")
        kids = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        os.kill(int(kids[-1]), signal.SIGKILL)
        until(lambda: project.notes("kid") == "first slow slow ")
        project.go("kid")
        until(lambda: project.ends("two") == ["succeeded"])
        assert worker.poll() is None


def test_a_stop_gives_back_what_takes_too_long(project: Project) -> None:
    with project.worker(AGENT_DRAIN_SECONDS="1") as worker:
        project.send("three", "slowly")
        until(lambda: project.notes("slowly") == "first slow ")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    assert project.status("three") == "queued"
    project.go("slowly")
    with project.worker():
        until(lambda: project.ends("three") == ["queued", "succeeded"])
        project.go("bad")
        project.send("four", "")
        project.send("three", "bad")
        until(lambda: sum("message_refused" in line for line in project.log()) == 2)
    assert "input: String should have at least 1 character" in "".join(project.log())
    assert project.status("four") == "" and project.notes("bad") == ""
