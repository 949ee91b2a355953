"""A RabbitMQ server of a test's own, where RabbitMQ is installed."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PATIENCE = 60
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one on PATH would become another user


def free_ports(count: int) -> list[int]:
    with ExitStack() as taken:
        held = [taken.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [server.getsockname()[1] for server in held]


def installed() -> bool:
    return SERVER.exists() and bool(shutil.which("epmd"))


def environment(folder: Path, port: int, dist: int, names: int) -> dict[str, str]:
    """A node that shares nothing with others on this machine, and listens on loopback only."""
    given = {"NODENAME": f"test{port}@localhost", "NODE_IP_ADDRESS": "127.0.0.1"}
    given |= {"NODE_PORT": f"{port}", "DIST_PORT": f"{dist}", "LOGS": f"{folder}/log"}
    given |= {"MNESIA_BASE": f"{folder}", "CONF_ENV_FILE": f"{folder}/none"}
    given |= {"ENABLED_PLUGINS_FILE": f"{folder}/plugins", "LOG_BASE": f"{folder}"}
    given |= {"CONFIG_FILE": f"{folder}/rabbitmq", "PID_FILE": f"{folder}/pid"}
    erlang = {"ERL_EPMD_PORT": f"{names}", "ERL_EPMD_ADDRESS": "127.0.0.1", "HOME": f"{folder}"}
    return os.environ | {f"RABBITMQ_{name}": value for name, value in given.items()} | erlang


@contextmanager
def process(*command: str, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    found = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield found
    finally:
        os.killpg(found.pid, signal.SIGKILL)
        found.wait()


@contextmanager
def running() -> Iterator[str]:
    """The URL of a new and empty server."""
    assert installed(), "RabbitMQ is needed: apt install rabbitmq-server"
    port, dist, names = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="rabbitmq-", ignore_cleanup_errors=True) as folder:
        env = environment(Path(folder), port, dist, names)
        with process("epmd", env=env), process(str(SERVER), env=env) as server:
            deadline = time.monotonic() + PATIENCE
            while not answers(port):
                assert server.poll() is None, Path(folder, "log").read_text()
                assert time.monotonic() < deadline, "rabbitmq-server does not answer"
                time.sleep(0.05)
            yield f"amqp://guest:guest@127.0.0.1:{port}//"


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"AMQP\0\0\x09\x01")
            return bool(connection.recv(1))
    except OSError:
        return False
