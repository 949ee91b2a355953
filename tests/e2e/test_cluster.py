"""The manifests and scripts for Kubernetes, in a real cluster with pods that really run.

It enforces no NetworkPolicy and no Pod Security, and has no metrics: tests/template holds these
parts of the manifests to what they should say.
"""

import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e import kube
from tests.e2e.on_kubernetes import ADDRESS, Project

HELM = str(kube.CACHE / "helm/helm")
pytestmark = pytest.mark.long
OLD, NEW = '{"status":"alive"}', '{"status":"new"}'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("cluster")
    with kube.running(folder) as machine:
        machine.start("redis-server", "--bind", ADDRESS, "--protected-mode", "no", "--save", "")
        yield Project(machine, folder)


def deploy(project: Project, environment: str, image: str, **env: str) -> None:
    done = project.script("deploy", "kubernetes", environment, IMAGE=image, **env)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"ready: http://agent.my-agent-{environment}, in the cluster\n"


def test_deploying_without_a_gap_and_going_back(project: Project) -> None:
    project.prepare("staging", AGENT_MODEL_MODE="offline", AGENT_EXECUTE="false")  # workers do
    with project.variable("OF_THE_OLD_ONE"):
        deploy(project, "staging", project.old)
    url = project.address("staging")
    assert project.ask(url, "Hello") == "succeeded"
    with project.asking(url) as told:
        deploy(project, "staging", project.new)
    assert set(told) == {OLD, NEW}, "each caller gets an answer, while the version changes"
    assert "OF_THE_OLD_ONE" not in project.variables()
    with project.asking(url) as told:
        done = project.script("rollback", "kubernetes", "staging")
    assert done.returncode == 0 and set(told) == {OLD, NEW}
    assert "OF_THE_OLD_ONE" in project.variables()
    with project.asking(url) as told:
        done = project.script(
            "deploy", "kubernetes", "staging", IMAGE=project.broken, DEPLOY_TIMEOUT="30"
        )
    assert done.returncode == 1 and "what ran before is ready again" in done.stderr, done.stderr
    assert set(told) == {OLD} and project.ask(url, "Hello") == "succeeded"
    deploy(project, "staging", project.old)
    assert "OF_THE_OLD_ONE" not in project.variables(), "kubectl has lost track of what it applied"
    project.node.say("kubectl", "delete", "namespace", "my-agent-staging")


@pytest.fixture(scope="module")
def url(project: Project) -> str:
    """Of production, where OLD runs, as the pipeline has brought it there."""
    project.prepare("production", OPENAI_API_KEY="of-nobody")
    pipeline = project.be_the_pipeline()
    deploy(project, "production", project.old, KUBECONFIG=pipeline)
    asked = "kubectl", f"--kubeconfig={pipeline}", "--namespace=kube-system", "get", "secrets"
    assert "forbidden" in project.node.run(*asked).stderr
    return project.address("production")


def rollout(project: Project, *arguments: str) -> None:
    done = project.script("rollout", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_blue_green_switches_promotes_and_aborts(project: Project, url: str) -> None:
    with project.asking(url) as told:
        rollout(project, "blue-green", project.new)
        green = project.address("production", "agent-green")
        assert (project.version(url), project.version(green)) == ("alive", "new")
    assert set(told) == {OLD}, "green gets no requests yet"
    with project.asking(url) as told:
        for track, version in ("green", "new"), ("stable", "alive"):
            rollout(project, "switch", track)
            project.wait_for(url, version)
        rollout(project, "promote")
    assert set(told) == {OLD, NEW}, "and nothing else, whatever moves"
    assert project.running() == dict.fromkeys(("agent", "agent-worker"), project.new)
    with project.asking(url) as told:
        rollout(project, "blue-green", project.old)
        rollout(project, "switch", "green")
        project.wait_for(url, "alive")
        rollout(project, "abort")
        project.wait_for(url, "new")
    assert set(told) == {OLD, NEW}
    assert project.running() == dict.fromkeys(("agent", "agent-worker"), project.new)


def test_a_canary_gets_its_share_or_goes(project: Project, url: str) -> None:
    before, version = project.running(), project.version(url)
    other = project.old if version == "new" else project.new
    rollout(project, "canary", other)
    with project.asking(url) as told:
        project.wait_for(url, "alive")
        project.wait_for(url, "new")
        rollout(project, "abort")
        project.wait_for(url, version)
    assert set(told) == {OLD, NEW} and project.running() == before
    with project.asking(url) as told:
        done = project.script("rollout", "canary", project.broken, ROLLOUT_TIMEOUT="30s")
    assert done.returncode == 1 and "production is as it was" in done.stderr
    assert len(told) == 1 and project.running() == before


def test_ab_gives_a_caller_the_same_version_each_time(project: Project, url: str) -> None:
    before, version = project.running(), project.version(url)
    other = project.old if version == "new" else project.new
    with project.asking(url) as told:
        rollout(project, "ab", other)
        versions = project.versions(url)
        assert versions == project.versions(url)
        rollout(project, "abort")
    assert {*told} <= {OLD, NEW}, "each caller gets an answer, also while nginx comes and goes"
    canary = "new" if version == "alive" else "alive"
    names = {"agent-canary": canary, "agent-stable": version}
    assert {(was, name) for was, name in versions} == {(was, name) for name, was in names.items()}
    assert 3 <= [was for was, _ in versions].count(canary) <= 20, "about a tenth of them"
    assert project.running() == before
    project.node.wait(version, lambda: {v for v, _ in project.versions(url)} == {version})


def test_helm_installs_upgrades_and_goes_back(project: Project) -> None:
    project.prepare("helm", AGENT_MODEL_MODE="offline", AGENT_EXECUTE="false")
    chart = project.script("chart").stdout.strip()
    release = "--namespace=my-agent-helm", "--wait"

    def helm(*words: str) -> subprocess.CompletedProcess[str]:
        inside = "sh", "-c", 'cd "$0" && exec "$@"', str(project.folder)  # Helm asks where it is
        return project.node.run(*inside, HELM, *words, *release)

    def install(image: str, timeout: str = "240s") -> subprocess.CompletedProcess[str]:
        values = f"--set=environment=staging,image={image}", f"--timeout={timeout}"
        return helm("upgrade", "--install", *values, "my-agent", chart)

    done = install(project.old)
    assert done.returncode == 0, done.stderr
    url = project.address("helm")
    assert project.ask(url, "Hello") == "succeeded"
    with project.asking(url) as told:
        assert install(project.new).returncode == 0
        assert install(project.broken, "30s").returncode != 0
    assert {*told} == {OLD, NEW} and project.version(url) == "new"
    done = helm("rollback", "my-agent", "1")
    assert done.returncode == 0, done.stderr
    project.wait_for(url, "alive")
    assert helm("uninstall", "my-agent").returncode == 0
