"""References to container images, wherever something is run from one."""

import re
from collections.abc import Iterator
from typing import Any

from agentkit.rules.view import Mapping, View

COMPOSE = r"(.*/)?(docker-)?compose[\w.-]*\.ya?ml"
FLOATING = {"latest", "stable", "edge", "main", "master", "nightly", "dev"}


def floating(image: str) -> bool:
    """Does this reference name something else tomorrow? Variables are somebody else's decision."""
    if "@sha256:" in image or "$" in image or "{{" in image or not image:
        return False
    tag = re.search(r":([\w.-]+)$", image)
    return tag is None or tag[1] in FLOATING


def run(view: View) -> Iterator[tuple[str, int, str]]:
    """Path, line and reference of every image in compose files, workflows and manifests.

    Without those that are built here: what a compose file also says how to build, and names without
    a tag that a kustomization sets.
    """
    own = _set_by_kustomize(view)
    for path in view.files:
        if not path.endswith((".yaml", ".yml")) or "image" not in view.text(path):
            continue
        for document in view.yaml(path):
            for mapping in _mappings(document):
                image = mapping.get("image")
                if isinstance(image, str) and "build" not in mapping and image not in own:
                    yield path, mapping.lines.get("image", mapping.line), image


def _set_by_kustomize(view: View) -> set[str]:
    found: set[str] = set()
    for path in view.matching(r"(.*/)?kustomization\.ya?ml"):
        for document in view.yaml(path):
            images = document.get("images") if isinstance(document, dict) else None
            for image in images or ():
                if isinstance(image, dict) and ("newTag" in image or "digest" in image):
                    found.add(str(image.get("name")))
    return found


def _mappings(value: Any) -> Iterator[Mapping]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)
