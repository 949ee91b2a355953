"""What the stand-ins for the tools of clouds remember: what was released, and what runs."""

import json
import os
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["STATE"], "cloud.json")
State = dict[str, Any]


def broken(*words: str) -> None:
    if {*words} & {*os.environ.get("BROKEN", "").split()}:
        sys.exit(1)


def release(state: State, image: str, switch: bool = True) -> None:
    """A new release. A platform may `switch` at once; else it fails if this is never ready."""
    good = "bad" not in image
    name = f"r{len(state['releases']) + 1}"
    google = [{"type": "Active", "status": "True"}, {"type": "Ready", "status": str(good)}]
    azure = {"createdTime": name, "provisioningState": "Provisioned" if good else "Failed"}
    told = {"metadata": {"name": name}, "status": {"conditions": google}, "properties": azure}
    told |= {"ImageRef": image, "Status": "complete" if good else "failed"}  # Fly
    state["releases"].insert(0, {"name": name, "image": image, "good": good} | told)
    if good or switch:
        state["running"] = name
    if not good and not switch:
        save(state)
        sys.exit(1)


def image_of(state: State, name: str) -> str:
    return next(str(one["image"]) for one in state["releases"] if one["name"] == name)


def after(args: list[str], option: str) -> str:
    return args[args.index(option) + 1]


def save(state: State) -> None:
    """In one step: the parts of a pipeline run at the same time."""
    new = STATE.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(state))
    new.replace(STATE)


def read(file: str) -> Any:
    import yaml  # few calls need it, and each is a process

    return yaml.safe_load(Path(file).read_text())


def search(query: str, data: Any) -> Any:
    import jmespath

    return jmespath.search(query, data)
