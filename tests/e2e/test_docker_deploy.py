"""scripts/deploy.sh docker with a real Docker Engine: forth, again, and back from what is broken.

`python:3.13-slim` is a stand-in: Debian 13 with its Python 3.13, pip in /usr/local.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.engine import Engine
from tests.e2e.project import run
from tests.e2e.test_compose import ask, free_ports
from tests.template import projects

pytestmark = [pytest.mark.long, pytest.mark.engine]

SETTINGS = "AGENT_ENV=staging\nAGENT_MODEL_MODE=offline\nAGENT_API_KEYS=me:a-key-of-mine\n"
GIVEN = {"providers": [], "interfaces": ["http"], "targets": ["docker"]}
Deploy = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = projects.make(tmp_path_factory.mktemp("deploy") / "deployed", GIVEN, "deployed")
    run(folder, "make", "install")
    return folder


@pytest.fixture
def port() -> int:
    return free_ports(1)


@pytest.fixture
def deploy(docker: Engine, project: Path, port: int) -> Deploy:
    docker.have("python:3.13-slim")

    def deploy(*more: str, script: str = "deploy") -> subprocess.CompletedProcess[str]:
        command = [f"scripts/{script}.sh", "docker", "staging", *more]
        return docker.call(*command, folder=project, AGENT_PORT=str(port), DEPLOY_TIMEOUT="30")

    return deploy


def change(project: Path, new: str) -> None:
    """The first statement of the service becomes another one."""
    server = project / "src/agent/interfaces/http/server.py"
    head, at, tail = server.read_text().partition("(settings: Settings) -> None:\n")
    doc, _, rest = tail.partition("\n")
    server.write_text(f"{head}{at}{doc}\n    {new}\n{rest.partition(chr(10))[2]}")


def test_forth(docker: Engine, project: Path, port: int, deploy: Deploy) -> None:
    missing = deploy()
    assert missing.returncode == 1 and "no .env.staging: make it from" in missing.stderr
    (project / ".env.staging").write_text(SETTINGS)
    dry = deploy("--dry-run")
    assert dry.returncode == 0 and "+ make up BUILD=--no-build" in dry.stderr
    assert not docker.run("docker", "ps", "--all", "--quiet")

    done = deploy()
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"ready: http://localhost:{port} on {docker.env['DOCKER_HOST']}\n"
    assert ask(f"http://127.0.0.1:{port}/ready")
    first = docker.inspect("deployed-agent-1")["Id"]
    assert deploy().returncode == 0
    assert docker.inspect("deployed-agent-1")["Id"] == first, "the same again changes nothing"
    assert "a-key-of-mine" not in done.stdout + done.stderr


def test_back(docker: Engine, project: Path, port: int, deploy: Deploy) -> None:
    def image() -> str:
        assert ask(f"http://127.0.0.1:{port}/ready")
        return str(docker.inspect("deployed-agent-1")["Image"])

    (project / ".env.staging").write_text(SETTINGS)
    assert deploy().returncode == 0
    first = image()
    change(project, "setup(settings)  # the second version")
    assert deploy().returncode == 0
    second = image()
    assert second != first

    change(project, 'raise SystemExit("broken")')
    broken = deploy()
    assert (broken.returncode, broken.stdout) == (1, "")
    assert "going back to what ran before" in broken.stderr
    assert "what ran before is ready again" in broken.stderr and image() == second

    (project / "src/agent/cli.py").write_text("this is no Python\n")
    unbuilt = deploy()
    assert unbuilt.returncode != 0 and "going back" not in unbuilt.stderr and image() == second
