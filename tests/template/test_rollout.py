"""scripts/rollout.sh: what runs in production, and who gets the requests, after each step."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template.cluster import BROKEN, EVERYONE, NEW, OLD, PRODUCTION, Cluster, running


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running(tmp_path) as cluster:
        yield cluster


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
        assert not [name for name in cluster.store.objects if name.startswith("configmaps/split")]


def test_a_canary_has_the_new_manifests_and_production_the_old_ones(cluster: Cluster) -> None:
    old = cluster.spec("deployments/agent")
    changed = cluster.project / "config/policies.yaml"
    changed.write_text(changed.read_text().replace("60/minute", "61/minute"))
    assert cluster.rollout("canary", NEW).returncode == 0
    assert cluster.spec("deployments/agent") == old
    new = cluster.spec("deployments/agent-canary")["template"]["spec"]["volumes"]
    name = next(v["configMap"]["name"] for v in new if v["name"] == "config")
    assert "61/minute" in cluster.store.objects[f"configmaps/{name}"]["data"]["policies.yaml"]
    assert cluster.rollout("abort").returncode == 0
    assert cluster.spec("deployments/agent") == old and cluster.running() == PRODUCTION


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
    before = cluster.spec("deployments/agent")
    done = cluster.rollout(way, BROKEN)
    assert done.returncode == 1 and "production is as it was" in done.stderr
    assert (cluster.running(), cluster.traffic()) == (PRODUCTION, EVERYONE)
    assert cluster.spec("deployments/agent") == before


def test_mistakes_are_told(cluster: Cluster) -> None:
    before = cluster.store.version
    for arguments, code, said in [
        ([], 2, "scripts/rollout.sh canary IMAGE"),
        (["canary", "r.example/a:latest"], 2, "NAME@sha256:DIGEST"),
        (["promote"], 1, "nothing to promote"),
        (["abort"], 1, "nothing to abort"),
        (["switch", "green"], 1, "there is no green"),
    ]:
        done = cluster.rollout(*arguments)
        assert (done.returncode, done.stdout) == (code, "") and said in done.stderr, arguments
        assert cluster.store.version == before
    assert cluster.rollout("canary", NEW, KUBECONFIG="/dev/null").returncode == 1
    pinned = cluster.project / "k8s/rollouts/canary/canary/kustomization.yaml"
    assert NEW[-64:] not in pinned.read_text()
    assert cluster.rollout("canary", NEW).returncode == 0
    assert "another rollout" in cluster.rollout("blue-green", NEW).stderr


def test_the_scripts_are_sound(cluster: Cluster) -> None:
    for name in "rollout.sh", "chart.sh", "deploy.d/kubernetes.sh":
        script = cluster.project / "scripts" / name
        subprocess.run(["shellcheck", script], check=True)
        for newer in "declare -A", "mapfile", "readarray", "|&", "&>>", ",,}", "^^}":
            assert newer not in script.read_text(), "bash 3.2 has no such thing"


def test_deploying_and_going_back(cluster: Cluster) -> None:
    """The steps that scripts/deploy.sh takes."""
    everything = "preflight; prepare; deploy; ready; url"
    cluster.put("secrets", data={"AGENT_API_KEYS": "b64"})
    assert "nothing ran before in my-agent-production" in cluster.bash("rollback").stderr
    for image in OLD, NEW, NEW:
        done = cluster.bash(everything, IMAGE=image)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("http://agent.my-agent-production, in the cluster\n")
        assert cluster.running() == dict.fromkeys(PRODUCTION, image)
    cluster.put("ingresses", spec={"rules": [{"host": "agent.example.com"}]})
    assert cluster.bash("url").stdout == "https://agent.example.com\n"
    assert cluster.bash(everything, IMAGE=BROKEN).returncode == 1
    assert cluster.bash("rollback; ready").returncode == 0
    assert cluster.running() == dict.fromkeys(PRODUCTION, NEW)
    applied = cluster.bash("kube apply view-last-applied deployment/agent").stdout
    assert NEW in applied and BROKEN not in applied, "the next apply starts from what runs"


def test_what_is_missing_is_told_before_anything_is_done(cluster: Cluster) -> None:
    assert "no Secret agent in my-agent-production" in cluster.bash("preflight").stderr
    cluster.put("secrets", data={})
    assert "no AGENT_API_KEYS" in cluster.bash("preflight").stderr
    assert "NAME@sha256:DIGEST" in cluster.bash("preflight", IMAGE="a:latest").stderr
    (cluster.project / "config/manifest.lock").unlink()
    assert "agent lock" in cluster.bash("preflight").stderr
    nowhere = cluster.bash("preflight", KUBECONFIG="/dev/null")
    assert "no cluster answers" in nowhere.stderr
