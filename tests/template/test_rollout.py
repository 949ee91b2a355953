"""scripts/rollout.sh: what runs in production, and who gets the requests, after each step."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.template import kubernetes

OLD, NEW, BROKEN = (
    f"r.example/{n}@sha256:{d * 64}" for n, d in (("a", "1"), ("a", "2"), ("broken", "3"))
)
PRODUCTION = {"agent": OLD, "agent-worker": OLD}
EVERYONE = {"app.kubernetes.io/name": "agent", "app.kubernetes.io/component": "service"}
Rollout = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = kubernetes.make(tmp_path / "my-agent", store="postgres")
    pinned = folder / "k8s/overlays/production/kustomization.yaml"
    name, _, digest = OLD.partition("@")
    lines = [
        line.split(":")[0] + f": {name if 'newName' in line else digest}"
        if line.strip().startswith(("newName:", "digest:"))
        else line
        for line in pinned.read_text().splitlines()
    ]
    pinned.write_text("\n".join(lines) + "\n")
    (tmp_path / "bin").mkdir()
    kubectl = tmp_path / "bin/kubectl"
    stand_in = Path(kubernetes.__file__).with_name("kubectl.py")
    kubectl.write_text(f'#!/bin/sh\nexec {sys.executable} {stand_in} "$@"\n')
    kubectl.chmod(0o755)
    return folder


@pytest.fixture
def rollout(project: Path) -> Rollout:
    bin_, real = project.parent / "bin", shutil.which("kubectl")
    assert real
    env = os.environ | {"REAL_KUBECTL": real, "CLUSTER": str(project.parent / "cluster.json")}
    env["PATH"] = f"{bin_}:{env['PATH']}"
    first = [
        str(bin_ / "kubectl"),
        "apply",
        "--kustomize",
        str(project / "k8s/overlays/production"),
    ]
    subprocess.run(first, env=env, check=True)

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(project / "scripts/rollout.sh"), *arguments]
        return subprocess.run(command, env=env, cwd="/", capture_output=True, text=True)

    return call


def cluster(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project.parent / "cluster.json").read_text())
    return found


def running(project: Path) -> dict[str, str]:
    return {
        name.partition("/")[2]: one["spec"]["template"]["spec"]["containers"][0]["image"]
        for name, one in cluster(project).items()
        if name.startswith("deployment/")
    }


def traffic(project: Path) -> dict[str, str]:
    selector: dict[str, str] = cluster(project)["service/agent"]["spec"]["selector"]
    return selector


def kinds(project: Path) -> set[str]:
    return {name for name in cluster(project) if not name.startswith("configmap/")}


def test_a_canary_is_promoted(project: Path, rollout: Rollout) -> None:
    before = kinds(project)
    done = rollout("canary", NEW)
    assert done.returncode == 0, done.stderr
    assert running(project) == PRODUCTION | {"agent-canary": NEW}
    assert traffic(project) == EVERYONE
    assert rollout("promote").returncode == 0
    assert running(project) == dict.fromkeys(PRODUCTION, NEW)
    assert kinds(project) == before
    pinned = (project / "k8s/overlays/production/kustomization.yaml").read_text()
    assert NEW.partition("@")[2] in pinned and OLD.partition("@")[2] not in pinned


def test_ab_divides_callers_and_ends_like_a_canary(project: Path, rollout: Rollout) -> None:
    before = kinds(project)
    for last in "promote", "abort":
        done = rollout("ab", NEW)
        assert done.returncode == 0, done.stderr
        assert traffic(project) == EVERYONE | {"app.kubernetes.io/component": "split"}
        assert {"agent-canary", "agent-split"} < set(running(project))
        assert rollout(last).returncode == 0
        assert running(project) == dict.fromkeys(PRODUCTION, NEW)
        assert (kinds(project), traffic(project)) == (before, EVERYONE)


def test_a_canary_has_the_new_manifests_and_production_the_old_ones(
    project: Path, rollout: Rollout
) -> None:
    old = cluster(project)["deployment/agent"]
    changed = project / "config/policies.yaml"
    changed.write_text(changed.read_text().replace("60/minute", "61/minute"))
    assert rollout("canary", NEW).returncode == 0
    assert cluster(project)["deployment/agent"] == old
    new = cluster(project)["deployment/agent-canary"]["spec"]["template"]["spec"]["volumes"]
    name = next(v["configMap"]["name"] for v in new if v["name"] == "config")
    assert "61/minute" in cluster(project)[f"configmap/{name}"]["data"]["policies.yaml"]
    assert rollout("abort").returncode == 0
    assert cluster(project)["deployment/agent"] == old and running(project) == PRODUCTION


def test_blue_green_switches_back_and_forth(project: Path, rollout: Rollout) -> None:
    before = kinds(project)
    assert rollout("blue-green", NEW).returncode == 0
    assert running(project) == PRODUCTION | {"agent-green": NEW}
    for track in "green", "stable", "green":
        assert rollout("switch", track).returncode == 0
        assert traffic(project) == EVERYONE | {"track": track}
        assert running(project)["agent"] == OLD
    assert rollout("abort").returncode == 0
    assert (running(project), traffic(project)) == (PRODUCTION, EVERYONE)
    assert kinds(project) == before


def test_blue_green_is_promoted(project: Path, rollout: Rollout) -> None:
    assert rollout("blue-green", NEW).returncode == 0
    assert rollout("promote").returncode == 0
    assert running(project) == dict.fromkeys(PRODUCTION, NEW)
    assert traffic(project) == EVERYONE
    state = (project / "k8s/rollouts/blue-green/traffic.yaml").read_text()
    assert "track: stable\n" in state


@pytest.mark.parametrize("way", ["canary", "blue-green"])
def test_what_does_not_become_ready_goes(way: str, project: Path, rollout: Rollout) -> None:
    before = cluster(project)
    done = rollout(way, BROKEN)
    assert done.returncode == 1 and "production is as it was" in done.stderr
    assert (running(project), traffic(project)) == (PRODUCTION, EVERYONE)
    assert cluster(project)["deployment/agent"] == before["deployment/agent"]


def test_mistakes_are_told(project: Path, rollout: Rollout) -> None:
    before = cluster(project)
    for arguments, code, said in [
        ([], 2, "scripts/rollout.sh canary IMAGE"),
        (["canary", "r.example/a:latest"], 2, "NAME@sha256:DIGEST"),
        (["promote"], 1, "nothing to promote"),
        (["abort"], 1, "nothing to abort"),
        (["switch", "green"], 1, "there is no green"),
    ]:
        done = rollout(*arguments)
        assert (done.returncode, done.stdout) == (code, "") and said in done.stderr, arguments
        assert cluster(project) == before
    (project.parent / "cluster.json").write_text("no cluster")
    assert rollout("canary", NEW).returncode == 1
    assert NEW[-64:] not in (project / "k8s/rollouts/canary/canary/kustomization.yaml").read_text()
    (project.parent / "cluster.json").write_text(json.dumps(before))
    assert rollout("canary", NEW).returncode == 0
    assert "another rollout" in rollout("blue-green", NEW).stderr


def test_the_script_is_sound(project: Path) -> None:
    script = project / "scripts/rollout.sh"
    subprocess.run(["shellcheck", script], check=True)
    for newer in "declare -A", "mapfile", "readarray", "|&", "&>>", ",,}", "^^}":  # than bash 3.2
        assert newer not in script.read_text()
