"""scripts/rollout.sh: what runs in production, and who gets the requests, after each step."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.template.cluster import BROKEN, EVERYONE, NEW, OLD, PRODUCTION, Cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def test_a_canary_is_promoted(cluster: Cluster) -> None:
    before = cluster.kinds()
    done = cluster.rollout("canary", NEW)
    assert done.returncode == 0, done.stderr
    assert cluster.running() == PRODUCTION | {"agent-canary": NEW}
    assert cluster.traffic() == EVERYONE
    assert cluster.rollout("promote").returncode == 0
    assert cluster.running() == dict.fromkeys(PRODUCTION, NEW)
    assert cluster.kinds() == before
    pinned = (cluster.project / "k8s/overlays/production/kustomization.yaml").read_text()
    assert NEW.partition("@")[2] in pinned and OLD.partition("@")[2] not in pinned


def test_ab_divides_callers_and_ends_like_a_canary(cluster: Cluster) -> None:
    before = cluster.kinds()
    for last in "promote", "abort":
        done = cluster.rollout("ab", NEW)
        assert done.returncode == 0, done.stderr
        assert cluster.traffic() == EVERYONE | {"app.kubernetes.io/component": "split"}
        assert {"agent-canary", "agent-split"} < set(cluster.running())
        assert cluster.rollout(last).returncode == 0
        assert cluster.running() == dict.fromkeys(PRODUCTION, NEW)
        assert (cluster.kinds(), cluster.traffic()) == (before, EVERYONE)


def test_a_canary_has_the_new_manifests_and_production_the_old_ones(cluster: Cluster) -> None:
    old = cluster.objects()["deployment/agent"]
    changed = cluster.project / "config/policies.yaml"
    changed.write_text(changed.read_text().replace("60/minute", "61/minute"))
    assert cluster.rollout("canary", NEW).returncode == 0
    assert cluster.objects()["deployment/agent"] == old
    new = cluster.objects()["deployment/agent-canary"]["spec"]["template"]["spec"]["volumes"]
    name = next(v["configMap"]["name"] for v in new if v["name"] == "config")
    assert "61/minute" in cluster.objects()[f"configmap/{name}"]["data"]["policies.yaml"]
    assert cluster.rollout("abort").returncode == 0
    assert cluster.objects()["deployment/agent"] == old and cluster.running() == PRODUCTION


def test_blue_green_switches_back_and_forth(cluster: Cluster) -> None:
    before = cluster.kinds()
    assert cluster.rollout("blue-green", NEW).returncode == 0
    assert cluster.running() == PRODUCTION | {"agent-green": NEW}
    for track in "green", "stable", "green":
        assert cluster.rollout("switch", track).returncode == 0
        assert cluster.traffic() == EVERYONE | {"track": track}
        assert cluster.running()["agent"] == OLD
    assert cluster.rollout("abort").returncode == 0
    assert (cluster.running(), cluster.traffic()) == (PRODUCTION, EVERYONE)
    assert cluster.kinds() == before


def test_blue_green_is_promoted(cluster: Cluster) -> None:
    assert cluster.rollout("blue-green", NEW).returncode == 0
    assert cluster.rollout("promote").returncode == 0
    assert cluster.running() == dict.fromkeys(PRODUCTION, NEW)
    assert cluster.traffic() == EVERYONE
    state = (cluster.project / "k8s/rollouts/blue-green/traffic.yaml").read_text()
    assert "track: stable\n" in state


@pytest.mark.parametrize("way", ["canary", "blue-green"])
def test_what_does_not_become_ready_goes(way: str, cluster: Cluster) -> None:
    before = cluster.objects()
    done = cluster.rollout(way, BROKEN)
    assert done.returncode == 1 and "production is as it was" in done.stderr
    assert (cluster.running(), cluster.traffic()) == (PRODUCTION, EVERYONE)
    assert cluster.objects()["deployment/agent"] == before["deployment/agent"]


def test_mistakes_are_told(cluster: Cluster) -> None:
    before = cluster.objects()
    for arguments, code, said in [
        ([], 2, "scripts/rollout.sh canary IMAGE"),
        (["canary", "r.example/a:latest"], 2, "NAME@sha256:DIGEST"),
        (["promote"], 1, "nothing to promote"),
        (["abort"], 1, "nothing to abort"),
        (["switch", "green"], 1, "there is no green"),
    ]:
        done = cluster.rollout(*arguments)
        assert (done.returncode, done.stdout) == (code, "") and said in done.stderr, arguments
        assert cluster.objects() == before
    cluster.state.write_text("no cluster")
    assert cluster.rollout("canary", NEW).returncode == 1
    assert NEW[-64:] not in (cluster.project / "k8s/rollouts/canary/canary/kustomization.yaml").read_text()
    cluster.state.write_text(json.dumps(before))
    assert cluster.rollout("canary", NEW).returncode == 0
    assert "another rollout" in cluster.rollout("blue-green", NEW).stderr


def test_the_script_is_sound(cluster: Cluster) -> None:
    script = cluster.project / "scripts/rollout.sh"
    subprocess.run(["shellcheck", script], check=True)
    plugin = cluster.project / "scripts/deploy.d/kubernetes.sh"
    subprocess.run(["shellcheck", plugin], check=True)
    for newer in "declare -A", "mapfile", "readarray", "|&", "&>>", ",,}", "^^}":  # than bash 3.2
        assert newer not in script.read_text() + plugin.read_text()


def test_deploying_and_going_back(cluster: Cluster) -> None:
    """The steps that scripts/deploy.sh takes."""
    everything = "preflight; prepare; deploy; ready; url"
    cluster.put(**{"secret/agent": "b64"})
    for image in OLD, NEW, NEW:
        done = cluster.bash(everything, IMAGE=image)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("http://agent.my-agent-production, in the cluster\n")
        assert cluster.running() == dict.fromkeys(PRODUCTION, image)
    cluster.put(**{"ingress/agent": "agent.example.com"})
    assert cluster.bash("url").stdout == "https://agent.example.com\n"
    assert cluster.bash(everything, IMAGE=BROKEN).returncode == 1
    assert cluster.bash("rollback; ready").returncode == 0
    assert cluster.running() == dict.fromkeys(PRODUCTION, NEW)


def test_what_is_missing_is_told_before_anything_is_done(cluster: Cluster) -> None:
    cluster.put(**{"secret/agent": ""})
    assert "no AGENT_API_KEYS" in cluster.bash("preflight").stderr
    assert "NAME@sha256:DIGEST" in cluster.bash("preflight", IMAGE="a:latest").stderr
    (cluster.project / "config/manifest.lock").unlink()
    assert "agent lock" in cluster.bash("preflight").stderr
    cluster.state.write_text("no cluster")
    assert "no cluster answers" in cluster.bash("preflight").stderr
