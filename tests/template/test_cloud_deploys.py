"""scripts/deploy.sh and rollback.sh for the clouds, with stand-ins that record and remember."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.template import clouds, projects

TOOLS = {"cloudrun": "gcloud", "fly": "flyctl", "azure": "az", "heroku": "heroku"}
REGISTRY = {"cloudrun": "europe-west1-docker.pkg.dev/p/i", "azure": "me.azurecr.io"}
URLS = {
    "cloudrun": "https://my-agent.run.app",
    "fly": "https://my-agent-staging.fly.dev",
    "azure": "https://my-agent.example.com",
    "heroku": "https://my-agent-staging.example.com",
}
TOOL = f"""#!{sys.executable}
import sys

sys.path.insert(0, "{projects.ROOT}")
from tests.template.cloud_tools import main

main()
"""


class Cloud:
    """A project, and the commands that it finds: those of one cloud."""

    def __init__(self, target: str, folder: Path, **given: Any):
        self.target, self.state, self.bin = target, folder / "state", folder / "bin"
        self.project = clouds.make(folder / "my-agent", **({"store": "postgres"} | given))
        for name in TOOLS[target], "curl", "docker":
            self.command(self.bin / name, TOOL)
        self.command(self.project / ".venv/bin/agent", "#!/bin/sh\n")
        (self.project / ".venv/bin/python").symlink_to(sys.executable)
        self.state.mkdir()

    def command(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def image(self, version: str) -> str:
        return f"{REGISTRY.get(self.target, 'ghcr.io/me')}/my-agent@sha256:{version:0<64}"

    def run(
        self, script: str, version: str = "", *args: str, broken: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        env = {
            "STATE": str(self.state),
            "BROKEN": broken,
            "VERSION": version,
            "DEPLOY_TIMEOUT": "2",
        }
        env |= {"AZURE_VAULT": "safe", "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}"} | more
        if version:
            env |= {"IMAGE": self.image(version)}
        command = ["bash", f"scripts/{script}.sh", self.target, "staging", *args]
        return subprocess.run(
            command, cwd=self.project, env=os.environ | env, capture_output=True, text=True
        )

    def deploy(self, version: str, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
        return self.run("deploy", version, *args, **more)

    @property
    def told(self) -> Any:
        path = self.state / "cloud.json"
        return json.loads(path.read_text()) if path.exists() else {"running": None, "releases": []}

    def running(self) -> str:
        images = {one["name"]: one["image"] for one in self.told["releases"]}
        image = images.get(self.told["running"], "")
        return image.partition("@sha256:")[2].rstrip("0") or image

    def workers(self) -> set[str]:
        """The versions that the workers have, where the cloud has a file for them."""
        text = json.dumps(self.told.get("workers", {}))
        return {digest.rstrip("0") for digest in re.findall(r"@sha256:(\w+)", text)}


@pytest.fixture(params=TOOLS)
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Cloud:
    return Cloud(request.param, tmp_path)


def test_deploying_and_going_back(cloud: Cloud) -> None:
    for version in "v1", "v2", "v2":
        done = cloud.deploy(version)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"ready: {URLS[cloud.target]}\n" and "s3" not in done.stderr
        assert cloud.running() == version
    assert cloud.run("rollback").returncode == 0
    assert cloud.running() == ("v1" if cloud.target == "fly" else "v2")  # v2 was deployed twice
    assert cloud.deploy("v3").returncode == 0
    back = cloud.run("rollback")
    assert back.returncode == 0 and back.stdout == f"ready: {URLS[cloud.target]}\n", back.stderr
    assert cloud.running() in ("v1", "v2")


def test_what_does_not_get_ready_is_replaced_by_what_was_there(cloud: Cloud) -> None:
    assert cloud.deploy("v1").returncode == 0
    bad = cloud.deploy("bad")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "going back" in bad.stderr and "what ran before is ready again" in bad.stderr
    assert cloud.running() == "v1"
    assert cloud.deploy("v2").returncode == 0
    back = cloud.run("rollback")
    assert back.returncode == 0 and cloud.running() == "v1", back.stderr


def test_the_first_deployment_has_nothing_to_go_back_to(cloud: Cloud) -> None:
    bad = cloud.deploy("bad")
    assert bad.returncode == 1 and "somebody has to look" in bad.stderr and not bad.stdout


def test_a_dry_run_only_tells(cloud: Cloud) -> None:
    cloud.deploy("v1")
    before, asked = cloud.told, (cloud.state / "log").read_text()
    done = cloud.deploy("v2", "--dry-run")
    assert done.returncode == 0 and cloud.told == before
    told = [line.removeprefix("+ ") for line in done.stderr.splitlines() if line[:2] == "+ "]
    assert told and any(line.startswith(TOOLS[cloud.target]) for line in told)
    now = (cloud.state / "log").read_text().removeprefix(asked).splitlines()
    assert not {*told} & {*now}


def test_what_runs_is_the_file_with_the_names_of_the_environment(cloud: Cloud) -> None:
    cloud.deploy("v1")
    given = cloud.told["given"]
    text = json.dumps(given)
    assert "production" not in text and "my-agent-staging" in text + " ".join(URLS.values())
    assert not {"PROJECT", "SUBSCRIPTION", "VAULT", "LOCATION", "REGISTRY"} & {*text.split("/")}
    if cloud.target == "cloudrun":
        assert not clouds.check(clouds.google(), given)
        (volume,) = given["spec"]["template"]["spec"]["volumes"]
        assert volume["secret"]["items"] == [{"key": "7", "path": ".env"}]
    if cloud.target == "azure":
        assert not clouds.check(clouds.azure("appcontainers", "ContainerApp"), given)


@pytest.mark.parametrize(
    ("target", "version", "broken", "message"),
    [
        ("cloudrun", "v1", "login", "gcloud auth login"),
        ("cloudrun", "v1", "project", "which project?"),
        ("cloudrun", "v1", "run/region", "which region?"),
        ("cloudrun", "v1", "secret", "no secret my-agent-staging in my-project"),
        ("cloudrun", "v1", "image", "no image europe-west1-docker.pkg.dev"),
        ("cloudrun", "", "", "IMAGE is NAME@sha256:DIGEST"),
        ("fly", "v1", "login", "flyctl auth login"),
        ("fly", "v1", "my-agent-staging", "no app my-agent-staging: flyctl apps create"),
        ("fly", "v1", "keys", "my-agent-staging has no AGENT_API_KEYS"),
        ("azure", "v1", "login", "az login"),
        ("azure", "v1", "group", "no resource group my-agent-staging"),
        ("azure", "v1", "acr", "no image me.azurecr.io"),
        ("azure", "v1", "keyvault", "no secret my-agent-staging in safe"),
        ("azure", "", "", "IMAGE is NAME.azurecr.io/NAME@sha256:DIGEST"),
        ("heroku", "v1", "login", "heroku login"),
        ("heroku", "v1", "my-agent-staging", "no app my-agent-staging: heroku create"),
        ("heroku", "v1", "keys", "my-agent-staging has no AGENT_API_KEYS"),
        ("heroku", "v1", "docker", "Docker does not answer"),
    ],
)
def test_it_says_what_is_missing(
    target: str, version: str, broken: str, message: str, tmp_path: Path
) -> None:
    cloud = Cloud(target, tmp_path)
    done = cloud.deploy(version, broken=broken)
    assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr
    assert not done.stdout and "+ " not in done.stderr and not cloud.told["releases"]


def test_a_file_as_the_store_needs_a_volume(cloud: Cloud, tmp_path: Path) -> None:
    other = Cloud(cloud.target, tmp_path / "sqlite", store="sqlite")
    done = other.deploy("v1")
    if cloud.target == "fly":
        assert done.returncode == 0 and "--ha=false" in other.told["given"]
    else:
        assert done.returncode == 1 and "store_url of config/memory.yaml is a file" in done.stderr
        assert not other.told["releases"]
