"""What `kubectl kustomize` makes of a rendered project."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.template import projects

BASE = {"targets": ["docker", "kubernetes"], "interfaces": list(projects.CATALOG["interface"])}
Objects = list[dict[str, Any]]


def make(folder: Path, **given: Any) -> Path:
    """A project whose lock has been written, as every cluster needs it."""
    made = projects.make(folder, BASE | {"providers": list(projects.CATALOG["provider"])} | given)
    (made / "config/manifest.lock").write_text("agents.yaml 1.0.0 0\n")
    return made


def overlays(project: Path) -> list[str]:
    """The folders that a user may apply."""
    found = [*project.glob("k8s/overlays/*"), *project.glob("k8s/rollouts/*")]
    return sorted(path.relative_to(project / "k8s").as_posix() for path in found)


def build(folder: Path) -> Objects:
    """The objects of a folder with a kustomization. Fails with what kubectl says."""
    command = [shutil.which("kubectl") or "kubectl", "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def with_components(project: Path, overlay: str) -> Path:
    """A folder that is an overlay and every component that is not part of it already."""
    folder = project / "k8s/everything"
    folder.mkdir()
    names = [path.name for path in (project / "k8s/components").iterdir()]
    chosen = [f"../components/{n}" for n in names if n not in ("database", "sqlite")]
    text: dict[str, Any] = {"resources": [f"../overlays/{overlay}"], "components": chosen}
    text["namespace"] = f"my-agent-{overlay}"
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(text))
    return folder


def of(objects: Objects, kind: str, name: str | None = None) -> Objects:
    found = [o for o in objects if o["kind"] == kind]
    return [o for o in found if name in (None, o["metadata"]["name"])]


def pods(objects: Objects) -> Objects:
    """The specification of the pods of each workload."""
    return [o["spec"]["template"]["spec"] for o in objects if "template" in o.get("spec", {})]
