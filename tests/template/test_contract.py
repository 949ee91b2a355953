"""Every target runs the same service: port, probes, environment, secrets, time to drain."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.template import clouds, projects

DRAIN = 30  # AGENT_DRAIN_SECONDS, as docs/DEPLOYMENT.md has it
NO_PLATFORM = {"nginx", "monitoring"}  # are for the service, and do not run it
ELSEWHERE = {"lambda", "terraform"}  # test_lambda.py and test_terraform.py compare them
Facts = dict[str, Any]


def _docker(project: Path) -> Facts:
    image = (project / "docker/Dockerfile").read_text()
    agent = yaml.safe_load((project / "docker/compose.yaml").read_text())["services"]["agent"]
    return {
        "port": int(re.findall(r"^EXPOSE (\d+)$", image, re.M)[0]),
        "probes": set(re.findall(r'"(/ready|/live)"', image)),
        "env": dict(re.findall(r"(AGENT_ENV)=(\w+)", image)),
        "settings": "../${ENV_FILE:-.env}" in [one["path"] for one in agent["env_file"]],
    }


def _kubernetes(project: Path) -> Facts:
    deployment = yaml.safe_load((project / "k8s/version/deployment.yaml").read_text())
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    settings = (project / "k8s/base/kustomization.yaml").read_text()
    overlay = (project / "k8s/overlays/production/kustomization.yaml").read_text()
    given = {e["name"]: e["value"] for e in container["env"]}
    probes = [container[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness")]
    return {
        "port": container["ports"][0]["containerPort"],
        "probes": {probe["httpGet"]["path"] for probe in probes},
        "env": given | dict(re.findall(r"\b([A-Z_]+)=(\w+)", settings + overlay)),
        "settings": {"secretRef": {"name": "agent"}} in container["envFrom"],
    }


def _systemd(project: Path) -> Facts:
    unit = (project / "systemd/my-agent.service").read_text()
    return {
        "env": dict(re.findall(r"^Environment=(\w+)=(\S+)$", unit, re.M)),
        "settings": "LoadCredential=.env:/etc/my-agent/env" in unit,
    }


def _cloudrun(project: Path) -> Facts:
    spec = clouds.read(project, "cloudrun/service.yaml")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    probes = [container["startupProbe"], container["livenessProbe"]]
    (mount,), (volume,) = container["volumeMounts"], spec["volumes"]
    return {
        "port": container["ports"][0]["containerPort"],
        "probes": {probe["httpGet"]["path"] for probe in probes},
        "probed": {probe["httpGet"]["port"] for probe in probes},
        "env": (env := {e["name"]: e["value"] for e in container["env"]}),
        "settings": env["CREDENTIALS_DIRECTORY"] == mount["mountPath"]
        and [item["path"] for item in volume["secret"]["items"]] == [".env"],
        "grace": 10,
    }


def _fly(project: Path) -> Facts:
    app = clouds.read(project, "fly/fly.toml")
    (check,) = app["http_service"]["checks"]
    return {
        "port": app["http_service"]["internal_port"],
        "probes": {check["path"], app["checks"]["live"]["path"]},
        "probed": {app["checks"]["live"]["port"], app["metrics"][0]["port"]},
        "env": app["env"],
        "settings": "secrets import" in (project / "docs/DEPLOYMENT.md").read_text(),
        "grace": int(app["kill_timeout"].removesuffix("s")),
    }


def _azure(project: Path) -> Facts:
    template = clouds.read(project, "azure/containerapp.yaml")["properties"]["template"]
    (container,), (volume,) = template["containers"], template["volumes"]
    ingress = clouds.read(project, "azure/containerapp.yaml")["properties"]["configuration"]
    return {
        "port": ingress["ingress"]["targetPort"],
        "probes": {probe["httpGet"]["path"] for probe in container["probes"]},
        "probed": {probe["httpGet"]["port"] for probe in container["probes"]},
        "env": (env := {e["name"]: e["value"] for e in container["env"]}),
        "settings": env["CREDENTIALS_DIRECTORY"] == container["volumeMounts"][0]["mountPath"]
        and volume["secrets"] == [{"secretRef": "settings", "path": ".env"}],
        "grace": template["terminationGracePeriodSeconds"],
    }


def _azure_instances(project: Path) -> Facts:
    group = clouds.read(project, "azure/container-group.yaml")["properties"]
    (container,) = [one["properties"] for one in group["containers"]]
    probes = [container["livenessProbe"], container["readinessProbe"]]
    (volume,) = group["volumes"]
    return {
        "port": container["ports"][0]["port"],
        "probes": {probe["httpGet"]["path"] for probe in probes},
        "probed": {probe["httpGet"]["port"] for probe in probes}
        | {port["port"] for port in group["ipAddress"]["ports"]},
        "env": (env := {e["name"]: e["value"] for e in container["environmentVariables"]}),
        "settings": env["CREDENTIALS_DIRECTORY"] == container["volumeMounts"][0]["mountPath"]
        and list(volume["secret"]) == [".env"],
    }


def _heroku(project: Path) -> Facts:
    """Heroku says the port and watches that, and deploy.sh asks for /ready."""
    settings = (project / "heroku/settings.env").read_text()
    return {
        "env": dict(re.findall(r"^(\w+)=(.*)$", settings, re.M)),
        "settings": "xargs heroku config:set" in (project / "docs/DEPLOYMENT.md").read_text(),
        "grace": 30,
    }


READERS = {
    "docker": [_docker],
    "kubernetes": [_kubernetes],
    "systemd": [_systemd],
    "cloudrun": [_cloudrun],
    "fly": [_fly],
    "azure": [_azure, _azure_instances],
    "heroku": [_heroku],
}


def test_every_target_runs_the_same_service(tmp_path: Path) -> None:
    """One port, both probes, production's name, and all settings and secrets at once, by reference.

    No target lists the secrets of the catalog one by one, so none can miss one that another has.
    """
    assert {*READERS} | NO_PLATFORM | ELSEWHERE == {*projects.CATALOG["target"]}, (
        "how does the new one do it?"
    )
    project = projects.make(tmp_path / "my-agent", projects.FULL)
    documented = set(
        re.findall(r"^\| `(\w+)` \|", (project / "docs/DEPLOYMENT.md").read_text(), re.M)
    )
    listed = set(re.findall(r"^(\w+)=", (project / ".env.production.template").read_text(), re.M))
    parts = [p for kind in projects.CATALOG.values() for k, p in kind.items() if k != "redis"]
    of_parts = {variable["name"] for part in parts for variable in part.get("env", [])}
    assert of_parts <= listed
    for target, readers in READERS.items():
        for facts in [read(project) for read in readers]:
            env = facts["env"]
            assert facts.get("port", 8080) == 8080 and facts.get("probed", {8080}) == {8080}, target
            assert env.get("AGENT_PORT", "8080") == "8080", target
            assert facts["settings"] and env["AGENT_ENV"] == "production", target
            assert {*env} <= documented | {"CREDENTIALS_DIRECTORY"}, target
            assert env.get("LOG_FORMAT", "json") == "json", target
            assert env.get("AGENT_METRICS_PORT", "8080") == "8080", target  # of a worker
            assert of_parts & {*env} <= {"AGENT_METRICS_PORT"}, target
            if target not in ("systemd", "heroku"):  # who restart what ends, and do not ask
                assert "/ready" in facts["probes"], target
            if "grace" in facts:
                drain = int(env["AGENT_DRAIN_SECONDS"])
                assert drain <= DRAIN and drain + 3 <= facts["grace"], target
