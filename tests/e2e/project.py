"""A generated project as its user handles it: made, installed, served, asked."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PATIENCE = 60  # seconds until a server that does not answer counts as broken


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without what would leak into a project, plus `more`."""
    secret = ("_API_KEY", "_BASE_URL", "_TOKEN")
    ours = ("AGENT_", "LOG_", "VIRTUAL_ENV", "PYTHON", "MAKE", "MFLAGS")
    return {
        k: v for k, v in os.environ.items() if not k.endswith(secret) and not k.startswith(ours)
    } | more


def without_uv() -> str:
    """PATH without the folders that hold uv."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(f for f in folders if not Path(f, "uv").exists())


def run(folder: Path, *command: str, **more: str) -> str:
    """What a command prints that must succeed."""
    done = subprocess.run(
        command, cwd=folder, env=clean_environment(**more), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Server:
    """A running service."""

    url: str
    process: subprocess.Popen[str]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
            return json.load(response)

    def ask(self, question: str) -> Any:
        """POST one run and return the answer's body."""
        body = json.dumps({"input": question}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/v1/runs", body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def serve(command: list[str], folder: Path, **more: str) -> Iterator[Server]:
    """Start the service on a free port, and wait until it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = clean_environment(AGENT_PORT=str(port), **more)
    with tempfile.TemporaryFile("w+") as log:  # a pipe that nobody reads would stop it when full
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, text=True)
        server = Server(f"http://127.0.0.1:{port}", process)
        try:
            _wait(server, log)
            yield server
        finally:
            process.kill()
            process.wait()


def _wait(server: Server, log: IO[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            log.seek(0)
            raise RuntimeError(f"the server ended: {log.read()}")
        try:
            server.get("/ready")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise RuntimeError(f"no answer from {server.url} in {PATIENCE} s")
