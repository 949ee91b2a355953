"""Load the manifests under config/ and make every check that can be made before a run.

One validator for the editor, CI, start-up, /health and reloading: `load` returns manifests that the
engine can trust, or raises a `ManifestError` that names each mistake by file, line and key.
Each file in config/agents/ is one agent more.
"""

import difflib
import hashlib
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent import checks, interfaces
from agent.errors import ManifestError
from agent.schemas import ABSENT, AgentFile, Config
from agent.yaml_source import Key, Layers, Report, Source, patch, refer

PRIVATE = "provider_credentials.yaml"


class Manifests(Config):
    """Every manifest, checked, with the SHA-256 of every file by its path under config/."""

    environment: str
    hashes: dict[str, str]
    folder: Path

    @property
    def hash(self) -> str:
        """One SHA-256 for all of them."""
        joined = "".join(f"{name}:{sha}\n" for name, sha in sorted(self.hashes.items()))
        return hashlib.sha256(joined.encode()).hexdigest()


def load(config_dir: Path | str = "config", environment: str = "development") -> Manifests:
    """Read, overlay and check the manifests. Raises `ManifestError`."""
    root = Path(config_dir)
    overlay = read_overlay(root, environment)
    layers = {name: read_layers(root, name, overlay) for name in Config.model_fields}
    parsed: dict[str, Any] = {name: validate(layer) for name, layer in layers.items()}
    others = read_others(root)
    sources = [overlay, *(layer.base for layer in layers.values()), *others]
    if not any(source.problems for source in sources):
        checks.check(Config.model_construct(**parsed), layers)
    if problems := [p for source in sources for p in source.problems]:
        raise ManifestError(problems)
    give_own_models(parsed)
    return Manifests(**parsed, environment=environment, hashes=hashes(root), folder=root)


def give_own_models(parsed: dict[str, Any]) -> None:
    """The `llm` of an agent becomes a model as those of models.yaml, which cannot have its name."""
    agents, models = parsed["agents"].agents, parsed["models"].models
    own = {f"agents/{name}": agent.llm for name, agent in agents.items() if agent.llm}
    for name in (name for name, agent in agents.items() if agent.llm):
        agents = agents | {name: agents[name].model_copy(update={"model": f"agents/{name}"})}
    parsed["agents"] = parsed["agents"].model_copy(update={"agents": agents})
    parsed["models"] = parsed["models"].model_copy(update={"models": models | own})


def hashes(config_dir: Path | str = "config") -> dict[str, str]:
    """The SHA-256 of every manifest file, the overlays of all environments included.

    But for what differs between deployments, is in no repository, and holds secrets.
    """
    root = Path(config_dir)
    patterns = "*.yaml", "agents/*.yaml", "agents/*.toml", "environments/*.yaml"
    files = sorted({file for p in patterns for file in root.glob(p)} - {root / PRIVATE})
    shas = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return {file.relative_to(root).as_posix(): sha for file, sha in zip(files, shas, strict=True)}


def read_overlay(root: Path, environment: str) -> Source:
    overlay = Source(root / "environments" / f"{environment}.yaml").read()
    if not overlay.path.exists() and environment != "development":
        known = sorted(p.stem for p in overlay.path.parent.glob("*.yaml"))
        overlay.problem((), f'unknown environment "{environment}", known: {", ".join(known)}')
    for name in overlay.data if isinstance(overlay.data, dict) else ():
        refer(overlay.problem, (name,), "manifest", str(name), Config.model_fields)
    return overlay


def read_others(root: Path) -> list[Source]:
    """The manifests that only an interface reads; and files that are named almost as a manifest."""
    known = interfaces.manifests()
    others = [Source(root / f"{name}.yaml").read() for name in known]
    for source in others:
        if source.path.exists() and not source.problems:
            parse(known[source.path.stem], source.data, source.problem)
    for path in sorted(root.glob("*.yaml")):
        names = {*Config.model_fields, *known}
        if path.stem not in names and difflib.get_close_matches(path.stem, names, 1):
            others.append(Source(path))
            refer(others[-1].problem, (), "manifest", path.stem, names)
    return others


def read_layers(root: Path, name: str, overlay: Source) -> Layers:
    base = Source(root / f"{name}.yaml", data=ABSENT).read()
    if name == "agents":
        add_agents(base, sorted([*root.glob("agents/*.yaml"), *root.glob("agents/*.toml")]))
    if not (base.path.exists() or base.inside) and Config.model_fields[name].is_required():
        base.problem((), "this manifest is required")
    return Layers(name, base, overlay)


def add_agents(base: Source, files: list[Path]) -> None:
    """Put the agent that each file defines, and that is named as the file, into agents.yaml."""
    found = {}
    for source in (Source(file).read() for file in files):
        name = source.path.stem
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            source.problem((), "an agent is named as its file: with lower-case letters, digits, _")
        if line := base.lines.get(("agents", name)):
            source.problem((), f"{base.path.as_posix()}:{line} has an agent {name} too")
        elif other := base.inside.get(("agents", name)):
            source.problem((), f"{other.path.as_posix()} has an agent {name} too")
        if not source.problems and parse(AgentFile, source.data, source.problem):
            found[name] = {key: value for key, value in source.data.items() if key != "version"}
        base.inside["agents", name] = source
        base.problems += source.problems
    if found and not base.problems:
        base.data = patch({"agents": found}, base.data)


def validate(layers: Layers) -> Any:
    """The manifest, or None after reporting what does not fit, in this file or the overlay."""
    if layers.base.problems or layers.overlay.problems:
        return None
    return parse(Config.model_fields[layers.name].annotation, layers.data, layers.problem)


def parse(schema: Any, data: Any, report: Report) -> Any:
    """The data as a schema sees it, or None after reporting what does not fit."""
    try:
        return schema.model_validate(data)
    except ValidationError as e:
        for error in e.errors():
            report(locate(error["loc"], data), error["msg"].removeprefix("Value error, "))
        return None


def locate(location: Key, data: Any) -> Key:
    """A pydantic error location as a path in the file: union tags such as 'agent' are dropped."""
    key: Key = ()
    for i, part in enumerate(location):
        if isinstance(data, dict):
            if part == data.get("kind") and i < len(location) - 1:
                continue
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part] if part < len(data) else None
        key = (*key, part)
    return key
