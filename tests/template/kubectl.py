"""A stand-in for a cluster behind kubectl: it keeps what is applied, in the file $CLUSTER.

Only the builder of manifests is the real one. A Deployment becomes ready, and runs what it was
told to, unless its image is named `broken`. `rollout undo` knows one image before that.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

STATE = Path(os.environ["CLUSTER"])


def main(arguments: list[str]) -> None:
    options = {
        name.lstrip("-"): arguments[i + 1]
        for i, name in enumerate(arguments)
        if name.startswith("--")
    }
    words = [a for i, a in enumerate(arguments) if not a.startswith("--")]
    words = [word for word in words if word not in options.values()]
    objects: dict[str, Any] = json.loads(STATE.read_text()) if STATE.exists() else {}
    if words[0] == "kustomize":
        os.execv(os.environ["REAL_KUBECTL"], ["kubectl", *arguments])
    verbs = {"apply": apply, "get": get, "delete": delete, "rollout": rollout}
    if words[0] != "version":
        verbs[words[0]](objects, words[1:], options)
    STATE.write_text(json.dumps(objects))


def matches(one: dict[str, Any], selector: str) -> bool:
    """The three forms of a selector that the script uses, and all of them together."""
    labels = one["metadata"].get("labels", {})
    for part in re.findall(r"[^,(]+(?:\([^)]*\))?", selector):
        if found := re.fullmatch(r"(\S+) in \((.+)\)", part):
            fits = labels.get(found[1]) in found[2].split(",")
        elif found := re.fullmatch(r"([^!=]+)(!?)=(\w+)", part):
            fits = (labels.get(found[1]) == found[3]) != bool(found[2])
        else:
            raise ValueError(selector)
        if not fits:
            return False
    return True


def apply(objects: dict[str, Any], _: list[str], options: dict[str, str]) -> None:
    command = [os.environ["REAL_KUBECTL"], "kustomize", options["kustomize"]]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for one in yaml.safe_load_all(text):
        assert one["metadata"].get("namespace", "my-agent-production") == "my-agent-production"
        if matches(one, options.get("selector", "")):
            key = f"{one['kind'].lower()}/{one['metadata']['name']}"
            objects[f"before {key}"] = objects.get(key)
            objects[key] = one


def chosen(objects: dict[str, Any], kinds: str, options: dict[str, str]) -> list[str]:
    names = {"hpa": "horizontalpodautoscaler"}
    wanted = [names.get(kind, kind) for kind in kinds.split(",")]
    return [
        key
        for key, one in objects.items()
        if key.partition("/")[0] in wanted and matches(one, options["selector"])
    ]


def get(objects: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    assert options["namespace"] == "my-agent-production"
    if words[0] in ("secret", "ingress"):  # the script asks for one value
        print(objects["/".join(words)], end="")
        return
    for key in chosen(objects, words[0], options):
        if options["output"] == "name":
            print(key)
        else:
            print(objects[key]["metadata"]["labels"]["track"], end="")


def delete(objects: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    for key in chosen(objects, words[0], options):
        del objects[key]


def rollout(objects: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    if words[0] == "undo":
        objects[words[1]] = objects[f"before {words[1]}"]
    deployment = objects[words[1]]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    if words[0] == "status" and "/broken@" in container["image"]:
        sys.exit("error: timed out waiting for the condition")


if __name__ == "__main__":
    main(sys.argv[1:])
