"""The manifests for Kubernetes by those who read them: nginx, and checkov in the long suite."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.e2e.project import PATIENCE
from tests.template import kubernetes, projects


@contextmanager
def upstream(name: str) -> Iterator[int]:
    """One version of the service: it streams its name, and ends when it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(name.encode() + b"\n")
            if self.path == "/stream":
                self.connection.settimeout(PATIENCE)
                self.wfile.flush()
                go_on.wait(PATIENCE)

        def log_message(self, *_: object) -> None: ...

    go_on = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        go_on.set()
        server.shutdown()
        server.server_close()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(config: Path, port: int) -> Iterator[None]:
    tool = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert tool, "nginx is needed: apt install nginx-light"
    command = [tool, "-g", "daemon off;", "-c", str(config)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not listening(port):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait()


def ask(port: int, path: str, **headers: str) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().readline().decode().strip()


def test_a_caller_always_gets_the_same_version(tmp_path: Path) -> None:
    project = kubernetes.make(tmp_path / "my-agent", store="postgres")
    config = project / "k8s/rollouts/ab/nginx.conf"
    with socket.socket() as probe, upstream("stable") as stable, upstream("canary") as canary:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        text = config.read_text()
        for there, here in (
            ("server agent-stable:80", f"server 127.0.0.1:{stable}"),
            ("server agent-canary:80", f"server 127.0.0.1:{canary}"),
            ("listen 8080", f"listen 127.0.0.1:{port}"),
            ("/tmp/", f"{tmp_path}/"),
        ):
            assert there in text
            text = text.replace(there, here)
        config.write_text(text)
        with nginx(config, port):
            for header in "X-API-Key", "Authorization":
                first = [ask(port, "/", **{header: f"caller-{n}"}) for n in range(300)]
                assert first == [ask(port, "/", **{header: f"caller-{n}"}) for n in range(300)]
                assert 10 <= Counter(first)["canary"] <= 60  # 10 % of the callers
            assert ask(port, "/stream", X="1") == ask(port, "/")  # while the stream goes on


@pytest.mark.long
@pytest.mark.parametrize("store", projects.CATALOG["store"])
def test_checkov_finds_nothing(store: str, tmp_path: Path) -> None:
    project = kubernetes.make(tmp_path / "my-agent", store=store)
    built = tmp_path / "built"
    built.mkdir()
    everything = kubernetes.with_components(project, "production")
    for folder in [everything, *(project / "k8s" / o for o in kubernetes.overlays(project))]:
        text = yaml.safe_dump_all(kubernetes.build(folder))
        (built / f"{folder.name}.yaml").write_text(text)
    checkov = ["uvx", "--from", "checkov>=3.3,<4", "checkov", "--directory", str(built)]
    options = ["--framework", "kubernetes", "--skip-download", "--compact", "--quiet"]
    done = subprocess.run([*checkov, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Failed checks: 0" in done.stdout
