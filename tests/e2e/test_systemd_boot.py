"""systemd as the first process of a machine, and a project on it by its own scripts, over ssh.

The machine is a privileged container of Debian 12: systemd 252, sshd, sudo, and nothing of ours.
"""

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.engine import Engine, until
from tests.e2e.project import PATIENCE, run
from tests.template import projects

pytestmark = pytest.mark.long

MACHINE = """FROM systemd
RUN systemctl mask console-getty getty@tty1 systemd-logind systemd-modules-load systemd-sysctl \\
    && useradd --create-home --shell /bin/bash deployer \\
    && echo "deployer ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/deployer
STOPSIGNAL SIGRTMIN+3
# What a unit mounts must be seen where its credentials are read: so it is on a real machine.
CMD ["sh", "-c", "mount --make-rshared / && exec /lib/systemd/systemd"]
"""
BOOT = ["--privileged", "--cgroupns=private", "--tmpfs=/run", "--tmpfs=/run/lock", "--tmpfs=/tmp"]
KEY = "a-key-that-nobody-has"
SETTINGS = (
    f"AGENT_MODEL_MODE=offline\nAGENT_API_KEYS=me:{KEY}\nAGENT_HOST=0.0.0.0\nLOG_FORMAT=json\n"
)
GIVEN = {"providers": [], "interfaces": ["http"], "targets": ["systemd"]}
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


@pytest.fixture(scope="module")
def machine(shared_docker: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """It runs what docs/DEPLOYMENT.md says, and then the first deployment."""
    docker, folder = shared_docker, tmp_path_factory.mktemp("systemd")
    project = make(folder)
    docker.have("systemd")
    docker.build("machine", MACHINE)
    repository = f"--volume={folder / 'project.git'}:/srv/project.git"
    docker.run("docker", "run", "--detach", "--name=machine", *BOOT, repository, "machine")
    found = docker.inspect("machine")["NetworkSettings"]["IPAddress"]
    it = Machine(docker, project, found, ssh(folder))
    try:
        booted = "[ $(systemctl is-system-running) = running ] || systemctl list-jobs >&2"
        until(lambda: docker.call("docker", "exec", "machine", "sh", "-c", booted).returncode == 0)
        key = (folder / "key.pub").read_text().strip()
        it.root(
            f"install -d -o deployer ~deployer/.ssh; echo {key} > ~deployer/.ssh/authorized_keys"
        )
        it.root(
            "git config --system safe.directory '*'; git clone -q /srv/project.git /opt/my-agent"
        )
        it.root("make --directory /opt/my-agent service")
        it.root(f"echo '{SETTINGS}' > /etc/my-agent/env")
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


def test_it_is_confined(machine: Machine) -> None:
    assert "42" in machine.ask("/v1/runs", "What is 6 * 7?")["output"]
    unit = "/etc/systemd/system/my-agent.service"
    assert not machine.root(f"systemd-analyze verify --man=no {unit} 2>&1")
    machine.root("systemd-analyze security --no-pager --threshold=20 my-agent")  # at most 2.0
    status = machine.root(f"cat /proc/{machine.show('MainPID')}/status")
    told = dict(re.findall(r"^(\w+):\t(.*)$", status, re.M))
    assert int(told["Uid"].split()[0]) > 60000
    assert (told["CapEff"], told["NoNewPrivs"], told["Seccomp"]) == ("0" * 16, "1", "2")
    shown = machine.root("systemctl show my-agent") + machine.root("journalctl --unit my-agent")
    assert KEY not in shown and "AGENT_ENV=staging" in shown
    inside = f"nsenter --target {machine.show('MainPID')} --mount touch"
    assert machine.root(f"{inside} /opt/my-agent/x 2>&1 || true").endswith("Read-only file system")
    assert machine.show("MemoryMax") == str(512 * 2**20)


def test_what_dies_or_hangs_is_replaced(machine: Machine) -> None:
    def replaced(signal: str) -> bool:
        was = machine.show("MainPID")
        machine.root(f"kill -{signal} {was}")
        return bool(until(lambda: machine.show("MainPID") not in ("0", was) and machine.ready()))

    assert replaced("KILL") and int(machine.show("NRestarts")) == 1
    overlay = "/run/systemd/system/my-agent.service.d"
    quick = "[Service]\\nWatchdogSec=3\\nTimeoutAbortSec=1\\n"
    machine.root(f"mkdir -p {overlay} && printf '{quick}' > {overlay}/quick.conf")
    machine.root("systemctl daemon-reload && systemctl restart my-agent")
    assert replaced("STOP")
    assert "watchdog" in machine.root("journalctl --unit my-agent").lower()


def test_its_jobs_run(machine: Machine) -> None:
    journal = "journalctl --unit my-agent --output cat"
    until(lambda: "job_started" in machine.root(journal), 90)


def test_a_new_version_and_back(machine: Machine) -> None:
    def at() -> str:
        assert machine.ready()
        return machine.root("git -C /opt/my-agent rev-parse HEAD")

    first, second = at(), machine.commit()
    done = machine.script("deploy")
    assert (done.returncode, at()) == (0, second), done.stderr
    assert done.stdout == f"ready: http://localhost:8080 on deployer@{machine.address}\n"

    server = machine.project / "src/agent/interfaces/http/server.py"
    server.write_text(server.read_text().replace("setup(settings)", 'raise SystemExit("broken")'))
    machine.commit()
    broken = machine.script("deploy")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert "what ran before is ready again" in broken.stderr and at() == second

    assert machine.script("deploy", REVISION=first).returncode == 0 and at() == first
    back = machine.script("rollback")
    assert (back.returncode, at()) == (0, second), back.stderr


def test_it_stops_as_it_should(machine: Machine) -> None:
    machine.root("systemctl stop my-agent")
    assert (machine.show("Result"), machine.show("ExecMainStatus")) == ("success", "0")
