"""systemd as the first process of a machine, and a project on it by its own scripts, over ssh."""

import re
from collections.abc import Iterator

import pytest
import yaml

from tests.e2e import machine as machines
from tests.e2e.engine import Engine, until
from tests.e2e.machine import HEAD, KEY, WATCHDOG_S, Machine, git
from tests.e2e.test_docker import SLOW, WAITER

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def machine(shared_docker: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machines.booted(shared_docker, tmp_path_factory.mktemp("systemd")) as machine:
        yield machine


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
        until(lambda: machine.show("MainPID") not in ("0", was))
        return bool(until(lambda: machine.show("ActiveState") == "active" and machine.ready()))

    assert replaced("KILL") and int(machine.show("NRestarts")) == 1
    assert replaced("STOP")
    assert "watchdog" in machine.root("journalctl --unit my-agent").lower()


def test_its_jobs_run(machine: Machine) -> None:
    journal = "journalctl --unit my-agent --output cat"
    until(lambda: "job_started" in machine.root(journal), 90)


def test_a_new_version_and_back(machine: Machine) -> None:
    def at() -> str:
        assert machine.ready()
        return machine.root(HEAD)

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


def test_a_stop_waits_for_the_runs(machine: Machine) -> None:
    """Longer than the watchdog's patience: what is being stopped need not say that it works."""
    (machine.project / "src/agent/tools/slow.py").write_text(SLOW)
    (machine.project / "config/workflow.yaml").write_text(yaml.safe_dump(WAITER))
    server = "src/agent/interfaces/http/server.py"
    git(machine.project, "checkout", "--quiet", machine.root(HEAD), "--", server)
    machine.commit()
    done = machine.script("deploy")
    assert done.returncode == 0, done.stderr
    queued = machine.ask("/v1/runs/async", str(2 * WATCHDOG_S))["id"]
    until(lambda: machine.ask(f"/v1/runs/{queued}")["status"] == "running")
    machine.root("systemctl stop my-agent")
    assert (machine.show("Result"), machine.show("ExecMainStatus")) == ("success", "0")
    machine.root("systemctl start my-agent")
    assert machine.ask(f"/v1/runs/{queued}")["output"] == f"waited {2 * WATCHDOG_S} s"
