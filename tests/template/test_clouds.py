"""What Cloud Run, Fly.io and Azure take, and the names that they allow."""

import base64
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.template import clouds, projects

STORES = list(projects.CATALOG["store"])


@pytest.fixture(params=STORES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return clouds.make(tmp_path / "my-agent", store=request.param)


def test_google_takes_the_service(project: Path) -> None:
    service = clouds.read(project, "cloudrun/service.yaml")
    assert not clouds.check(clouds.google(), service)
    known = clouds.google_annotations()
    for kind, meta in (
        ("Service", service["metadata"]),
        ("Revision", service["spec"]["template"]["metadata"]),
    ):
        for name in meta["annotations"]:
            assert kind in known[name], name
    assert clouds.check(clouds.google(), service | {"specs": {}})


@pytest.mark.parametrize(
    ("name", "package", "model"),
    [
        ("containerapp", "appcontainers", "ContainerApp"),
        ("container-group", "containerinstance", "ContainerGroup"),
    ],
)
def test_microsoft_takes_the_resources(project: Path, name: str, package: str, model: str) -> None:
    schema = clouds.azure(package, model)
    resource = clouds.read(project, f"azure/{name}.yaml")
    assert not clouds.check(schema, resource)
    resource["properties"]["ipAdress"] = {}
    assert clouds.check(schema, resource)


def test_fly_takes_its_file(project: Path) -> None:
    app = clouds.read(project, "fly/fly.toml")
    assert not clouds.check(clouds.FLY, app)
    one = "sqlite" in (project / "config/memory.yaml").read_text()
    mounts = [mount["destination"] for mount in app.get("mounts", [])]
    assert mounts == (["/app/data"] if one else [])
    assert app["http_service"]["min_machines_running"] == (1 if one else 2)
    assert f"--ha={str(not one).lower()}" in (project / "scripts/deploy.d/fly.sh").read_text()


@pytest.mark.parametrize("name", ["a", "a" * 63, "a234567890123456-8-0123"])
def test_names_are_as_long_as_they_may_be(name: str, tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "x", clouds.BASE, name=name)
    service = clouds.read(folder, "cloudrun/service.yaml")
    assert len(service["metadata"]["name"]) <= 63
    account = service["spec"]["template"]["spec"]["serviceAccountName"].partition("@")[0]
    assert re.fullmatch("[a-z][a-z0-9-]{4,28}[a-z0-9]", account)
    app = clouds.read(folder, "azure/containerapp.yaml")["name"]
    assert re.fullmatch("(?!.*--)[a-z][a-z0-9-]{0,30}[a-z0-9]", app)
    assert not clouds.check(clouds.FLY, clouds.read(folder, "fly/fly.toml"))
    heroku = (folder / "scripts/deploy.d/heroku.sh").read_text()
    assert len(re.findall(r"HEROKU_APP:-(.*?)-\$", heroku)[0] + "-production") <= 30


def test_the_documented_settings_of_container_instances(project: Path) -> None:
    """The commands of docs/DEPLOYMENT.md, up to the one that talks to Azure."""
    secret = "AGENT_API_KEYS=alice:s/3&+|\n" * 9
    (project / ".env.production").write_text(secret)
    text = (project / "docs/DEPLOYMENT.md").read_text()
    (script,) = re.findall(
        r"^mkdir -p build && umask.*?(?=^az container create)", text, re.M | re.S
    )
    script = script.replace("$(az account show --query id --output tsv)", "0-1")
    env = {"PATH": "/usr/bin:/bin", "IMAGE": "me.azurecr.io/my-agent@sha256:0"}
    subprocess.run(["bash", "-ec", script], cwd=project, env=env, check=True)
    made = clouds.read(project, "build/container-group.yaml")
    assert (project / "build/container-group.yaml").stat().st_mode & 0o077 == 0
    assert base64.b64decode(made["properties"]["volumes"][0]["secret"][".env"]).decode() == secret
    (container,) = made["properties"]["containers"]
    assert container["properties"]["image"] == env["IMAGE"]
    words = re.findall(r"\b[A-Z]{4,}\b", yaml.safe_dump(made["properties"]["subnetIds"]))
    assert not words and "SETTINGS" not in yaml.safe_dump(made)
