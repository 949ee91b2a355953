"""The target terraform: its modules' promises, and scripts/deploy.sh with a stand-in.

Terraform itself reads them in tests/e2e/test_terraform.py.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.template import projects
from tests.template.machine import AGENT

GIVEN = {"targets": ["docker", "systemd", "terraform"], "store": "postgres"}
IMAGES = ["aws-ecs", "gcp-cloudrun"]
OLD, NEW, BAD = (f"registry.example.com/my-agent@sha256:{digit * 64}" for digit in "123")
TERRAFORM = """#!/bin/sh
# A state is a file of outputs; what runs the image 333 does not become ready.
cd "$STATE"
echo "terraform $*" >> log
case "$*" in
    *" workspace select"*) [ "$BROKEN" != workspace ] ;;
    *" init"*) [ "$BROKEN" != init ] ;;
    *" output -raw host") echo my-agent.example.com ;;
    *" output -raw image") sed -n 's/^image=//p' outputs 2>/dev/null ;;
    *" output -raw previous_image") sed -n 's/^previous_image=//p' outputs 2>/dev/null ;;
    *" apply "*)
        for p; do case $p in *image=*) echo "$p" ;; esac; done > outputs
        ! grep -q '^image=.*333$' outputs ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return projects.make(tmp_path / "my-agent", GIVEN)


class Cloud:
    """A project, and the Terraform that it finds."""

    def __init__(self, project: Path):
        self.project, self.state = project, project.parent / "state"
        commands = project.parent / "bin/terraform", project / ".venv/bin/agent"
        for path, text in zip(commands, (TERRAFORM, AGENT), strict=True):
            path.parent.mkdir(parents=True)
            path.write_text(text)
            path.chmod(0o755)
        self.state.mkdir()
        (project / "config/manifest.lock").touch()
        for module in IMAGES:
            (project / "terraform" / module / "staging.tfvars").touch()

    def run(self, script: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.project.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
        told = os.environ | {"PATH": path, "STATE": str(self.state), "DEPLOY_TIMEOUT": "2"} | env
        command = ["bash", f"scripts/{script}.sh", "terraform", "staging", *args]
        return subprocess.run(command, cwd=self.project, env=told, capture_output=True, text=True)

    def runs(self) -> list[str]:
        return re.findall(r"image=(.*)", (self.state / "outputs").read_text())


@pytest.fixture
def cloud(project: Path) -> Cloud:
    return Cloud(project)


@pytest.mark.parametrize("module", IMAGES)
def test_deploying_and_going_back(cloud: Cloud, module: str) -> None:
    for image in OLD, NEW, NEW:
        done = cloud.run("deploy", IMAGE=image, MODULE=module)
        told = (done.returncode, done.stdout)
        assert told == (0, "ready: https://my-agent.example.com\n"), done.stderr
    assert cloud.runs() == [NEW, OLD]
    assert f"-chdir=terraform/{module} apply" in (cloud.state / "log").read_text()
    bad = cloud.run("deploy", IMAGE=BAD, MODULE=module)
    assert bad.returncode == 1 and "what ran before is ready again" in bad.stderr
    assert cloud.runs()[0] == NEW
    cloud.run("deploy", IMAGE=OLD, MODULE=module)
    assert cloud.run("rollback", MODULE=module).returncode == 0
    assert cloud.runs() == [NEW, OLD]


def test_a_dry_run_only_tells(cloud: Cloud) -> None:
    done = cloud.run("deploy", "--dry-run", IMAGE=NEW)
    assert done.returncode == 0 and f"image={NEW}" in done.stderr
    assert "apply" not in (cloud.state / "log").read_text()


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"BROKEN": "config"}, "config/ is not valid for staging"),
        ({"BROKEN": "init"}, "terraform init fails in terraform/aws-ecs"),
        ({"BROKEN": "workspace"}, "no workspace staging: terraform -chdir=terraform/aws-ecs"),
        ({"IMAGE": "my-agent:latest"}, "IMAGE is NAME@sha256:DIGEST"),
        ({"MODULE": "aws-ec2"}, "MODULE is a folder of terraform/ that runs an image"),
    ],
)
def test_it_says_what_is_missing(cloud: Cloud, env: dict[str, str], message: str) -> None:
    done = cloud.run("deploy", **{"IMAGE": NEW} | env)
    assert (done.returncode, done.stdout) == (1, "") and message in done.stderr
    assert not (cloud.state / "outputs").exists()


@pytest.mark.parametrize("module", IMAGES)
def test_the_contract_is_that_of_the_image(project: Path, module: str) -> None:
    text = "".join(p.read_text() for p in (project / "terraform" / module).glob("*.tf"))
    settings = re.search(r"settings = merge\(\{(.*?)\}, var\.settings\)", text, re.S)
    assert settings
    told = dict(re.findall(r"(\w+) += (.*)", settings[1]))
    lines = (project / ".env.production.template").read_text().splitlines()
    known = {line.partition("=")[0] for line in lines if "=" in line}
    image = (project / "docker/Dockerfile").read_text()
    assert set(told) <= known | {"AGENT_HOST", "AGENT_PORT", "AGENT_DRAIN_SECONDS"}
    assert "EXPOSE 8080" in image and re.search(r"container_?[pP]ort +?= 8080", text)
    assert {"/live", "/ready"} <= set(re.findall(r'"(/(?:live|ready))"', text))
    assert re.search(r"AGENT_HOST=(\S+)", image)[1] == told["AGENT_HOST"].strip('"')
    for need in "AGENT_API_KEYS", "AGENT_STORE_URL":
        assert f'"{need}"' in text


def test_tasks_drain_as_long_as_containers_of_compose(project: Path) -> None:
    text = (project / "terraform/aws-ecs/main.tf").read_text()
    compose = (project / "docker/compose.yaml").read_text()
    grace = re.search(r"stop_grace_period: (\d+)s", compose)
    assert grace and re.search(r"drain += (\d+)", text)[1] == str(int(grace[1]) - 5)
    assert "stopTimeout = local.drain + 5" in text


def test_nothing_is_open_by_default(project: Path) -> None:
    for path in project.glob("terraform/*/*.tf"):
        for block in re.findall(r'variable "callers" \{.*?\n\}', path.read_text(), re.S):
            assert "default" not in block or "default     = []" in block
        ingress = re.findall(r'_ingress_rule" .*?\n\}', path.read_text(), re.S)
        assert not [rule for rule in ingress if "0.0.0.0/0" in rule]
