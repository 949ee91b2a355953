"""Objects of Kubernetes, in any YAML file that has `apiVersion` and `kind`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentkit.rules.view import Mapping, View

PODS = {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"}
LONG_LIVED = {"Deployment", "StatefulSet"}


@dataclass(frozen=True)
class Object:
    """One document, and where it is."""

    path: str
    line: int
    kind: str
    name: str
    body: Mapping

    @property
    def spec(self) -> Mapping:
        """Its spec; empty if it has none."""
        return mapping(self.body, "spec")

    @property
    def pod(self) -> Mapping:
        """The spec of the pods that it makes; empty if it makes none."""
        if self.kind == "Pod":
            return self.spec
        inner = self.spec if self.kind != "CronJob" else mapping(self.spec, "jobTemplate", "spec")
        return mapping(inner, "template", "spec")

    @property
    def containers(self) -> list[Mapping]:
        """The containers of its pods, those that start first too."""
        found = [*listed(self.pod, "containers"), *listed(self.pod, "initContainers")]
        return [c for c in found if isinstance(c, Mapping)]

    @property
    def main(self) -> list[Mapping]:
        """The containers that stay."""
        return [c for c in listed(self.pod, "containers") if isinstance(c, Mapping)]


def mapping(body: Any, *keys: str) -> Mapping:
    """The mapping under these keys; an empty one if there is none."""
    for key in keys:
        body = body.get(key) if isinstance(body, Mapping) else None
    if isinstance(body, Mapping):
        return body
    empty = Mapping()
    empty.line, empty.lines = 1, {}
    return empty


def listed(body: Any, key: str) -> list[Any]:
    """The list under a key; an empty one if there is none."""
    found = body.get(key) if isinstance(body, Mapping) else None
    return found if isinstance(found, list) else []


def all_of(view: View) -> list[Object]:
    """Every whole object; what kustomize only merges into another is none."""
    return view.once("objects", lambda: _all_of(view))


def _all_of(view: View) -> list[Object]:
    partial = _patches(view)
    return [
        found
        for path in view.files
        if path.endswith((".yaml", ".yml")) and path not in partial and _kube(view.text(path))
        for found in _objects(view, path)
    ]


def workloads(view: View) -> list[Object]:
    """The objects that make pods."""
    return [found for found in all_of(view) if found.kind in PODS and found.containers]


def _kube(text: str) -> bool:
    return re.search(r"^apiVersion:", text, re.M) is not None and "kind:" in text


def _objects(view: View, path: str) -> Iterator[Object]:
    for document in view.yaml(path):
        kind = document.get("kind") if isinstance(document, Mapping) else None
        if isinstance(kind, str) and "apiVersion" in document:
            items = listed(document, "items") if kind == "List" else [document]
            for item in (i for i in items if isinstance(i, Mapping)):
                name = str(mapping(item, "metadata").get("name", ""))
                yield Object(path, item.line, str(item.get("kind")), name, item)


def _patches(view: View) -> set[str]:
    """The files that a kustomization merges into objects of others."""
    found: set[str] = set()
    for path in view.matching(r"(.*/)?kustomization\.ya?ml"):
        folder = path.rpartition("/")[0]
        for document in view.yaml(path):
            listing = [*listed(document, "patches"), *listed(document, "patchesStrategicMerge")]
            for patch in listing:
                name = patch.get("path") if isinstance(patch, Mapping) else patch
                if isinstance(name, str) and "\n" not in name:
                    found.add(f"{folder}/{name}".lstrip("/"))
    return found
