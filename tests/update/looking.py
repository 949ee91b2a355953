"""What `agentkit status` and `agentkit explain` tell."""

import json
from typing import Any

from tests.update.project import Project


def told(project: Project, *args: str) -> dict[str, Any]:
    ran = project.run("status", str(project.root), "--format", "json", *args)
    assert (ran.code, ran.err) == (0, ""), ran
    found: dict[str, Any] = json.loads(ran.out)
    return found


def text(project: Project, *args: str) -> str:
    ran = project.run("status", str(project.root), *args)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.out


def states(report: dict[str, Any]) -> dict[str, str]:
    """What became of each file that is not as the template wrote it."""
    return {f["path"]: f["state"] for f in report["files"] if f["state"] != "same"}


def explained(project: Project, name: str) -> dict[str, Any]:
    ran = project.run("explain", str(project.root / name), "--format", "json")
    assert (ran.code, ran.err) == (0, ""), ran
    found: dict[str, Any] = json.loads(ran.out)
    return found
