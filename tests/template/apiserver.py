"""As much of a Kubernetes API as the real kubectl needs for a rollout."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.template.apistore import Object, Store, fits, merge

RESOURCES = {
    "v1": {
        "namespaces": "Namespace", "configmaps": "ConfigMap", "secrets": "Secret",
        "services": "Service", "serviceaccounts": "ServiceAccount",
    },
    "apps/v1": {"deployments": "Deployment", "replicasets": "ReplicaSet"},
    "autoscaling/v2": {"horizontalpodautoscalers": "HorizontalPodAutoscaler"},
    "networking.k8s.io/v1": {"networkpolicies": "NetworkPolicy", "ingresses": "Ingress"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
}  # fmt: skip
SHORT = {"horizontalpodautoscalers": ["hpa"]}
VERBS = ["create", "delete", "get", "list", "patch", "watch"]
PATH = re.compile(
    r"/apis?/(?P<group>v1|[a-z0-9.]+/v\d)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<kind>\w+)(?:/(?P<name>[^/]+))?"
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store
    ended: threading.Event

    def answer(self, body: Object, code: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, code: int, reason: str) -> None:
        status = {"apiVersion": "v1", "kind": "Status", "status": "Failure"}
        self.answer(status | {"reason": reason, "code": code, "message": reason}, code)

    def body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if found := discovery(url.path):
            self.answer(found)
        elif not (match := PATH.fullmatch(url.path)) or match["group"] not in RESOURCES:
            self.refuse(404, "NotFound")
        elif match["name"]:
            one = self.store.objects.get(f"{match['kind']}/{match['name']}")
            self.answer(one) if one else self.refuse(404, "NotFound")
        elif "sendInitialEvents" in query:
            self.refuse(422, "Invalid")
        elif query.get("watch"):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            self.ended.wait(30)
        else:
            self.answer(self.listed(match, query))

    def listed(self, match: re.Match[str], query: dict[str, str]) -> Object:
        name = query.get("fieldSelector", "").removeprefix("metadata.name=")
        items = [
            one
            for key, one in self.store.objects.items()
            if key.startswith(f"{match['kind']}/")
            and name in ("", one["metadata"]["name"])
            and fits(one["metadata"].get("labels", {}), query.get("labelSelector", ""))
        ]
        kind = RESOURCES[match["group"]][match["kind"]] + "List"
        version = {"resourceVersion": str(self.store.version)}
        return {"apiVersion": match["group"], "kind": kind, "metadata": version, "items": items}

    def do_POST(self) -> None:
        match, one = PATH.fullmatch(urlsplit(self.path).path), self.body()
        assert match
        key = f"{match['kind']}/{one['metadata']['name']}"
        self.answer(self.store.write(key, one), 201)

    def do_PATCH(self) -> None:
        match, patch = PATH.fullmatch(urlsplit(self.path).path), self.body()
        assert match
        key = f"{match['kind']}/{match['name']}"
        old = self.store.objects[key]
        if isinstance(patch, list):  # what `rollout undo` sends
            new = json.loads(json.dumps(old))
            for step in patch:
                *path, last = step["path"].strip("/").split("/")
                place = new
                for part in path:
                    place = place[part]
                place[last] = step["value"]
        else:
            new = merge(old, patch)
        self.answer(self.store.write(key, new))

    def do_DELETE(self) -> None:
        match = PATH.fullmatch(urlsplit(self.path).path)
        assert match
        self.body()
        self.answer(self.store.objects.pop(f"{match['kind']}/{match['name']}"))

    def log_message(self, *_: object) -> None: ...


def discovery(path: str) -> Object | None:
    """What kubectl asks first: which kinds there are."""
    if path == "/version":
        return {"major": "1", "minor": "32", "gitVersion": "v1.32.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        names = [name for name in RESOURCES if "/" in name]
        versions = [{"groupVersion": n, "version": n.partition("/")[2]} for n in names]
        groups = [
            {"name": v["groupVersion"].partition("/")[0], "versions": [v], "preferredVersion": v}
            for v in versions
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if path == "/openapi/v3":
        names = [f"{'apis' if '/' in name else 'api'}/{name}" for name in RESOURCES]
        return {"paths": {n: {"serverRelativeURL": "/openapi/v3/all"} for n in names}}
    if path == "/openapi/v3/all":
        return {
            "openapi": "3.0.0",
            "info": {"title": "", "version": ""},
            "paths": dict(validated()),
        }
    name = re.sub(r"^/apis?/", "", path)
    if name not in RESOURCES:
        return None
    resources = [
        {
            "name": plural, "singularName": kind.lower(), "kind": kind, "verbs": VERBS,
            "namespaced": kind != "Namespace", "shortNames": SHORT.get(plural, []),
        }
        for plural, kind in RESOURCES[name].items()
    ]  # fmt: skip
    return {"kind": "APIResourceList", "groupVersion": name, "resources": resources}


def validated() -> Iterator[tuple[str, Object]]:
    """The promise to validate what is sent, for each kind; else kubectl wants to do that itself."""
    parameter = {"name": "fieldValidation", "in": "query"}
    for name, kinds in RESOURCES.items():
        group, _, version = name.rpartition("/")
        for kind in kinds.values():
            gvk = {"group": group, "version": version, "kind": kind}
            patch = {"parameters": [parameter], "x-kubernetes-group-version-kind": gvk}
            yield f"/{name}/{kind}", {"patch": patch | {"responses": {}}}


@contextmanager
def serve() -> Iterator[tuple[str, Store]]:
    """The address of a new cluster, and what is in it."""
    store, ended = Store(), threading.Event()
    handler = type("One", (Handler,), {"store": store, "ended": ended})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", store
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
