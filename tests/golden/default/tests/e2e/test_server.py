"""A real process on a real port, asked over HTTP, stopped by a signal."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import pytest


def serve(port: int, **env: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "agent", "serve", "--port", str(port)]
    return subprocess.Popen(command, env=os.environ | env, stderr=subprocess.PIPE, text=True)


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    data = body and json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_until_ready(process: subprocess.Popen[str], url: str) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            assert ask(f"{url}/ready") == {"status": "ready"}
        except urllib.error.URLError:
            continue
        return
    pytest.fail(f"the server did not start: {process.communicate(timeout=5)[1]}")


def test_the_server_answers_and_drains(config, port):
    url, process = f"http://127.0.0.1:{port}", serve(port)
    try:
        wait_until_ready(process, url)
        assert ask(f"{url}/v1/runs", {"input": "hi"})["status"] == "succeeded"
        with socket.create_connection(("127.0.0.1", port)):
            second = serve(port)
            assert f"error: cannot listen on 127.0.0.1 port {port}" in second.communicate()[1]
            assert second.returncode == 1
        process.send_signal(signal.SIGTERM)
        logs = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 0, logs
    assert any(json.loads(line).get("route") == "/v1/runs" for line in logs.splitlines())


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({}, "needs AGENT_API_KEYS"),
        ({"AGENT_API_KEYS": "a:changeme"}, "the secret of a is a placeholder"),
        ({"AGENT_API_KEYS": "a:s3cret"}, "production refuses the offline model"),
    ],
)
def test_production_refuses_what_is_not_safe(port, env: dict[str, str], sentence: str):
    process = serve(port, AGENT_ENV="production", **env)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert sentence in said and "Traceback" not in said
