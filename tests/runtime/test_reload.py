"""`agent serve --reload`: what is saved is served."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import agent

PATIENCE = 60
ROUTE = """

@router.get("/{name}")
def {name}() -> str:
    return "{name}"
"""


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@contextmanager
def serving(source: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "agent", "serve", "--reload", "--port", str(port)]
    env = os.environ | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    with log.open("w") as told:
        process = subprocess.Popen(command, env=env, stdout=told, stderr=told)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_a_change_of_the_code_counts_at_once(tmp_path: Path):
    package, log = tmp_path / "src/agent", tmp_path / "log"
    shutil.copytree(Path(agent.__file__).parent, package)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def answers(path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as found:
                return bool(found.status == 200)
        except urllib.error.HTTPError as e:
            e.close()
        except OSError:
            assert process.poll() is None, log.read_text()
        return False

    routes = package / "interfaces/http/operations.py"
    text = routes.read_text()
    with serving(package.parent, port, log) as process:
        until(lambda: answers("/ready"))
        routes.write_text(text + ROUTE.format(name="added"))
        until(lambda: answers("/added"))
        routes.write_text(f"{text}\nraise RuntimeError('a mistake')\n")
        until(lambda: "a mistake" in log.read_text())
        routes.write_text(text + ROUTE.format(name="mended"))
        until(lambda: answers("/mended"))
