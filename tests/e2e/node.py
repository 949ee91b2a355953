"""A machine within this one, which leaves nothing behind.

Its processes, mounts, networks and firewall rules are in namespaces, and go with the one process
that holds them.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

ADDRESS = "10.99.0.1"
PATIENCE = 180
CGROUPS = Path("/sys/fs/cgroup")

# The machine's folders that the programs write to are empty ones here, whatever their options say.
PREPARE = f"""
set -e
mount --make-rshared /
mount --bind "$1/lib" /var/lib
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
ip link set lo up
ip link add eth0 type bridge
ip address add {ADDRESS}/24 dev eth0
ip link set eth0 up
ip route add default via {ADDRESS}
echo 1 > /proc/sys/net/ipv4/ip_forward
echo ready
exec sleep infinity
"""


class Node:
    """Its files are in a folder of this machine."""

    def __init__(self, folder: Path, init: int):
        self.folder, self.init, self.cgroup = folder, init, f"agentkit-{uuid4().hex[:8]}"
        self.images: set[str] = set()
        self.started: list[subprocess.Popen[bytes]] = []
        self.env = dict(os.environ)
        (folder / "log").mkdir()
        for controller in CGROUPS.iterdir():
            (controller / self.cgroup).mkdir()

    def inside(self, *command: str) -> list[str]:
        return ["nsenter", f"--target={self.init}", "--mount", "--net", "--pid", "--wd=.", *command]

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        options = {"env": self.env, "capture_output": True, "text": True} | options
        return subprocess.run(self.inside(*command), **options)

    def say(self, *command: str, **options: Any) -> str:
        """What a command prints that must succeed."""
        done = self.run(*command, **options)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"log/{name}").open("w") as log:
            words = self.inside(name, *command)
            process = subprocess.Popen(words, env=self.env, stdout=log, stderr=log, process_group=0)
            self.started.append(process)

    def wait(self, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, f"no {what}: see {self.folder}/log"
            time.sleep(0.2)

    def answers(self, *command: str) -> bool:
        return self.run(*command).returncode == 0


@contextmanager
def running(folder: Path) -> Iterator[Node]:
    """One that has no network but its own."""
    (folder / "lib").mkdir()
    # It ends when the tests end, however that comes, but not when a person presses ^C.
    unshare = ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--net", "--pid", "--fork"]
    command = [*unshare, "--kill-child", "--mount-proc", "sh", "-c", PREPARE, "sh", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, text=True, process_group=0) as holder:
        try:
            assert holder.stdout and holder.stdout.readline() == "ready\n"
            children = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text()
            node = Node(folder, int(children))
            try:
                yield node
            finally:
                holder.send_signal(signal.SIGKILL)  # and with it whatever is inside
                for process in (holder, *node.started):
                    process.wait()
                _remove_cgroups(node.cgroup)
                shutil.rmtree(folder / "lib")  # gigabytes of images
        finally:
            holder.kill()


def _remove_cgroups(name: str) -> None:
    for controller in CGROUPS.iterdir():
        for folder, _, _ in os.walk(controller / name, topdown=False):
            _remove(Path(folder), time.monotonic() + 10)


def _remove(folder: Path, deadline: float) -> None:
    """A group is busy for a moment after the death of its last process."""
    while folder.exists():
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
