"""The unit is hardened: by a table of our own, and by systemd's opinion where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.template import projects

WORST = "20"  # of 100: exposure level 2.0
WANTED = {
    "Type": "notify",
    "WatchdogSec": r"\d+",
    "DynamicUser": "yes",
    "StateDirectory": "my-agent",
    "StateDirectoryMode": "0700",
    "UMask": "0077",
    "LoadCredential": ".env:/etc/my-agent/env",
    "Restart": "on-failure",
    "MemoryMax": r"\d+M",
    "TasksMax": r"\d+",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service ~@privileged @resources",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "ProtectSystem": "strict",
    "ProtectProc": "invisible",
    "ProcSubset": "pid",
    **dict.fromkeys(["ProtectHome", "PrivateTmp", "PrivateDevices", "PrivateUsers"], "yes"),
    **dict.fromkeys([f"ProtectKernel{k}" for k in ("Logs", "Modules", "Tunables")], "yes"),
    **dict.fromkeys(["ProtectClock", "ProtectControlGroups", "ProtectHostname"], "yes"),
    **dict.fromkeys(["RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID"], "yes"),
    **dict.fromkeys(["LockPersonality", "MemoryDenyWriteExecute", "RemoveIPC"], "yes"),
}
FORBIDDEN = {"EnvironmentFile", "User", "ReadWritePaths", "AmbientCapabilities", "PAMName"}


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    given = {"targets": ["systemd"], "description": "100 % of it, 'quoted'; $HOME"}
    folder = projects.make(tmp_path / "my-agent", given)
    return folder / "systemd/my-agent.service"


def test_the_unit_is_hardened(unit: Path) -> None:
    lines = re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.M)
    told = {name: [value for key, value in lines if key == name] for name, _ in lines}
    said = {name: " ".join(told.get(name, ["missing"])) for name in WANTED}
    assert not {k: v for k, v in said.items() if not re.fullmatch(WANTED[k], v)}
    assert not FORBIDDEN & set(told)
    assert "Description=my-agent: 100 %% of it, 'quoted'; $HOME" in unit.read_text()
    assert told["ExecStart"] == ["/opt/my-agent/.venv/bin/agent serve"]
    drain = 30  # AGENT_DRAIN_SECONDS, as docs/DEPLOYMENT.md has it
    assert int(told["TimeoutStopSec"][0]) == drain + 5


def test_systemd_thinks_so_too(unit: Path, tmp_path: Path) -> None:
    """Where it is not installed, the table above is the judge."""
    tool = shutil.which("systemd-analyze") or "true"
    unit.write_text(unit.read_text().replace("/opt/my-agent/.venv/bin/agent", shutil.which("env")))
    for check in (["verify", "--man=no"], ["security", "--offline=true", f"--threshold={WORST}"]):
        done = subprocess.run([tool, *check, str(unit)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "my-agent.service:" not in done.stderr, "an unknown key is only a warning"
