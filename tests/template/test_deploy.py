"""scripts/deploy.sh and rollback.sh, with stand-ins that record and remember for docker and ssh."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.template import projects
from tests.template.machine import DOCKER, RECORD, SSH, SUDO, Machine


@pytest.fixture
def compose(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, docker=DOCKER)
    (machine.project / ".env.staging").write_text("AGENT_ENV=staging\nAGENT_API_KEYS=alice:s3\n")
    return machine


def test_deploying_twice_and_going_back(compose: Machine) -> None:
    for version in "v1", "v2", "v2":  # the last changes nothing
        done = compose.run("deploy", "docker", "staging", VERSION=version)
        assert (done.returncode, done.stdout) == (
            0,
            "ready: http://localhost:8080 on this machine\n",
        )
        assert compose.has("running") == version
    assert compose.has("previous") == "v1"
    assert compose.run("rollback", "docker", "staging").returncode == 0
    assert compose.has("running") == "v1"
    published = compose.run("deploy", "docker", "staging", IMAGE="published")
    assert published.returncode == 0 and compose.has("running") == "published"
    assert "s3" not in published.stdout + published.stderr


def test_what_does_not_get_ready_is_replaced_by_what_was_there(compose: Machine) -> None:
    alone = compose.run("deploy", "docker", "staging", VERSION="bad")
    assert alone.returncode == 1 and "nothing ran before" in alone.stderr
    compose.run("deploy", "docker", "staging", VERSION="v1")
    bad = compose.run("deploy", "docker", "staging", VERSION="bad")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "going back" in bad.stderr and "what ran before is ready again" in bad.stderr
    assert compose.has("running") == "v1"
    unbuilt = compose.run("deploy", "docker", "staging", VERSION="")
    assert unbuilt.returncode != 0 and "going back" not in unbuilt.stderr
    assert compose.has("running") == "v1"


def test_a_dry_run_only_tells(compose: Machine) -> None:
    done = compose.run("deploy", "docker", "staging", "--dry-run", VERSION="v1")
    assert done.returncode == 0
    told = [line for line in done.stderr.splitlines() if line.startswith("+ ")]
    assert told[0] == "+ make image TAG=my-agent:next" and told[-1] == "+ make up BUILD=--no-build"
    asked = compose.has("log").splitlines()
    assert asked and not [line for line in asked if " up " in line or "build" in line]


@pytest.mark.parametrize(
    ("args", "env", "code", "message"),
    [
        ("docker", {}, 2, "usage: scripts/deploy.sh TARGET staging|production [--dry-run]"),
        ("docker testing", {}, 2, "usage"),
        ("docker staging --force", {}, 2, "usage"),
        ("docker staging more", {}, 2, "usage"),
        ("moon staging", {}, 1, "no target moon: there is no scripts/deploy.d/moon.sh"),
        ("docker production", {}, 1, "no .env.production: make it from .env.production.template"),
        ("docker staging", {"BROKEN": "daemon"}, 1, "Docker does not answer"),
        ("docker staging", {"BROKEN": "config"}, 1, "config/ is not valid for staging"),
    ],
)
def test_it_says_what_is_missing(
    compose: Machine, args: str, env: dict[str, str], code: int, message: str
) -> None:
    done = compose.run("deploy", *args.split(), VERSION="v1", **env)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr and "+ " not in done.stderr
    assert not compose.has("running")


def test_settings_without_callers_are_refused(compose: Machine) -> None:
    (compose.project / ".env.staging").write_text("AGENT_API_KEYS=\n")
    done = compose.run("deploy", "docker", "staging", VERSION="v1")
    assert done.returncode == 1 and ".env.staging has no AGENT_API_KEYS" in done.stderr


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Machine]:
    """A machine that ssh reaches: its /opt and /etc are folders here, and it is asked over HTTP."""
    machine = Machine(tmp_path, ssh=SSH, sudo=SUDO, systemctl=RECORD, make=RECORD)
    script = machine.project / "scripts/deploy.d/systemd.sh"
    text = script.read_text().replace("/etc/", f"{tmp_path}/etc/")
    script.write_text(text.replace("/opt/", f"{tmp_path}/opt/"))
    machine.git(machine.project, "commit", "-qam", "where things are")
    there = tmp_path / "opt/my-agent"
    machine.git(tmp_path, "clone", "-q", str(machine.project), str(there))
    (tmp_path / "etc/my-agent").mkdir(parents=True)
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/my-agent.service").write_text("[Service]\n")

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if (there / "broken").exists() else 200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = f"AGENT_API_KEYS=alice:s3\nAGENT_PORT={server.server_port}\n"
        (tmp_path / "etc/my-agent/env").write_text(settings)
        yield machine
        server.shutdown()


def test_a_machine_over_ssh(remote: Machine, tmp_path: Path) -> None:
    there, host = tmp_path / "opt/my-agent", {"DEPLOY_HOST": "me@there"}

    def at() -> str:
        return remote.git(there, "rev-parse", "HEAD")

    def commit(name: str) -> str:
        (remote.project / name).write_text("")
        remote.git(remote.project, "add", name)
        remote.git(remote.project, "commit", "-qm", name)
        return remote.git(remote.project, "rev-parse", "HEAD")

    first, second = at(), commit("new")
    dry = remote.run("deploy", "systemd", "staging", "--dry-run", **host)
    assert dry.returncode == 0 and at() == first and "systemctl restart" in dry.stderr
    assert "systemctl restart" not in remote.has("log")

    done = remote.run("deploy", "systemd", "staging", **host)
    assert done.returncode == 0 and done.stdout.endswith(" on me@there\n"), done.stderr
    assert at() == second and "systemctl restart my-agent" in remote.has("log")
    assert "make service" in remote.has("log") and "s3" not in done.stdout + done.stderr
    overlay = tmp_path / "etc/systemd/system/my-agent.service.d/environment.conf"
    assert overlay.read_text() == "[Service]\nEnvironment=AGENT_ENV=staging\n"

    unknown = remote.git(remote.project, "commit-tree", "HEAD^{tree}", "-m", "never pushed")
    unpushed = remote.run("deploy", "systemd", "staging", REVISION=unknown, **host)
    assert unpushed.returncode == 1 and "push it first" in unpushed.stderr and at() == second

    commit("broken")
    bad = remote.run("deploy", "systemd", "staging", **host)
    assert bad.returncode == 1 and "what ran before is ready again" in bad.stderr
    assert at() == second
    assert remote.run("deploy", "systemd", "staging", REVISION=first, **host).returncode == 0
    assert at() == first
    assert remote.run("rollback", "systemd", "staging", **host).returncode == 0
    assert at() == second

    (tmp_path / "etc/my-agent/env").write_text("AGENT_API_KEYS=\n")
    refused = remote.run("deploy", "systemd", "staging", **host)
    assert refused.returncode == 1 and "has no AGENT_API_KEYS" in refused.stderr


def test_cleaning_up_leaves_what_is_yours(compose: Machine) -> None:
    made = [compose.project / name for name in (".venv", "build", "src/agent/__pycache__")]
    kept = [compose.project / name for name in (".env.staging", "config/agents.yaml", "data/x.db")]
    for folder in (*made, compose.project / "data"):
        folder.mkdir(exist_ok=True)
    (compose.project / "data/x.db").touch()
    told = compose.run("cleanup", "--dry-run")
    assert told.stdout.splitlines()[0] == "would remove .venv" and all(p.exists() for p in made)
    assert compose.run("cleanup").returncode == 0
    assert not [p for p in made if p.exists()] and all(p.exists() for p in kept)


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    """Where it is installed, as .ci/run does. Bash 3.2 is what macOS has."""
    folder = projects.make(tmp_path / "my-agent", projects.FULL)
    scripts = sorted(map(str, folder.glob("scripts/**/*.sh")))
    assert scripts
    if tool := shutil.which("shellcheck"):
        done = subprocess.run([tool, "-x", *scripts], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    newer = r"mapfile|readarray|coproc|(?:declare|local|typeset) -[nA]|&>>|\|&|\[-\d"
    newer += r"|;;?&|wait -n|%\(|EPOCH|\$\{\w+(?:[,^]|@[A-Z])|globstar"
    for script in scripts:
        text = Path(script).read_text()
        assert not re.findall(newer, text), script
        # who stops reading makes the writer fail, and with it, under pipefail, the whole line
        assert not re.search(r"\|\s*(grep -\w*q|head|names_callers)", text), script
