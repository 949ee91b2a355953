"""A project and the cluster it is applied to: kubectl.py, behind the name kubectl."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.template import kubernetes

OLD, NEW, BROKEN = [
    f"r.example/{name}@sha256:{digit * 64}"
    for name, digit in (("agent", "1"), ("agent", "2"), ("broken", "3"))
]
PRODUCTION = {"agent": OLD, "agent-worker": OLD}
EVERYONE = {"app.kubernetes.io/name": "agent", "app.kubernetes.io/component": "service"}
Done = subprocess.CompletedProcess[str]


class Cluster:
    """OLD runs in production, by the file of the overlay too."""

    def __init__(self, folder: Path):
        self.project = kubernetes.make(folder / "my-agent", store="postgres")
        self.state = folder / "cluster.json"
        real, bin_ = shutil.which("kubectl"), folder / "bin"
        assert real
        told = {"REAL_KUBECTL": real, "CLUSTER": str(self.state)}
        self.env = os.environ | told | {"PATH": f"{bin_}:{os.environ['PATH']}"}
        bin_.mkdir()
        stand_in = Path(kubernetes.__file__).with_name("kubectl.py")
        (bin_ / "kubectl").write_text(f'#!/bin/sh\nexec {sys.executable} {stand_in} "$@"\n')
        (bin_ / "kubectl").chmod(0o755)
        self.put()
        done = self.bash("pin; deploy", IMAGE=OLD)
        assert done.returncode == 0, done.stderr

    def rollout(self, *arguments: str) -> Done:
        return self._run([str(self.project / "scripts/rollout.sh"), *arguments])

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

    def objects(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.state.read_text())
        return found

    def put(self, **more: str) -> None:
        found = self.objects() if self.state.exists() else {}
        self.state.write_text(json.dumps(found | more))

    def running(self) -> dict[str, str]:
        """The image of each Deployment."""
        return {
            name.partition("/")[2]: one["spec"]["template"]["spec"]["containers"][0]["image"]
            for name, one in self.objects().items()
            if name.startswith("deployment/")
        }

    def traffic(self) -> dict[str, str]:
        """Whom the Service leads to."""
        selector: dict[str, str] = self.objects()["service/agent"]["spec"]["selector"]
        return selector

    def kinds(self) -> set[str]:
        names = set(self.objects())
        return {name for name in names if not name.startswith(("configmap/", "before "))}
