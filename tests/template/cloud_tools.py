"""Stand-ins for gcloud, flyctl, az, heroku and curl, run under these names.

Each records what it is asked, and keeps in $STATE what was released and what runs. An image whose
name has `bad` in it never gets ready. $BROKEN has the words of what is not there.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.template.cloud_state import (
    STATE,
    State,
    after,
    broken,
    image_of,
    read,
    release,
    save,
    search,
)


def gcloud(args: list[str], state: State) -> Any:  # noqa: C901
    match args:
        case ["auth", "print-access-token"]:
            broken("login")
            return "token"
        case ["config", "get-value", name]:
            return "" if name in os.environ.get("BROKEN", "").split() else f"my-{name}"
        case ["secrets", "versions", "describe", "latest", "--secret", name, *_]:
            broken("secret")
            return f"projects/1/secrets/{name}/versions/7"
        case ["artifacts", "docker", "images", "describe", _]:
            return broken("image")
        case ["run", "services", "replace", file]:
            service = read(file)
            state["given"] = service
            spec = service["spec"]["template"]["spec"]
            return release(state, spec["containers"][0]["image"], switch=False)
        case ["run", "services", "describe", _, "--format", "value(status.url)"]:
            return "https://my-agent.run.app"
        case ["run", "services", "describe", _, "--format", _]:
            return state["running"] or sys.exit(1)
        case ["run", "revisions", "list", *_]:
            return json.dumps(state["releases"])
        case ["run", "services", "update-traffic", _, "--to-revisions", to]:
            state["running"] = to.removesuffix("=100")
        case ["run", "revisions", "describe", name, "--format", what]:
            return image_of(state, name) if "image" in what else "7"
        case ["run", "worker-pools", "replace", file]:
            state["workers"] = read(file)


def flyctl(args: list[str], state: State) -> Any:
    match args:
        case ["auth", "whoami"]:
            return broken("login")
        case ["status", "--app", app]:
            return broken(app)
        case ["secrets", "list", *_]:
            return "NAME\nOPENAI_API_KEY" + (
                "" if "keys" in os.environ["BROKEN"] else "\nAGENT_API_KEYS"
            )
        case ["releases", *_]:
            return json.dumps(state["releases"])
        case ["deploy", *_]:
            state["given"] = args
            built = os.environ.get("VERSION", "")
            release(state, after(args, "--image") if "--image" in args else built)
            return None if state["releases"][0]["good"] else save(state) or sys.exit(1)


def az(args: list[str], state: State) -> Any:  # noqa: C901
    newest = state["releases"][0]["name"] if state["releases"] else None
    if args[0] == "containerapp" and after(args, "--name") == "worker":
        return _workers(args, state)
    match args:
        case ["account", "show", *_]:
            broken("login")
            return "0-1-2"
        case ["group", "show", *_]:
            broken("group")
            return "westeurope"
        case ["acr", "repository", "show", *_] | ["keyvault", "secret", "show", *_]:
            return broken(args[0])
        case ["containerapp", "show", *_]:
            shown = {
                "latestRevisionName": newest,
                "latestReadyRevisionName": state["running"],
                "configuration": {"ingress": {"fqdn": "my-agent.example.com"}},
            }
            return search(after(args, "--query"), {"properties": shown}) or ""
        case ["containerapp", "create" | "update" as verb, *_]:
            assert (verb == "create") == (newest is None)
            state["given"] = read(after(args, "--yaml"))
            (container,) = state["given"]["properties"]["template"]["containers"]
            return _azure(state, container["image"])
        case ["containerapp", "revision", "show", *_]:
            return image_of(state, after(args, "--revision"))
        case ["containerapp", "revision", "copy", *_]:
            return _azure(state, image_of(state, after(args, "--from-revision")))
        case ["containerapp", "revision", "list", *_]:
            return search(after(args, "--query"), state["releases"]) or ""


def _workers(args: list[str], state: State) -> Any:
    if args[1] == "show":
        return "w1" if "workers" in state else ""
    assert (args[1] == "create") == ("workers" not in state)
    if "--yaml" in args:
        state["workers"] = read(after(args, "--yaml"))
    else:
        (container,) = state["workers"]["properties"]["template"]["containers"]
        container["image"] = after(args, "--image")


def _azure(state: State, image: str) -> None:
    """It answers before the revision is ready, whether it ever is or not."""
    before = state["running"]
    release(state, image)
    state["running"] = before if "bad" in image else state["running"]


def heroku(args: list[str], state: State) -> Any:  # noqa: C901
    count = len(state["releases"])
    match args:
        case ["auth:whoami"]:
            return broken("login")
        case ["apps:info", "--shell", "--app", app]:
            return f"name={app}\nweb_url=https://{app}.example.com/"
        case ["apps:info", "--app", app]:
            return broken(app)
        case ["config", "--shell", *_]:
            keys = [] if "keys" in os.environ["BROKEN"] else ["AGENT_API_KEYS=alice:s3"]
            return "\n".join([*keys, *state.get("given", [])])
        case ["config:set", "--app", _, *given]:
            state["given"] = given
        case ["container:release", "web", *_]:
            release(state, os.environ.get("VERSION", ""))
        case ["releases", *_]:
            return json.dumps([{"version": count}])
        case ["ps", "web", *_]:
            up = "up" if image_of(state, state["running"]) != "bad" else "crashed"
            return json.dumps([{"state": up, "release": {"version": count}}])
        case ["rollback", *rest]:
            to = rest[0].replace("v", "r") if rest[0] != "--app" else f"r{count - 1}"
            release(state, image_of(state, to))


def curl(args: list[str], state: State) -> Any:
    assert re.fullmatch(r"https://[a-z.-]+/ready", args[-1]), args
    if not state["running"] or "bad" in image_of(state, state["running"]):
        sys.exit(22)
    return "{}"


def docker(args: list[str], state: State) -> Any:
    if args == ["version"]:
        broken("docker")


def main() -> None:
    tool, args = Path(sys.argv[0]).name, sys.argv[1:]
    with STATE.with_name("log").open("a") as log:
        print(tool, *args, file=log)
    empty: State = {"releases": [], "running": None}
    state = json.loads(STATE.read_text()) if STATE.exists() else empty
    tools: dict[str, Callable[[list[str], State], Any]] = {
        tool.__name__: tool for tool in (gcloud, flyctl, az, heroku, curl, docker)
    }
    before = json.dumps(state)
    answer = tools[tool](args, state)
    if json.dumps(state) != before:
        save(state)
    if answer is not None:
        print(answer)
