"""What agentkit and the projects it generates need on this machine, and what is there."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Tool:
    """A program, what it is for, and how to get it."""

    name: str
    purpose: str
    get: str
    needed: bool = False
    version_args: tuple[str, ...] = ("--version",)
    at_least: tuple[int, ...] = ()


@dataclass(frozen=True)
class Found:
    """What doctor found out about one tool."""

    name: str
    status: str  # ok, missing, old or broken
    version: str
    path: str
    purpose: str
    get: str
    needed: bool


TOOLS = (
    Tool("git", "keeps projects, merges updates", "https://git-scm.com", True, at_least=(2, 38)),
    Tool("make", "a project's commands", "apt install make, or xcode-select --install", True),
    Tool("uv", "installs a project's packages ten times faster than pip", "pip install uv"),
    Tool("docker", "builds and runs the image (target docker)", "https://docs.docker.com"),
    Tool(
        "kubectl",
        "applies Kubernetes manifests",
        "https://kubernetes.io/docs/tasks/tools",
        version_args=("version", "--client"),
    ),
    Tool("pre-commit", "runs a project's checks at each commit", "pip install pre-commit"),
    Tool("gh", "opens pull requests for updates on GitHub", "https://cli.github.com"),
)


def examine() -> list[Found]:
    """Look for Python and every tool; each is asked for its version."""
    version = ".".join(map(str, sys.version_info[:3]))
    python = Found("python", "ok", version, sys.executable, "runs agentkit", "", True)
    return [python, *map(_examine, TOOLS)]


def _examine(tool: Tool) -> Found:
    path = shutil.which(tool.name) or ""
    version, status = "", "missing"
    if path:
        version = _version([path, *tool.version_args])
        numbers = tuple(int(n) for n in re.findall(r"\d+", version))
        status = "ok" if version else "broken"
        if version and tool.at_least and numbers < tool.at_least:
            status = "old"
    return Found(tool.name, status, version, path, tool.purpose, tool.get, tool.needed)


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found and done.returncode == 0 else ""


def healthy(found: list[Found]) -> bool:
    """Is everything there that agentkit cannot do without?"""
    return all(f.status == "ok" for f in found if f.needed)


def as_json(found: list[Found]) -> str:
    """The same, for programs."""
    return json.dumps({"healthy": healthy(found), "tools": [asdict(f) for f in found]}, indent=2)


def as_text(found: list[Found]) -> str:
    """One line a tool: found or not, what for, and how to get it."""
    return "\n".join(map(_line, found))


def _line(found: Found) -> str:
    mark = {"ok": "ok     ", "missing": "missing"}.get(found.status, found.status.ljust(7))
    line = f"{mark}  {found.name:<11}{found.version or '-':<10}{found.purpose}"
    if found.status == "ok":
        return line
    need = "needed" if found.needed else "optional"
    return f"{line}\n{'':9}{need}; get it: {found.get}"
