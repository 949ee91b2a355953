"""A machine with systemd as its first process, which ssh reaches, and a project to put there.

It is a privileged container of Debian 12: systemd 252, sshd, sudo, and nothing of ours.
"""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.engine import Engine, until
from tests.e2e.project import PATIENCE, run
from tests.template import projects

MACHINE = """FROM systemd
RUN systemctl mask console-getty getty@tty1 systemd-logind systemd-modules-load systemd-sysctl \\
    && useradd --create-home --shell /bin/bash deployer \\
    && echo "deployer ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/deployer
STOPSIGNAL SIGRTMIN+3
# What a unit mounts must be seen where its credentials are read: so it is on a real machine.
CMD ["sh", "-c", "mount --make-rshared / && exec /lib/systemd/systemd"]
"""
BOOT = ["--privileged", "--cgroupns=private", "--tmpfs=/run", "--tmpfs=/run/lock", "--tmpfs=/tmp"]
WATCHDOG_S = 5  # less than the 30 of the unit, so that tests need not wait
KEY = "a-key-that-nobody-has"
SETTINGS = (
    f"AGENT_MODEL_MODE=offline\nAGENT_API_KEYS=me:{KEY}\nAGENT_HOST=0.0.0.0\nLOG_FORMAT=json\n"
)
GIVEN = {"providers": [], "interfaces": ["http"], "targets": ["systemd"]}
HEAD = "git -C /opt/my-agent rev-parse HEAD"
OVERLAY = "/run/systemd/system/my-agent.service.d"
IMPATIENT = f"[Service]\\nWatchdogSec={WATCHDOG_S}\\nTimeoutAbortSec=1\\n"
JOB = {"cron": "* * * * *", "input": "What is 6 * 7?"}
SCHEDULE = {"version": "1.0.0", "description": "", "jobs": {"minutely": JOB}}


@dataclass
class Machine:
    """A booted machine, a clone of the project here, and what both fetch from and push to."""

    docker: Engine
    project: Path
    address: str
    bin: Path

    def root(self, line: str) -> str:
        return self.docker.run("docker", "exec", "machine", "bash", "-c", line)

    def script(self, name: str, **more: str) -> subprocess.CompletedProcess[str]:
        """scripts/NAME.sh here, for staging there."""
        path = f"{self.bin}:{self.docker.env['PATH']}"
        more |= {"DEPLOY_HOST": f"deployer@{self.address}", "DEPLOY_TIMEOUT": "60", "PATH": path}
        return Engine(self.project).call(f"scripts/{name}.sh", "systemd", "staging", **more)

    def commit(self) -> str:
        git(self.project, "add", "--all")
        git(self.project, "commit", "--quiet", "--allow-empty", "--message=change")
        git(self.project, "push", "--quiet", "origin", "HEAD:main")
        return git(self.project, "rev-parse", "HEAD")

    def ask(self, path: str, question: str = "") -> Any:
        body = json.dumps({"input": question}).encode() if question else None
        headers = {"Content-Type": "application/json", "X-API-Key": KEY}
        request = urllib.request.Request(f"http://{self.address}:8080{path}", body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)

    def show(self, name: str) -> str:
        return self.root(f"systemctl show --value --property {name} my-agent")

    def ready(self) -> bool:
        with suppress(OSError):
            return bool(self.ask("/ready"))
        return False


def git(folder: Path, *words: str) -> str:
    return run(folder, "git", "-c", "user.name=t", "-c", "user.email=t@localhost", *words).strip()


@contextmanager
def booted(docker: Engine, folder: Path) -> Iterator[Machine]:
    """It has run what docs/DEPLOYMENT.md says, and then the first deployment."""
    project = make(folder)
    docker.have("systemd")
    docker.build("machine", MACHINE)
    repository = f"--volume={folder / 'project.git'}:/srv/project.git"
    docker.run("docker", "run", "--detach", "--name=machine", *BOOT, repository, "machine")
    found = docker.inspect("machine")["NetworkSettings"]["IPAddress"]
    it = Machine(docker, project, found, ssh(folder))
    try:
        running = "[ $(systemctl is-system-running) = running ] || systemctl list-jobs >&2"
        until(lambda: docker.call("docker", "exec", "machine", "sh", "-c", running).returncode == 0)
        key = (folder / "key.pub").read_text().strip()
        it.root(
            f"install -d -o deployer ~deployer/.ssh; echo {key} > ~deployer/.ssh/authorized_keys"
        )
        it.root(
            "git config --system safe.directory '*'; git clone -q /srv/project.git /opt/my-agent"
        )
        it.root("make --directory /opt/my-agent service")
        it.root(f"echo '{SETTINGS}' > /etc/my-agent/env")
        it.root(f"mkdir -p {OVERLAY} && printf '{IMPATIENT}' > {OVERLAY}/impatient.conf")
        first = it.script("deploy")
        assert first.returncode == 0, first.stderr
        yield it
    finally:
        docker.clear()


def make(folder: Path) -> Path:
    """The project with a job, in git, with a place to push to."""
    project = projects.make(folder / "my-agent", GIVEN)
    (project / "config/scheduler.yaml").write_text(yaml.safe_dump(SCHEDULE))
    run(project, "make", "install")
    run(folder, "git", "init", "--quiet", "--bare", "--initial-branch=main", "project.git")
    git(project, "init", "--quiet", "--initial-branch=main")
    git(project, "remote", "add", "origin", str(folder / "project.git"))
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message=first")
    git(project, "push", "--quiet", "origin", "main")
    return project


def ssh(folder: Path) -> Path:
    """A folder with an `ssh` that has a key of its own, and knows nobody yet."""
    run(folder, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
    options = (
        f"-i {folder}/key -o UserKnownHostsFile={folder}/known -o StrictHostKeyChecking=accept-new"
    )
    (folder / "bin").mkdir()
    program = folder / "bin/ssh"
    program.write_text(f'#!/bin/sh\nexec /usr/bin/ssh {options} -o LogLevel=ERROR "$@"\n')
    program.chmod(0o755)
    return folder / "bin"
