"""An image of a generated project, made without a builder: Debian, its Python, and the project.

What docker/Dockerfile makes is proven with a real Docker Engine; this is for what runs images.
"""

import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from tests.e2e.kube import CACHE
from tests.e2e.node import Node

BASE = CACHE / "rootfs/python.tar"
SERVICES = CACHE / "rootfs/services.tar"
PACKAGES = "/usr/lib/agent"
CONFIG: dict[str, Any] = {
    "Entrypoint": ["agent"],
    "Cmd": ["serve"],
    "User": "10001:10001",
    "WorkingDir": "/app",
    "Env": [f"PYTHONPATH={PACKAGES}", "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1",
            "PATH=/usr/bin:/bin:/usr/sbin", "LANG=C.UTF-8"],
}  # fmt: skip


def files(project: Path, folder: Path) -> Path:
    """What the image adds to Debian, laid out in the new folder."""
    packages = folder / PACKAGES[1:]
    packages.mkdir(parents=True)
    install = ["uv", "pip", "install", "--quiet", "--target", str(packages), "--python-version"]
    for what in ["-r", "requirements.txt"], ["--no-deps", "."]:
        subprocess.run([*install, "3.13", *what], cwd=project, check=True)
    command = folder / "usr/bin/agent"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\nexec python3 -m agent "$@"\n')
    command.chmod(0o755)
    (folder / "app").mkdir()
    shutil.copytree(project / "config", folder / "app/config")
    return folder


def archive(
    target: Path, name: str, content: Path | None, base: Path = BASE, **config: Any
) -> None:
    """Write the image as `docker save` does, to `target`."""
    layers = [base]
    if content:
        layers.append(target.with_suffix(".layer"))
        with tarfile.open(layers[1], "w") as layer:
            layer.add(content, ".")
    image = {
        "architecture": "amd64",
        "os": "linux",
        "config": CONFIG | config,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_digest(path)}" for path in layers]},
    }
    written = target.with_suffix(".json")
    written.write_text(json.dumps(image))
    names = [f"{number}.tar" for number in range(len(layers))]
    manifest = target.with_suffix(".manifest")
    one = {"Config": "config.json", "RepoTags": [name], "Layers": names}
    manifest.write_text(json.dumps([one]))
    with tarfile.open(target, "w") as out:
        out.add(manifest, "manifest.json")
        out.add(written, "config.json")
        for path, listed in zip(layers, names, strict=True):
            out.add(path, listed)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(node: Node, archived: Path, repository: str) -> str:
    """The name with a digest by which the node has the image now."""
    ctr = "ctr", "--namespace=k8s.io", "images"
    node.say(*ctr, "import", "--digests", f"--base-name={repository}", str(archived))
    listed = node.say(*ctr, "list", "--quiet").split()
    found = {name for name in listed if name.startswith(f"{repository}@")}
    (new,) = found - node.images
    node.images |= found
    return new
