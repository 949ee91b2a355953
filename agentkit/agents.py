"""`agentkit add agent`: a file in config/agents/ to start from, as the template has it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit import answers, bounded, disk, source
from agentkit.errors import USAGE, AgentkitError, did_you_mean
from agentkit.project import Project
from agentkit.source import Template

FOLDER = "template/agents"  # in the template
NAME = re.compile(r"[a-z][a-z0-9_]*")  # as the engine has it


@dataclass(frozen=True)
class Added:
    """A file for one more agent, written or only planned."""

    file: str  # in the project
    text: str
    written: bool


def add(project: Project, name: str, like: str, kind: str, *, dry_run: bool) -> Added:
    """Write config/agents/NAME.yaml, or .toml for the kind toml. Raises AgentkitError."""
    template = _template(project)
    path = project.path / f"config/agents/{name}.{kind}"
    others = _agents(project)
    _named(name, others, path)
    if like == "routing" and not others:
        raise AgentkitError("there is no agent yet to route to", "config/agents.yaml")
    source_ = f"{FOLDER}/{_shape(template, like, kind)}.{kind}.jinja"
    text = (
        answers.load(template.root)
        .env.get_template(source_)
        .render(agents=others, tools=_tools(project))
    )
    short = path.relative_to(project.path).as_posix()
    if not dry_run:
        with disk.telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            disk.replace(path, text.encode())
    return Added(short, text, not dry_run)


def _template(project: Project) -> Template:
    if project.source != source.BUILTIN:
        raise AgentkitError("this template has no agents to start from", project.source)
    return source.builtin(project.version)


def _shape(template: Template, like: str, kind: str) -> str:
    files = sorted((template.root / FOLDER).glob(f"*.{kind}.jinja"))
    shapes = [file.name.removesuffix(f".{kind}.jinja") for file in files]
    if not shapes:
        words = f"has no agents in {kind.upper()} to start from"
        what = f"version {template.version} of the template {words}"
        raise AgentkitError(what, fix="agentkit update, then again")
    if like not in shapes:
        fix = f"{did_you_mean(like, shapes)}there are: {', '.join(shapes)}"
        raise AgentkitError(f'there is no agent like "{like}"', fix=fix, code=USAGE)
    return like


def _named(name: str, others: list[dict[str, str]], path: Path) -> None:
    """Raises AgentkitError when no agent can have this name, or one has it already."""
    if not NAME.fullmatch(name):
        better = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")
        fix = "use lower-case letters, digits and _" + f"; {better} would do" * bool(better)
        raise AgentkitError(f'"{name}" cannot name an agent', fix=fix, code=USAGE)
    if path.exists() or path.is_symlink() or name in [other["name"] for other in others]:
        raise AgentkitError(f"there is an agent {name} already", str(path.parent.parent))


def _agents(project: Project) -> list[dict[str, str]]:
    """The names and descriptions of all agents."""
    found: dict[str, Any] = dict(_manifest(project, "agents.yaml", "agents"))
    for path in sorted((project.path / "config/agents").glob("*.*ml")):
        found[path.stem] = _load(path) if path.suffix == ".yaml" else _toml(path)
    return [{"name": name, "description": _line(about)} for name, about in found.items()]


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as e:
        raise AgentkitError(f"it cannot be read: {e}", str(path)) from e


def _line(about: Any) -> str:
    text = about.get("description") if isinstance(about, dict) else ""
    return "".join(filter(str.isprintable, " ".join(str(text or "").split())))


def _tools(project: Project) -> list[str]:
    """Every tool that agents may have."""
    denied = _load(project.path / "config/policies.yaml").get("deny_tools") or ()
    return [tool for tool in _manifest(project, "tools.yaml", "tools") if tool not in denied]


def _manifest(project: Project, name: str, key: str) -> Mapping[str, Any]:
    found = _load(project.path / "config" / name).get(key)
    return found if isinstance(found, dict) else {}


def _load(path: Path) -> Mapping[str, Any]:
    """One manifest; nothing where there is none. Raises AgentkitError when it does not parse."""
    try:
        documents = bounded.load(path.read_bytes(), str(path))
    except FileNotFoundError:
        return {}
    return documents[0] if documents and isinstance(documents[0], dict) else {}
