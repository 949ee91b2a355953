"""A Docker Engine of a test's own, and images to start from that no registry is asked for.

`.ci/long-tools` brings both. The engine has a folder, a socket and a bridge of its own, and lives
in namespaces that end with it: no process, container or mount stays behind, whatever happens.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.images import STAND_INS
from tests.e2e.project import PATIENCE, clean_environment

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "agentkit-tests"
TOOLS = CACHE / "engine/usr"
BRIDGE = f"kit{os.getpid() % 10**9}"
SUBNET = f"10.213.{os.getpid() % 256}.1/24"


@dataclass
class Engine:
    """A running engine, and how to ask it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, folder: Path | None = None, **more: str) -> str:
        """What a command prints that must succeed; `docker` in it means this engine."""
        done = self.call(*command, folder=folder, **more)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def call(
        self, *command: str, folder: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        env = clean_environment(**self.env, **more)
        return subprocess.run(
            command, cwd=folder or self.folder, env=env, capture_output=True, text=True
        )

    def inspect(self, thing: str) -> Any:
        return json.loads(self.run("docker", "inspect", thing))[0]

    def have(self, *images: str) -> None:
        """Make stand-ins of these images, where this engine has none yet."""
        for name in images:
            if self.run("docker", "image", "ls", "--quiet", name):
                continue
            if name in STAND_INS:
                self.have("services")
                self.build(name, STAND_INS[name])
            else:
                suite = {"python:3.13-slim": "python"}.get(name, name)
                options = ["--change", 'CMD ["python3"]', "--change", "ENV LANG=C.UTF-8"]
                file = CACHE / f"rootfs/{suite}.tar"
                assert file.exists(), "images to start from are needed: run .ci/long-tools as root"
                self.run("docker", "import", *options, str(file), name)

    def build(self, name: str, dockerfile: str) -> None:
        """An image from nothing but other images."""
        (self.folder / "Dockerfile").write_text(dockerfile)
        self.run("docker", "build", "--quiet", "--tag", name, ".")

    def clear(self) -> None:
        """Nothing stays of the containers, volumes and networks of a test."""
        if containers := self.run("docker", "ps", "--all", "--quiet").split():
            self.run("docker", "rm", "--force", "--volumes", *containers)
        self.run("docker", "volume", "prune", "--all", "--force")
        self.run("docker", "network", "prune", "--force")


@contextmanager
def running() -> Iterator[Engine]:
    """A new engine without images."""
    assert os.geteuid() == 0, "a Docker Engine of the tests' own needs root"
    assert (TOOLS / "sbin/dockerd").exists(), (
        "a Docker Engine is needed: run .ci/long-tools as root"
    )
    engine = Engine(Path(tempfile.mkdtemp(prefix="engine-")))
    plugins = engine.folder / "cli/cli-plugins"
    plugins.parent.mkdir()
    plugins.symlink_to(TOOLS / "libexec/docker/cli-plugins")
    engine.env["DOCKER_HOST"] = f"unix://{engine.folder}/socket"
    engine.env["DOCKER_CONFIG"] = str(plugins.parent)
    engine.env["PATH"] = os.pathsep.join(
        [str(TOOLS / "bin"), str(TOOLS / "sbin"), os.environ["PATH"]]
    )
    _ip("link", "add", BRIDGE, "type", "bridge")
    try:
        _ip("address", "add", SUBNET, "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        with _started(engine):
            yield engine
            engine.clear()
    finally:
        _ip("link", "delete", BRIDGE)
        shutil.rmtree(engine.folder)


@contextmanager
def _started(engine: Engine) -> Iterator[None]:
    """dockerd as the first process of its namespace: nothing in there outlives it.

    Its data are in memory: to delete them from a disk would take minutes.
    """
    data = engine.folder / "data"
    data.mkdir()
    own = [
        "setpriv",
        "--pdeathsig=KILL",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "sh",
        "-c",
    ]
    own += [f'mount -t tmpfs -o size=8g data {data} && exec "$@"', "sh"]
    at = {"host": engine.env["DOCKER_HOST"], "bridge": BRIDGE}
    at |= {"data-root": str(data), "exec-root": str(engine.folder / "exec")}
    at |= {"pidfile": str(engine.folder / "pid"), "exec-opt": "native.cgroupdriver=cgroupfs"}
    command = [*own, "dockerd", *(f"--{name}={value}" for name, value in at.items())]
    log = engine.folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=clean_environment(**engine.env), stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while engine.call("docker", "version").returncode:
            late = time.monotonic() > deadline or process.poll() is not None
            assert not late, f"the engine does not start: {log.read_text()}"
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)


def until(found: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """The first true value that it finds."""
    deadline = time.monotonic() + patience
    while not (value := found()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)
    return value


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
