"""Celery workers of a generated project, on real brokers: killed, drained, and asked twice."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import rabbitmq, redis, steps
from tests.e2e.steps import Project, kill, until

WORK = "celery", "-c", "1"
SEND = """
import sys, celery
kwargs = {"input": sys.argv[2], "user": "alice"}
sent = celery.Celery().send_task("agent.run", kwargs=kwargs, task_id=sys.argv[1], queue="agent")
print(sent.get(timeout=60) if sys.argv[3:] else "")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return steps.install(tmp_path_factory.mktemp("celery") / "my-agent", "celery")


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def urls(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A broker, and where results go."""
    if request.param == "redis":
        with redis.running() as server:
            yield server.url, server.url
    else:
        with rabbitmq.running() as url:
            yield url, "rpc://"


@pytest.fixture
def project(folder: Path, urls: tuple[str, str]) -> Project:
    broker, results = urls
    project = Project(folder, {"CELERY_BROKER_URL": broker, "CELERY_RESULT_BACKEND": results})
    project.forget()
    return project


def test_a_killed_worker_loses_no_task_and_no_task_ends_twice(project: Project) -> None:
    with project.worker(*WORK) as worker:
        project.python(SEND, "one", "it")
        until(lambda: project.notes("it") == "first slow")
        kill(worker)
    with project.worker(*WORK) as one, project.worker(*WORK) as two:  # both want it
        until(lambda: project.notes("it") == "first slow slow")
        project.go("it")
        until(lambda: project.status("one") == "succeeded")
        told = project.python(SEND, "one", "it", "wait")  # a client that did not hear of it
        assert "'status': 'succeeded'" in told and "'output': 'last'" in told
        stop(one, two)
    assert project.notes("it") == "first slow slow last"
    assert project.ends("one") == ["succeeded"]


def test_a_process_of_the_pool_is_killed(project: Project) -> None:
    with project.worker(*WORK) as worker:
        project.python(SEND, "two", "kid")
        until(lambda: project.notes("kid") == "first slow")
        kids = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        os.kill(int(kids[-1]), signal.SIGKILL)
        until(lambda: project.notes("kid") == "first slow slow")
        project.go("kid")
        until(lambda: project.ends("two") == ["succeeded"])
        assert worker.poll() is None
        stop(worker)


def stop(*workers: subprocess.Popen[bytes]) -> None:
    """In peace: a killed one leaves the broker a task that the next test would be given."""
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0


def test_a_stop_gives_back_what_takes_too_long(project: Project) -> None:
    with project.worker(*WORK, AGENT_DRAIN_SECONDS="1") as worker:
        project.python(SEND, "three", "slowly")
        until(lambda: project.notes("slowly") == "first slow")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    assert project.status("three") == "queued"
    project.go("slowly")
    project.go("bad")
    with project.worker(*WORK):
        until(lambda: project.ends("three") == ["queued", "succeeded"])
        project.python(SEND, "four", "")
        project.python(SEND, "three", "bad")
        until(lambda: sum("message_refused" in line for line in project.log()) == 2)
    assert "input: String should have at least 1 character" in "".join(project.log())
    assert project.status("four") == "" and project.notes("bad") == ""
