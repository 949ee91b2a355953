"""The objects of a cluster that has no pods.

A Deployment is ready as soon as it is written, and has failed if its image is named `broken` or a
ConfigMap is missing; each of its templates is kept as a ReplicaSet, for `rollout undo`.
"""

import re
from typing import Any

Object = dict[str, Any]
MERGE_KEYS = "name", "mountPath", "containerPort", "port", "topologyKey", "type"


def merge(old: Any, patch: Any) -> Any:
    """A strategic merge patch, as far as these objects go."""
    if isinstance(patch, dict):
        kept = patch.get("$retainKeys")
        base = dict(old) if isinstance(old, dict) else {}
        if kept:
            base = {key: value for key, value in base.items() if key in kept}
        for key, value in patch.items():
            if key.startswith("$"):
                continue
            if value is None:
                base.pop(key, None)
            else:
                base[key] = merge(base.get(key), value)
        return base
    if isinstance(patch, list) and old and all(isinstance(one, dict) for one in [*patch, *old]):
        return _merge_lists(old, patch)
    return patch


def _merge_lists(old: list[Object], patch: list[Object]) -> list[Object]:
    key = next((k for k in MERGE_KEYS if all(k in one for one in [*patch, *old])), None)
    if key is None:
        return patch
    found = {one[key]: one for one in old}
    for one in patch:
        if one.get("$patch") == "delete":
            found.pop(one[key], None)
        else:
            found[one[key]] = merge(found.get(one[key]), one)
    return list(found.values())


def fits(labels: dict[str, str], selector: str) -> bool:
    """Whether a label selector takes these labels."""
    for part in re.findall(r"[^,(]+(?:\([^)]*\))?", selector):
        if found := re.fullmatch(r"(\S+) in \((.+)\)", part):
            good = labels.get(found[1]) in found[2].split(",")
        elif found := re.fullmatch(r"([^!=]+)(!?)=(.+)", part):
            good = (labels.get(found[1]) == found[3]) != bool(found[2])
        else:
            raise ValueError(selector)
        if not good:
            return False
    return True


class Store:
    """The objects, by kind and name; all are in one namespace."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.version = 0

    def write(self, key: str, one: Object) -> Object:
        before = self.objects.get(key)
        self.version += 1
        meta = one["metadata"]
        meta |= {"uid": key, "resourceVersion": str(self.version)}
        if one["kind"] == "Deployment":
            changed = not before or before["spec"] != one["spec"]
            meta["generation"] = (before or one)["metadata"].get("generation", 0) + changed
            self._roll_out(one)
        self.objects[key] = one
        return one

    def _roll_out(self, one: Object) -> None:
        meta, template = one["metadata"], one["spec"]["template"]
        sets = [
            o
            for o in self.objects.values()
            if o.get("kind") == "ReplicaSet" and owner(o) == meta["name"]
        ]
        same = [o for o in sets if o["spec"]["template"] == template]
        if not sets or same != sets[-1:]:
            for o in same:
                del self.objects["replicasets/" + o["metadata"]["name"]]
            self._keep(one, 1 + max((revision(o) for o in sets), default=0))
        count = one["spec"].setdefault("replicas", 1)
        maps = [volume.get("configMap") or {} for volume in template["spec"].get("volumes", [])]
        needed = {f"configmaps/{o['name']}" for o in maps if o and not o.get("optional")}
        missing = needed - {*self.objects}
        broken = missing or "/broken@" in template["spec"]["containers"][0]["image"]
        updated = 0 if broken else count
        condition = {
            "type": "Progressing",
            "status": str(not broken),
            "reason": "ProgressDeadlineExceeded" if broken else "NewReplicaSetAvailable",
        }
        one["status"] = {
            "observedGeneration": meta["generation"], "conditions": [condition],
            "replicas": count, "updatedReplicas": updated, "availableReplicas": count,
        }  # fmt: skip

    def _keep(self, one: Object, number: int) -> None:
        meta = one["metadata"]
        annotation = {"deployment.kubernetes.io/revision": str(number)}
        meta["annotations"] = meta.get("annotations", {}) | annotation
        controller = {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}
        name = f"{meta['name']}-{number}"
        self.objects[f"replicasets/{name}"] = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": meta["namespace"],
                "uid": name,
                "labels": one["spec"]["template"]["metadata"]["labels"],
                "annotations": annotation,
                "ownerReferences": [controller | {"name": meta["name"], "uid": meta["uid"]}],
            },
            "spec": {k: one["spec"][k] for k in ("selector", "template")} | {"replicas": 1},
        }


def owner(one: Object) -> str:
    return str(one["metadata"]["ownerReferences"][0]["name"])


def revision(one: Object) -> int:
    return int(one["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
