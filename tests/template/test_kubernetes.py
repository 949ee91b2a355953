"""The manifests for Kubernetes: built by kubectl, checked by its schemas, and hardened."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.template import kubernetes, projects

VERSIONS = ["1.32", kubernetes_validate.latest_version()]
STORES = list(projects.CATALOG["store"])
DRAIN, PRE_STOP = 30, 5  # AGENT_DRAIN_SECONDS, as docs/DEPLOYMENT.md has it; and of the Deployment


@pytest.fixture(params=STORES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return kubernetes.make(tmp_path / "my-agent", store=request.param)


@pytest.fixture
def objects(project: Path) -> dict[str, kubernetes.Objects]:
    names = kubernetes.overlays(project)
    return {name: kubernetes.build(project / "k8s" / name) for name in names}


def test_every_environment_fits_the_schemas(project: Path, objects: dict[str, Any]) -> None:
    objects["all"] = kubernetes.build(kubernetes.with_components(project, "production"))
    for found in objects.values():
        namespaces = {o["metadata"].get("namespace") for o in found if o["kind"] != "Namespace"}
        assert namespaces == {kubernetes.of(found, "Namespace")[0]["metadata"]["name"]}
        ids = [(o["kind"], o["metadata"]["name"]) for o in found]
        assert len(ids) == len(set(ids)) and not kubernetes.of(found, "Secret")
        for one in found:
            for version in VERSIONS if one["kind"] != "ExternalSecret" else []:
                kubernetes_validate.validate(one, version, strict=True)


def test_pods_are_hardened(objects: dict[str, Any]) -> None:
    for pod in [pod for found in objects.values() for pod in kubernetes.pods(found)]:
        mine = pod["securityContext"]
        assert mine["runAsNonRoot"] and mine["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["serviceAccountName"] == "agent" and not pod["automountServiceAccountToken"]
        assert not pod["enableServiceLinks"], "a Service named agent sets AGENT_PORT"
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert not [v for v in pod["volumes"] if "hostPath" in v]
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            for bounds in container["resources"]["requests"], container["resources"]["limits"]:
                assert {"cpu", "memory", "ephemeral-storage"} == set(bounds)


def test_the_rest_of_the_environments(objects: dict[str, Any]) -> None:
    for name, found in objects.items():
        labels = kubernetes.of(found, "Namespace")[0]["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
        assert not kubernetes.of(found, "ServiceAccount")[0]["automountServiceAccountToken"]
        assert {s["spec"]["type"] for s in kubernetes.of(found, "Service")} == {"ClusterIP"}
        deny = kubernetes.of(found, "NetworkPolicy", "default-deny")[0]["spec"]
        assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        for pod in kubernetes.pods(found) if "development" not in name else []:
            image = pod["containers"][0]["image"]
            assert re.search(r"^nginxinc/nginx-unprivileged:[\d.]+-|@sha256:\w{64}$", image), image


def test_a_new_version_comes_without_a_gap_unless_there_is_one_file(objects: Any) -> None:
    found = objects["overlays/production"]
    service = kubernetes.of(found, "Deployment", "agent")[0]["spec"]
    if kubernetes.of(found, "PersistentVolumeClaim"):
        assert service["replicas"] == 1 and service["strategy"] == {"type": "Recreate"}
        assert list(objects) == [f"overlays/{e}" for e in ("development", "production", "staging")]
        assert not kubernetes.of(found, "HorizontalPodAutoscaler")
    else:
        gap = {"maxSurge": 1, "maxUnavailable": 0}
        assert service["strategy"] == {"type": "RollingUpdate", "rollingUpdate": gap}
        assert "replicas" not in service, "the autoscaler decides"
        scaled = kubernetes.of(found, "HorizontalPodAutoscaler", "agent")[0]["spec"]
        assert 2 <= scaled["minReplicas"] < scaled["maxReplicas"]


def test_the_cluster_gets_the_manifests_byte_for_byte(project: Path, objects: Any) -> None:
    (pod, *_) = kubernetes.pods(objects["overlays/production"])
    maps = {
        o["metadata"]["name"]: o["data"]
        for o in kubernetes.of(objects["overlays/production"], "ConfigMap")
    }
    volumes = {v["name"]: v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v}
    mounts = {m["name"]: Path(m["mountPath"]) for m in pod["containers"][0]["volumeMounts"]}
    given = {
        (mounts[volume] / key).relative_to("/app/config").as_posix(): text
        for volume, name in volumes.items()
        for key, text in maps.get(name, {}).items()
    }
    config = project / "config"
    files = [*config.glob("*.yaml"), *config.glob("environments/*"), config / "manifest.lock"]
    assert given == {p.relative_to(config).as_posix(): p.read_text() for p in files}


def test_it_is_the_service_that_docker_runs(project: Path, objects: dict[str, Any]) -> None:
    """Port, user, probes, limits, time to drain, and the names of the environment."""
    image = (project / "docker/Dockerfile").read_text()
    compose = yaml.safe_load((project / "docker/compose.yaml").read_text())["services"]["agent"]
    found = objects["overlays/production"]
    (pod,) = [o["spec"]["template"]["spec"] for o in kubernetes.of(found, "Deployment", "agent")]
    (container,) = pod["containers"]
    user, group = re.findall(r"^USER (\d+):(\d+)$", image, re.M)[0]
    assert [pod["securityContext"][k] for k in ("runAsUser", "runAsGroup")] == [
        int(user), int(group),
    ]  # fmt: skip
    (port,) = container["ports"]
    assert f"EXPOSE {port['containerPort']}\n" in image
    assert f'CMD ["{container["args"][0]}"]' in image
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready" and '"/ready"]' in image
    for probe in "startupProbe", "livenessProbe":  # which ask no store
        assert container[probe]["httpGet"]["path"] == "/live"
    limits = compose["deploy"]["resources"]["limits"]
    mine = container["resources"]["limits"]
    assert (mine["cpu"], mine["memory"]) == (limits["cpus"], limits["memory"] + "i")
    grace = int(compose["stop_grace_period"].removesuffix("s"))
    assert pod["terminationGracePeriodSeconds"] == grace + PRE_STOP == DRAIN + 5 + PRE_STOP
    given = {e["name"]: e["value"] for e in container["env"]}
    assert (given["AGENT_PORT"], given["AGENT_DRAIN_SECONDS"]) == ("8080", str(DRAIN))
    settings = kubernetes.of(found, "ConfigMap", container["envFrom"][0]["configMapRef"]["name"])
    assert settings[0]["data"]["AGENT_ENV"] == "production"
    assert container["envFrom"][1] == {"secretRef": {"name": "agent"}}
    known = (project / "docs/DEPLOYMENT.md").read_text()
    assert all(f"| `{name}` |" in known for name in {*given, *settings[0]["data"]})
