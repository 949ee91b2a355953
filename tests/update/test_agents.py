"""`agentkit add agent NAME --like SHAPE`: one more agent in config/agents/."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.support import Ran
from tests.update.own import everything, own
from tests.update.project import Project, Run, Start

SHAPES = ("basic", "routing", "tool-heavy")


@pytest.fixture
def mine(agentkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = own(tmp_path / "my-agent", agentkit)
    monkeypatch.chdir(project.root)
    return project


def add(project: Project, name: str, *args: str) -> Ran:
    return project.run("add", "agent", name, *args)


def made(project: Project, name: str, like: str) -> dict[str, Any]:
    """The new agent, which has no key that the engine does not know, and is the same in TOML."""
    ran = add(project, name, "--like", like)
    assert (ran.code, ran.err) == (0, ""), ran
    assert f"config/agents/{name}.yaml" in ran.out
    agent: dict[str, Any] = yaml.safe_load(project.read(f"config/agents/{name}.yaml"))
    project.put({f"config/agents/{name}.yaml": None})
    assert add(project, name, "--like", like, "--toml").code == 0
    assert tomllib.loads(project.read(f"config/agents/{name}.toml")) == agent
    project.put({f"config/agents/{name}.toml": None})
    assert add(project, name, "--like", like).code == 0
    schema = json.loads(project.read("config/schemas/agent.schema.json"))
    assert set(schema["required"]) <= set(agent) <= set(schema["properties"])
    assert re.fullmatch(schema["properties"]["version"]["pattern"], agent["version"])
    assert agent["description"] and agent["instructions"]
    return agent


def test_a_basic_one(mine: Project) -> None:
    assert set(made(mine, "poet", "basic")) == {"version", "description", "instructions"}
    assert mine.git("status", "--porcelain") == "?? config/agents/"


def test_basic_is_what_it_is_like_if_nothing_is_said(mine: Project) -> None:
    assert add(mine, "poet").code == 0
    first = mine.read("config/agents/poet.yaml")
    made(mine, "other", "basic")
    assert mine.read("config/agents/other.yaml") == first
    assert first.startswith("# yaml-language-server: $schema=../schemas/agent.schema.json\n")


def test_one_that_routes_to_the_others(mine: Project) -> None:
    odd = 'version: "1.0.0"\ndescription: "two\\nlines: {{ 1 }} \\x07 \\"\\"\\" \\\\n"\n'
    mine.put({"config/agents/odd.yaml": odd})
    agent = made(mine, "router", "routing")
    assert agent["output_schema"]["type"] == "object"
    assert agent["output_schema"]["properties"]["agent"]["enum"] == ["assistant", "odd"]
    assert "odd: two lines: {{ 1 }}" in agent["instructions"]


def test_one_that_has_every_tool(mine: Project) -> None:
    assert made(mine, "worker", "tool-heavy")["tools"] == ["calculator", "now"]
    denied = mine.read("config/policies.yaml").replace("deny_tools: []", "deny_tools: [now]")
    mine.put({"config/policies.yaml": denied})
    assert made(mine, "careful", "tool-heavy")["tools"] == ["calculator"]
    mine.put({"config/tools.yaml": None})
    assert made(mine, "idle", "tool-heavy")["tools"] == []


@pytest.mark.parametrize("like", SHAPES)
def test_a_dry_run_shows_it(mine: Project, like: str) -> None:
    before = everything(mine.root)
    ran = add(mine, "poet", "--like", like, "--dry-run")
    assert ran.code == 0 and everything(mine.root) == before
    made(mine, "poet", like)
    assert mine.read("config/agents/poet.yaml").strip() in ran.out


@pytest.mark.parametrize(
    ("name", "like", "words"),
    [
        ("My-Poet", "basic", "my_poet would do"),
        ("2nd", "basic", "lower-case"),
        ("../x", "basic", "cannot name"),
        ("", "basic", "cannot name"),
        ("poet", "rooting", "did you mean routing"),
        ("poet", "../basic", "basic, routing, tool-heavy"),
        ("assistant", "basic", "already"),
        ("odd", "basic", "already"),
    ],
)
def test_what_cannot_be(mine: Project, name: str, like: str, words: str) -> None:
    mine.put({"config/agents/odd.yaml": 'version: "1.0.0"\n'})
    before = mine.files()
    ran = add(mine, name, "--like", like)
    assert ran.code in (1, 2) and ran.out == "" and words in ran.err, ran
    assert mine.files() == before


def test_nobody_to_route_to(mine: Project) -> None:
    mine.put({"config/agents.yaml": None})
    ran = add(mine, "router", "--like", "routing")
    assert ran.code == 1 and "no agent yet" in ran.err


@pytest.mark.parametrize("text", ["agents: [", "a: b: c\n", "\0"])
def test_a_manifest_that_does_not_parse_is_named(mine: Project, text: str) -> None:
    mine.put({"config/agents.yaml": text})
    ran = add(mine, "poet")
    assert ran.code == 1 and "config/agents.yaml" in ran.err and ran.err.startswith("error: ")


@pytest.mark.parametrize("text", ["", "[]\n", "agents: 1\n", "agents: {a: 1}\n"])
def test_a_manifest_that_holds_something_else_is_no_reason_to_fail(
    mine: Project, text: str
) -> None:
    mine.put({"config/agents.yaml": text})
    assert add(mine, "poet").code == 0


@pytest.mark.parametrize(("version", "more"), [("0.1.0", []), ("0.2.0", ["--toml"])])
def test_an_older_version_has_none(
    agentkit: Run, work: Path, version: str, more: list[str]
) -> None:
    assert agentkit("new", "old", "--ref", version).code == 0
    ran = agentkit("add", "agent", "poet", "old", *more)
    assert ran.code == 1 and "agentkit update" in ran.err
    assert not (work / "old/config/agents").exists()


def test_a_template_of_others_has_none(start: Start) -> None:
    project = start({"a.txt": "1\n"})
    ran = project.run("add", "agent", "poet", str(project.root))
    assert ran.code == 1 and "no agents to start from" in ran.err


def test_json(mine: Project) -> None:
    told = json.loads(add(mine, "poet", "--format", "json").out)
    assert told == {
        "file": "config/agents/poet.yaml",
        "text": mine.read("config/agents/poet.yaml"),
        "written": True,
    }
    planned = json.loads(add(mine, "other", "--dry-run", "--format", "json").out)
    assert not planned["written"] and not (mine.root / planned["file"]).exists()


def test_agents_in_toml_are_known(mine: Project) -> None:
    mine.put({"config/agents/odd.toml": 'version = "1.0.0"\ndescription = "in TOML"\n'})
    assert "odd: in TOML" in made(mine, "router", "routing")["instructions"]
    ran = add(mine, "odd")
    assert ran.code == 1 and "there is an agent odd already" in ran.err
    mine.put({"config/agents/odd.toml": "= \n"})
    ran = add(mine, "third", "--like", "routing")
    assert ran.code == 1 and "odd.toml" in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize("part", [("store", "sqlite"), ("pattern", "react")])
def test_what_a_project_always_has_is_replaced_not_removed(
    mine: Project, part: tuple[str, str]
) -> None:
    ran = mine.run("remove", *part)
    assert ran.code == 2
    assert f"agentkit set {part[0]} NAME takes another one" in ran.err
