"""The compose file of a project, with a real Docker Engine: what it starts is up, asked, and gone.

The images of Python, Redis, Postgres, nginx and Prometheus are stand-ins, made from Debian 13 with
the entry points that the compose file counts on. Grafana is not there: nothing here starts it.
"""

import json
import socket
import ssl
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.engine import Engine, until
from tests.e2e.images import STAND_INS
from tests.e2e.project import PATIENCE
from tests.template import projects

pytestmark = [pytest.mark.long, pytest.mark.engine]

COMPOSE = ["docker", "compose", "--file=docker/compose.yaml", "--env-file=.env.compose"]


SUBMIT = """
import os
from celery import Celery
there = Celery(broker=os.environ["CELERY_BROKER_URL"])
print(there.send_task("agent.run", ["What is 6 * 7?"], queue="agent").id)
"""


def ask(url: str, question: str = "", trusted: ssl.SSLContext | None = None) -> Any:
    body = json.dumps({"input": question}).encode() if question else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE, context=trusted) as response:
        return json.load(response)


def ended(url: str) -> Any:
    with suppress(urllib.error.HTTPError):  # nobody has taken it yet
        found = ask(url)
        return found["status"] == "succeeded" and found


def scraped(url: str) -> bool:
    with suppress(OSError):  # it is starting
        found = ask(url)["data"]["activeTargets"]  # the service, and the worker
        return [target["health"] for target in found] == ["up", "up"]
    return False


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    for first in range(20080, 30000, count):
        with suppress(OSError), ExitStack() as stack:
            for port in range(first, first + count):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise AssertionError("no free ports")


def make(docker: Engine, folder: Path, **given: Any) -> Path:
    docker.have("python:3.13-slim", *STAND_INS)
    targets = ["docker", "nginx", "monitoring"]
    return projects.make(folder / "my-agent", {"providers": [], "targets": targets, **given})


def test_a_database_a_worker_and_nginx(docker: Engine, tmp_path: Path) -> None:
    project = make(docker, tmp_path, store="postgres", interfaces=["http", "worker"])
    port = free_ports(4)
    url = f"http://127.0.0.1:{port}"
    docker.run("make", "up", folder=project, AGENT_PORT=str(port))
    answer = ask(f"{url}/v1/runs", "What is 6 * 7?")
    assert answer["status"] == "succeeded" and "42" in answer["output"]

    docker.run("make", "down", folder=project)
    assert not docker.run("docker", "ps", "--all", "--quiet")
    ports = {"AGENT_PORT": f"{port}-{port + 2}", "HTTPS_PORT": str(port + 3)}
    docker.run("make", "front", folder=project, **ports)
    front = f"https://localhost:{port + 3}/v1/runs"
    trusted = ssl.create_default_context(cafile=str(project / "nginx/tls.pem"))
    assert (
        ask(f"{front}/{answer['id']}", trusted=trusted)["output"] == answer["output"]
    )  # it stayed
    for _ in range(12):
        assert "42" in ask(front, "What is 6 * 7?", trusted)["output"]
    log = docker.run("docker", "logs", "my-agent-nginx-1").splitlines()
    asked = [json.loads(line) for line in log if '"request_id"' in line]
    assert len({line["server"] for line in asked}) == 3

    docker.run(*COMPOSE, "--profile=*", "down", "--volumes", folder=project)
    assert not docker.run("docker", "ps", "--all", "--quiet")
    assert not docker.run("docker", "volume", "ls", "--quiet")


def test_redis_celery_and_prometheus(docker: Engine, tmp_path: Path) -> None:
    project = make(docker, tmp_path, store="redis", interfaces=["http", "celery", "worker"])
    port = free_ports(1)
    docker.run("make", "up", folder=project, AGENT_PORT=str(port))
    answer = ask(f"http://127.0.0.1:{port}/v1/runs", "What is 6 * 7?")
    assert answer["status"] == "succeeded" and "42" in answer["output"]

    task = docker.run(*COMPOSE, "exec", "-T", "agent", "python", "-c", SUBMIT, folder=project)
    result = until(lambda: ended(f"http://127.0.0.1:{port}/v1/runs/{task}"))
    assert "42" in result["output"]

    docker.run(*COMPOSE, "up", "--detach", "prometheus", folder=project, AGENT_PORT=str(port))
    targets = "http://127.0.0.1:9090/api/v1/targets"
    until(lambda: scraped(targets))
    rules = ask("http://127.0.0.1:9090/api/v1/rules")["data"]["groups"]
    assert rules and all(rule["health"] != "err" for group in rules for rule in group["rules"])


def test_what_is_saved_is_served(docker: Engine, tmp_path: Path) -> None:
    project = make(docker, tmp_path, store="sqlite")
    port = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    words = "BUILD=--build --detach --wait"  # it would stay in front of us
    docker.run("make", "dev", words, folder=project, AGENT_PORT=str(port))
    assert "42" in ask(f"{url}/v1/runs", "What is 6 * 7?")["output"]
    routes = project / "src/agent/interfaces/http/operations.py"
    added = '\n\n@router.get("/added")\ndef added() -> str:\n    return "added"\n'
    routes.write_text(routes.read_text() + added)
    until(lambda: answered(f"{url}/added") == "added")
    (project / "config/offline.yaml").write_text(
        "version: 1.0.0\nreplies: {assistant: [{text: mine}]}\n"
    )
    until(lambda: ask(f"{url}/v1/runs", "hello")["output"] == "mine")
    docker.run("make", "down", folder=project)


def answered(url: str) -> Any:
    with suppress(OSError):  # it is starting, or the old one
        return ask(url)
    return None
