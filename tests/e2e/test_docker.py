"""A real Docker Engine builds the image of a project, byte for byte, and runs it locked down.

`python:3.13-slim` is a stand-in: Debian 13 with its Python 3.13, pip in /usr/local.
"""

import json
import re
import shutil
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.engine import Engine, until
from tests.e2e.project import PATIENCE, run
from tests.template import projects

pytestmark = [pytest.mark.long, pytest.mark.engine]

KEY = "a-key-that-nobody-has"
LOCKED_DOWN = ["--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
EXEC = ["docker", "exec", "alone"]
LIMITS = ["--memory=512m", "--cpus=1", "--pids-limit=128"]
SLOW = '''"""A tool for trying things."""

import asyncio


async def wait(seconds: str) -> str:
    await asyncio.sleep(float(seconds))
    return f"waited {seconds} s"
'''
WAIT = {"id": "wait", "kind": "deterministic", "call": "agent.tools.slow:wait"}
WAITER = {"version": "1.0.0", "name": "waiter", "nodes": [WAIT | {"args": {"seconds": "input"}}]}
GIVEN = {"providers": [], "interfaces": ["http", "cli", "worker"], "targets": ["docker"]}


@pytest.fixture(scope="module")
def project(shared_docker: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose image is built."""
    folder = projects.make(tmp_path_factory.mktemp("image") / "my-agent", GIVEN)
    (folder / "src/agent/tools/slow.py").write_text(SLOW)
    run(folder, "make", "install")
    run(folder, ".venv/bin/agent", "lock")
    shared_docker.have("python:3.13-slim")
    shared_docker.run("make", "image", folder=folder)
    return folder


@pytest.fixture(scope="module")
def other(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The config/ of an agent that waits as many seconds as it is told."""
    config = tmp_path_factory.mktemp("other") / "config"
    shutil.copytree(project / "config", config)
    (config / "workflow.yaml").write_text(json.dumps(WAITER))
    run(project, ".venv/bin/agent", "lock", "--config-dir", str(config))
    config.parent.chmod(0o755)
    return config


def start(docker: Engine, name: str, *options: str, command: str = "serve") -> None:
    """A container of the image, when it is healthy."""
    settings = {
        "AGENT_ENV": "staging",
        "AGENT_MODEL_MODE": "offline",
        "AGENT_API_KEYS": f"me:{KEY}",
    }
    given = [f"--env={name}={value}" for name, value in settings.items()]
    given += [*LOCKED_DOWN, *LIMITS, "--publish=127.0.0.1::8080", *options]
    docker.run("docker", "run", "--detach", "--name", name, *given, "my-agent", command)
    until(lambda: docker.inspect(name)["State"]["Health"]["Status"] == "healthy")


def ask(
    docker: Engine, name: str, path: str, question: str = "", key: str = KEY
) -> tuple[int, Any]:
    url = f"http://{docker.run('docker', 'port', name, '8080')}{path}"
    body = json.dumps({"input": question}).encode() if question else None
    headers = {"Content-Type": "application/json", "X-API-Key": key}
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as e:
        return e.code, json.load(e)


def logs(docker: Engine, name: str) -> list[dict[str, Any]]:
    done = docker.call("docker", "logs", name)
    return [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]


def test_it_answers_locked_down(docker: Engine, project: Path) -> None:
    start(docker, "alone")
    assert ask(docker, "alone", "/ready")[0] == 200
    status, answer = ask(docker, "alone", "/v1/runs", "What is 6 * 7?")
    assert (status, answer["status"]) == (200, "succeeded") and "42" in answer["output"]
    assert ask(docker, "alone", "/v1/runs", "hello", key="another")[0] == 401

    told = dict(re.findall(r"^(\w+):\t(.*)$", docker.run(*EXEC, "cat", "/proc/1/status"), re.M))
    assert told["Uid"].split() == told["Gid"].split() == ["10001"] * 4
    assert (int(told["CapEff"], 16), int(told["CapBnd"], 16), told["NoNewPrivs"]) == (0, 0, "1")
    for path, allowed in {"/app/x": False, "/venv/x": False, "/app/data/x": True}.items():
        assert (docker.call(*EXEC, "touch", path).returncode == 0) == allowed

    docker.run("docker", "stop", "--time=40", "alone")
    assert docker.inspect("alone")["State"]["ExitCode"] == 0
    lines = logs(docker, "alone")
    assert {"serving", "run_finished"} <= {line["event"] for line in lines}
    assert KEY not in json.dumps(lines)


def test_it_does_not_serve_strangers(docker: Engine, project: Path) -> None:
    """As it is, it is for production: it says in one sentence what that needs."""
    alone = docker.call("docker", "run", "--rm", *LOCKED_DOWN, "my-agent")
    assert alone.returncode == 1 and "AGENT_ENV=production needs AGENT_API_KEYS" in alone.stderr
    assert "Traceback" not in alone.stderr


def test_there_is_nothing_in_it_to_build_with(docker: Engine, project: Path) -> None:
    tools = "pip pip3 uv gcc cc make git"
    look = f"for t in {tools}; do ! command -v $t || exit 1; done; ! python -m pip || exit 1"
    shell = ["docker", "run", "--rm", "--entrypoint=sh", "my-agent", "-c"]
    docker.run(*shell, look)
    found = docker.run(*shell, "ls -A /app /app/scripts; [ -e /build ] || echo clean")
    assert " ".join(found.split()) == "/app: config data scripts /app/scripts: healthcheck.py clean"
    assert not re.search(
        "(?i)key|token|secret|proxy", json.dumps(docker.inspect("my-agent")["Config"])
    )


def test_a_stop_waits_for_the_runs(docker: Engine, project: Path, other: Path) -> None:
    """The same image with other manifests is another agent."""
    start(docker, "waiter", f"--volume={other}:/app/config:ro")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(ask, docker, "waiter", "/v1/runs", "5")
        until(lambda: ask(docker, "waiter", "/health")[1]["active_runs"])
        docker.run("docker", "stop", "--time=40", "waiter")
        status, answer = asked.result()
    assert (status, answer["output"]) == (200, "waited 5 s")
    assert docker.inspect("waiter")["State"]["ExitCode"] == 0


def test_a_worker_of_the_same_image(docker: Engine, project: Path) -> None:
    """One container takes requests and another executes them; they share a volume."""
    start(docker, "front", "--volume=both:/app/data", "--env=AGENT_EXECUTE=false")
    check = ["--health-cmd=agent worker --check", "--health-timeout=10s"]
    start(docker, "worker", "--volume=both:/app/data", *check, command="worker")
    assert "42" in ask(docker, "front", "/v1/runs", "What is 6 * 7?")[1]["output"]
    assert "run_finished" in {line["event"] for line in logs(docker, "worker")}
    docker.run("docker", "stop", "--time=40", "worker")
    assert docker.inspect("worker")["State"]["ExitCode"] == 0
