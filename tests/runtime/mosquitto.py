"""An MQTT broker of a test's own."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
PATIENCE = 30


@dataclass
class Mosquitto:
    """A broker that keeps sessions in its own folder while it is stopped."""

    folder: Path
    port: int
    more: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\n{self.more}"
            f"persistence true\npersistence_location {self.folder}/\nlog_dest none\n"
        )
        self.process = subprocess.Popen([PROGRAM, "-c", str(config)])
        deadline = time.monotonic() + PATIENCE
        while not self.listens():
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()


@contextmanager
def running(more: str = "") -> Iterator[Mosquitto]:
    """A new broker without sessions."""
    assert Path(PROGRAM).exists(), "mosquitto is needed: apt install mosquitto"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="mosquitto-") as folder:
        broker = Mosquitto(Path(folder), port, more)
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()
