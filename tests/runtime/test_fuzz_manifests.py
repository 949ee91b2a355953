"""Whatever stands in a manifest, the validator answers with manifests or with file and line."""

import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.engine import Engine
from agent.errors import ManifestError
from agent.manifests import load
from agent.run import Run
from conftest import PROJECT

FILES = sorted(p.name for p in (PROJECT / "config").glob("*.yaml"))
QUICK = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
LINE = re.compile(r".+\.(yaml|toml):\d+: .+: .+", re.DOTALL)
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
VALUE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(PROJECT / "config", tmp_path_factory.mktemp("fuzz") / "config")


def try_out(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    try:
        load(folder)
    except ManifestError as e:
        assert e.problems and all(LINE.fullmatch(str(p)) and p.line >= 1 for p in e.problems)
    finally:
        path.unlink() if before is None else path.write_bytes(before)


names = st.sampled_from([*FILES, "agents/poet.toml", "agents/poet.yaml"])


@QUICK
@given(name=names, content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_random_bytes(folder: Path, name: str, content: bytes):
    try_out(folder, name, content)


@QUICK
@given(name=names, value=VALUE)
def test_random_yaml(folder: Path, name: str, value: Any):
    try_out(folder, name, yaml.safe_dump(value, allow_unicode=True).encode())


def mutate(data: st.DataObject, value: Any) -> Any:
    """The value with one place in it replaced, removed or doubled."""
    places = list(value) if isinstance(value, dict) else list(range(len(value)))
    place = data.draw(st.sampled_from(places))
    if isinstance(value[place], dict | list) and value[place] and data.draw(st.integers(0, 3)):
        value[place] = mutate(data, value[place])
    elif data.draw(st.booleans()):
        del value[place]
    else:
        value[place] = data.draw(VALUE)
    return value


@QUICK
@given(name=st.sampled_from(FILES), data=st.data())
def test_a_valid_manifest_with_a_change(folder: Path, name: str, data: st.DataObject):
    valid = yaml.safe_load((folder / name).read_text())
    try_out(folder, name, yaml.safe_dump(mutate(data, valid)).encode())


@st.composite
def graphs(draw: st.DrawFn, depth: int = 2, prefix: str = "n") -> dict[str, Any]:
    """Any acyclic graph of nodes that need no model."""
    count = draw(st.integers(1, 4))
    ids = [f"{prefix}{i}" for i in range(count)]
    nodes = [node(draw, name, depth) for name in ids]
    pairs = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    joined = {p for p in pairs if draw(st.booleans())} | set(pairwise(ids))
    return {"nodes": nodes, "edges": [{"from": a, "to": b} for a, b in sorted(joined)]}


def node(draw: st.DrawFn, name: str, depth: int) -> dict[str, Any]:
    kinds = ["merge", "decision", "call"] + (["loop", "map", "agent"] if depth else [])
    match draw(st.sampled_from(kinds)):
        case "merge":
            return {"id": name, "kind": "merge", "template": "{{ input }}"}
        case "decision":
            return {"id": name, "kind": "decision", "choices": ["a", "b"], "expr": "'a'"}
        case "call":
            args = {"expression": "'6 * 7'"}
            return {
                "id": name,
                "kind": "deterministic",
                "call": "agent.tools:calculator",
                "args": args,
            }
        case "agent":
            return {"id": name, "kind": "agent", "agent": "someone"}
        case "map":
            body = node(draw, f"{name}_body", 0)
            return {"id": name, "kind": "map", "over": "[1, 2, 3]", "body": body}
    rounds = {"until": draw(st.sampled_from(["false", "iteration > 1"])), "max_iterations": 3}
    return {"id": name, "kind": "loop", **rounds, **draw(graphs(depth - 1, f"{name}_"))}


@pytest.mark.anyio
async def test_every_valid_graph_ends(folder: Path, tmp_path: Path):
    made: list[dict[str, Any]] = []

    @settings(QUICK, max_examples=40)
    @given(graph=graphs())
    def collect(graph: dict[str, Any]) -> None:
        made.append(graph)

    collect()
    config = tmp_path / "graphs"
    config.mkdir()
    (config / "models.yaml").write_text('version: "1.0.0"\n')
    (config / "agents.yaml").write_text('version: "1.0.0"\nagents: {someone: {}}\n')
    for graph in made:
        about = {"version": "1.0.0", "name": "any", "timeout_s": 20, "workflows": {}}
        (config / "workflow.yaml").write_text(yaml.safe_dump(about | graph))
        run = await Engine.from_config_dir(config).execute(Run(input="What is 6 * 7?"))
        assert run.status == "succeeded", (run.error, graph)
