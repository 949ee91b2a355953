"""What a stop does to the runs in progress, in a real process."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

SLOW = """
import time

def crawl(text: str) -> str:
    time.sleep(float(text))
    return text
"""
WORKFLOW = {
    "version": "1.0.0",
    "name": "slow",
    "nodes": [
        {"id": "slow", "kind": "deterministic", "call": "slow:crawl", "args": {"text": "input"}}
    ],
}


def ask(url: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    data = body and json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.status, json.load(response)


def test_a_run_that_outlasts_the_drain_goes_back_to_the_queue(config: Path, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    (config / "workflow.yaml").write_text(json.dumps(WORKFLOW))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    more = {"PYTHONPATH": str(tmp_path), "AGENT_DRAIN_SECONDS": "1", "AGENT_PORT": str(port)}
    command, url = [sys.executable, "-m", "agent", "serve"], f"http://127.0.0.1:{port}"
    process = subprocess.Popen(command, env=os.environ | more, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            try:
                ask(f"{url}/ready")
                break
            except urllib.error.URLError:
                continue
        answers: list[tuple[int, Any]] = []
        body = {"input": "4"}
        asking = threading.Thread(target=lambda: answers.append(ask(f"{url}/v1/runs", body)))
        asking.start()
        while ask(f"{url}/health")[1]["active_runs"] == 0 and time.monotonic() < deadline:
            continue
        process.send_signal(signal.SIGTERM)
        stopped = time.monotonic()
        asking.join(30)
        waited = time.monotonic() - stopped
        logs = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    (status, answer) = answers[0]
    assert (status, answer["status"]) == (202, "queued"), logs
    assert 0.9 < waited < 3, "the caller is told when the time is over, not later"
    assert process.returncode == 0 and "Traceback" not in logs, logs
