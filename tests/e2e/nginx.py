"""An nginx of a test's own in front of given ports, with the project's files as they are."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

PATIENCE = 30


@dataclass
class Nginx:
    """Where it is reached, and what it wrote."""

    folder: Path
    ports: tuple[int, int]
    trusted: ssl.SSLContext = field(init=False)
    opened: ExitStack = field(default_factory=ExitStack)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse:
        """The response, whose body is not read yet. Header names have _ for -."""
        connection = HTTPSConnection(
            "localhost", self.ports[1], timeout=PATIENCE, context=self.trusted
        )
        self.opened.callback(connection.close)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, named)
        return self.opened.enter_context(connection.getresponse())

    def plain(self, path: str) -> HTTPResponse:
        """The response to HTTP without TLS."""
        connection = HTTPConnection("localhost", self.ports[0], timeout=PATIENCE)
        self.opened.callback(connection.close)
        connection.request("GET", path)
        return self.opened.enter_context(connection.getresponse())

    @property
    def log(self) -> str:
        return (self.folder / "access.log").read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(project: Path, folder: Path, servers: dict[str, int]) -> Iterator[Nginx]:
    """nginx on free ports; `servers` says which port of nginx/pool.conf is really which."""
    assert shutil.which("nginx"), "nginx is needed: apt install nginx-light"
    server = Nginx(folder, (free_port(), free_port()))
    _prepare(server, project, servers)
    run: list[Any] = ["nginx", "-c", folder / "nginx.conf", "-g", "daemon off;"]
    checked = subprocess.run([*run[:3], "-t"], capture_output=True, text=True)
    assert checked.returncode == 0 and "warn" not in checked.stderr, checked.stderr
    process = subprocess.Popen(run)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(server):
            assert process.poll() is None and time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.02)
        with server.opened:
            yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _prepare(server: Nginx, project: Path, servers: dict[str, int]) -> None:
    """The files as docs/DEPLOYMENT.md places them, but for ports and the place of the log."""
    mine = server.folder / "my-agent"
    shutil.copytree(project / "nginx", mine)
    for path in mine.glob("*.conf"):
        text = path.read_text().replace("/var/log/nginx", str(server.folder))
        for listed, real in [*servers.items(), *zip((" 80;", " 443 "), server.ports, strict=True)]:
            text = text.replace(f"listen{listed}", f"listen {real}{listed[-1]}")
            text = text.replace(f"server 127.0.0.1:{listed};", f"server 127.0.0.1:{real};")
        path.write_text(text)
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    new += ["-addext", "subjectAltName=DNS:localhost", "-keyout", "tls.key", "-out", "tls.pem"]
    subprocess.run(new, cwd=mine, check=True, capture_output=True)
    server.trusted = ssl.create_default_context(cafile=str(mine / "tls.pem"))
    (server.folder / "nginx.conf").write_text(
        f"pid {server.folder}/pid; error_log {server.folder}/error.log; events {{}}\n"
        "http { include my-agent/site.conf; }\n"
    )


def _answers(server: Nginx) -> bool:
    try:
        return server.plain("/").status == 308
    except OSError:
        return False
