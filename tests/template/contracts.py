"""How each target runs the service, read from the files it writes: one reader for each way."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.template import clouds, projects
from tests.template.test_lambda import Tags

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


def _lambda(project: Path) -> Facts:
    """A function has no port and no probe; the secrets of the providers are named one by one."""
    found = yaml.load((project / "lambda/template.yaml").read_text(), Tags)
    variables = found["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    named = {name for name, value in variables.items() if value == f"aws://${{Secret}}#{name}"}
    variables_of = [part.get("env", []) for part in projects.CATALOG["provider"].values()]
    keys = {one["name"] for every in variables_of for one in every if one.get("secret")}
    chosen = found["Parameters"][variables["AGENT_ENV"]]["AllowedValues"]
    given = {name: value for name, value in variables.items() if value and name not in named}
    return {
        "env": given | {"AGENT_ENV": chosen[-1]},
        "settings": named == keys | {"AGENT_API_KEYS", "AGENT_STORE_URL"},
    }


def _module(project: Path, name: str) -> tuple[str, Facts]:
    """The text of a module, and what those that run an image say in the same words."""
    text = "".join(path.read_text() for path in (project / "terraform" / name).glob("*.tf"))
    given = re.findall(r"settings = merge\(\{(.*?)\}, var\.settings\)", text, re.S)
    told = re.findall(r"^ +(\w+) += (.*?)(?: +#.*)?$", "".join(given), re.M)
    drain = "".join(re.findall(r"^  drain += (\d+)$", text, re.M))
    known = {"var.environment": _chosen(text), "tostring(local.drain)": drain}
    needed = re.findall(r'setsubtract\(\["(.*?)"\], keys\(var\.secrets\)\)\) == 0', text)
    ports = {int(port) for port in re.findall(r"container_?[pP]ort +?= (\d+)", text)}
    return text, {
        "port": min(ports, default=8080),
        "probed": ports or {8080},
        "probes": set(re.findall(r'"(/(?:live|ready))"', text)),
        "env": {key: known.get(value, value.strip('"')) for key, value in told},
        "settings": needed == ['AGENT_API_KEYS", "AGENT_STORE_URL'] and "in var.secrets :" in text,
    }


def _chosen(text: str) -> str:
    """The environment, where production is one that can be chosen."""
    return "production" if 'contains(["staging", "production"], var.environment)' in text else ""


def _ecs(project: Path) -> Facts:
    text, facts = _module(project, "aws-ecs")
    assert "stopTimeout = local.drain + 5" in text
    return facts | {"grace": int(facts["env"]["AGENT_DRAIN_SECONDS"]) + 5}


def _terraform_cloudrun(project: Path) -> Facts:
    text, facts = _module(project, "gcp-cloudrun")
    whole = facts["settings"] or "for_each = var.secrets" in text
    return facts | {"settings": whole, "grace": 10}


def _ec2(project: Path) -> Facts:
    """A machine with the unit of systemd, whose file of settings is one secret."""
    text, _ = _module(project, "aws-ec2")
    start = (project / "terraform/aws-ec2/start.sh").read_text()
    assert "Environment=AGENT_ENV=%s\\n' '${environment}'" in start and "make service" in start
    unit = _systemd(project)
    written = "--secret-id '${secret}'" in start and '>"/etc/$name/env"' in start
    return unit | {
        "env": unit["env"] | {"AGENT_ENV": _chosen(text)},
        "settings": unit["settings"] and written,
    }


READERS = {
    "docker": [_docker],
    "kubernetes": [_kubernetes],
    "systemd": [_systemd],
    "cloudrun": [_cloudrun],
    "fly": [_fly],
    "azure": [_azure, _azure_instances],
    "heroku": [_heroku],
    "lambda": [_lambda],
    "terraform": [_ecs, _terraform_cloudrun, _ec2],
}
