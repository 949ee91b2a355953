"""A project, kubectl, and the cluster that the project is applied to."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.template import kubernetes
from tests.template.apiserver import serve
from tests.template.apistore import Store

OLD, NEW, BROKEN = [
    f"r.example/{name}@sha256:{digit * 64}"
    for name, digit in (("agent", "1"), ("agent", "2"), ("broken", "3"))
]
PRODUCTION = {"agent": OLD, "agent-worker": OLD}
EVERYONE = {"app.kubernetes.io/name": "agent", "app.kubernetes.io/component": "service"}
Done = subprocess.CompletedProcess[str]


class Cluster:
    """OLD runs in production, by the file of the overlay too."""

    def __init__(self, folder: Path, url: str, store: Store):
        self.project, self.store = kubernetes.make(folder / "my-agent", store="postgres"), store
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "it", "cluster": {"server": url}}],
            "users": [{"name": "it", "user": {}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "current-context": "it",
        }
        (folder / "kubeconfig").write_text(yaml.safe_dump(config))
        self.env = os.environ | {"KUBECONFIG": str(folder / "kubeconfig"), "HOME": str(folder)}
        done = self.bash("pin; deploy", IMAGE=OLD)
        assert done.returncode == 0, done.stderr

    def rollout(self, *arguments: str, **more: str) -> Done:
        return self._run([str(self.project / "scripts/rollout.sh"), *arguments], **more)

    def bash(self, steps: str, **more: str) -> Done:
        """The functions of deploy.d/kubernetes.sh, with what scripts/deploy.sh has for them."""
        script = """
            set -eu
            fail() { echo "$*" >&2; exit 1; }
            need() { command -v "$1" >/dev/null || fail "$1"; }
            run() { "$@"; }
            check_project() { :; }
            environment=production
            . scripts/deploy.d/kubernetes.sh
        """
        return self._run(["bash", "-c", script + steps], **more)

    def _run(self, command: list[str], **more: str) -> Done:
        env = self.env | more
        return subprocess.run(command, cwd=self.project, env=env, capture_output=True, text=True)

    def put(self, kind: str, **more: Any) -> None:
        """An object named agent that the manifests do not make."""
        kinds = {"secrets": ("v1", "Secret"), "ingresses": ("networking.k8s.io/v1", "Ingress")}
        version, name = kinds[kind]
        one = {"apiVersion": version, "kind": name, "metadata": {"name": "agent"}}
        self.store.objects[f"{kind}/agent"] = one | more

    def spec(self, name: str) -> Any:
        return self.store.objects[name]["spec"]

    def running(self) -> dict[str, str]:
        """The image of each Deployment."""
        return {
            name.partition("/")[2]: one["spec"]["template"]["spec"]["containers"][0]["image"]
            for name, one in self.store.objects.items()
            if name.startswith("deployments/")
        }

    def traffic(self) -> dict[str, str]:
        """Whom the Service leads to."""
        selector: dict[str, str] = self.spec("services/agent")["selector"]
        return selector

    def kinds(self) -> set[str]:
        passing = "configmaps/", "replicasets/"
        return {name for name in self.store.objects if not name.startswith(passing)}


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    with serve() as (url, store):
        yield Cluster(folder, url, store)
