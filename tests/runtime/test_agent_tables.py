"""The tables of an agent's file: llm, budget and routing, seen from a provider's server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.models import override_allow_model_requests

from agent.engine import Engine
from agent.errors import ManifestError
from agent.manifests import load
from agent.run import Run
from agent.settings import Settings
from fake_llm import FakeLLM, openai, serve

pytestmark = pytest.mark.anyio
POET = """\
version = "1.0.0"
description = "Writes verses."
instructions = "Rhyme."
tools = ["calculator"]

[llm]
model = "openai:gpt-6.1-poet"
api_key_env = "POET_API_KEY"
base_url_env = "FAKE_URL"
settings = { temperature = 0.7, max_tokens = 4000 }

[budget]
requests = 2

[routing]
when = "It must rhyme."
capabilities = ["verses", "songs"]
"""
CALL = ("calculator", {"expression": "6*7"})
ABOUT = "Writes verses. It must rhyme. Can: verses, songs."


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLLM]:
    with serve(openai) as fake, override_allow_model_requests(True):
        monkeypatch.setenv("FAKE_URL", f"{fake.url}/v1")
        monkeypatch.setenv("FAKE_API_KEY", "sk-test")
        monkeypatch.setenv("POET_API_KEY", "sk-poet")
        yield fake


@pytest.fixture
def manifests(config: Path):
    """Writes manifests with two agents: a clerk of agents.yaml, and the poet of its own file."""

    def write(*nodes: dict[str, Any], **more: dict[str, Any]) -> Path:
        model = {"model": "openai:gpt-6.1-terra", "api_key_env": "FAKE_API_KEY"}
        files: dict[str, dict[str, Any]] = {
            "workflow": {"name": "test", "nodes": nodes},
            "agents": {"agents": {"clerk": {"tools": ["ask_poet"]}}},
            "tools": {
                "tools": {
                    "calculator": {"kind": "python", "call": "agent.tools:calculator"},
                    "ask_poet": {"kind": "agent", "agent": "poet"},
                }
            },
            "models": {"default": "m", "models": {"m": model | {"base_url_env": "FAKE_URL"}}},
            "policies": {"budget": {"cost_usd": None}},
            "offline": {},
        }
        for name, content in (files | more).items():
            (config / f"{name}.yaml").write_text(json.dumps({"version": "1.0.0"} | content))
        (config / "agents").mkdir()
        (config / "agents/poet.toml").write_text(POET)
        return config

    return write


@pytest.fixture
def engine(manifests, fake: FakeLLM):
    def make(*nodes: dict[str, Any], **more: dict[str, Any]) -> Engine:
        return Engine.from_config_dir(manifests(*nodes, **more), Settings(model_mode="live"))

    return make


def ask(agent: str, name: str = "say") -> dict[str, Any]:
    return {"id": name, "kind": "agent", "agent": agent}


async def test_the_model_of_one_agent(engine, fake: FakeLLM):
    assert (await engine(ask("poet"), ask("clerk", "file")).execute(Run(input="hi"))).output
    first, second = fake.requests
    assert (first["model"], first["temperature"]) == ("gpt-6.1-poet", 0.7)
    assert first["max_output_tokens"] == 4000 and "Rhyme." in json.dumps(first)
    assert second["model"] == "gpt-6.1-terra" and "temperature" not in second


async def test_a_task_has_a_budget_and_so_has_the_next(engine, fake: FakeLLM):
    fake.replies.extend([CALL, "one", CALL, "two"])
    run = await engine(ask("poet"), ask("poet", "again")).execute(Run(input="hi"))
    assert (run.status, run.output, run.usage.requests) == ("succeeded", "two", 4)


async def test_beyond_its_budget_the_run_fails_and_what_it_used_counts(engine, fake: FakeLLM):
    fake.replies.extend([CALL, CALL, "never"])
    run = await engine(ask("poet")).execute(Run(input="hi"))
    assert run.error and (run.error.code, run.error.node) == ("budget_exceeded", "say")
    assert (run.usage.requests, run.usage.tool_calls, run.booked["requests"]) == (2, 2, 2)


async def test_an_agent_that_is_a_tool_keeps_its_budget(engine, fake: FakeLLM):
    fake.replies.extend([("ask_poet", {"task": "a verse"}), CALL, CALL, "never"])
    run = await engine(ask("clerk")).execute(Run(input="hi"))
    assert run.error and (run.error.code, run.error.node) == ("budget_exceeded", "say")
    assert len(fake.requests) == run.usage.requests == 3


@pytest.mark.parametrize("budget", [{"requests": 2}, {"tokens": 40}])
async def test_no_agent_has_more_than_its_run(engine, fake: FakeLLM, budget: dict[str, int]):
    fake.replies.extend([("ask_poet", {"task": "a verse"}), CALL, "a verse", "done"])
    policies = {"budget": {"cost_usd": None} | budget}
    run = await engine(ask("clerk"), policies=policies).execute(Run(input="hi"))
    assert run.error and run.error.code == "budget_exceeded"


async def test_who_chooses_or_asks_an_agent_is_told_of_it(engine, fake: FakeLLM):
    choose = {"id": "who", "kind": "decision", "agent": "clerk", "choices": ["poet", "nobody"]}
    edges = [{"from": "who", "to": n, "when": n} for n in ("poet", "nobody")]
    nodes = choose, ask("poet", "poet"), {"id": "nobody", "kind": "merge"}
    workflow = {"name": "test", "nodes": nodes, "edges": edges}
    fake.replies.extend([("final_result", {"response": "poet"}), "a verse"])
    assert (await engine(workflow=workflow).execute(Run(input="hi"))).output == "a verse"
    request = fake.requests[0]
    assert f"poet: {ABOUT}" in request["instructions"] and "nobody:" not in request["instructions"]
    [tool] = [tool for tool in request["tools"] if tool["name"] == "ask_poet"]
    assert tool["description"] == ABOUT


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('description = "Writes', 'model = "m"\ndescription = "Writes', "one of `model` and `llm`"),
        ("requests = 2", "requests = 0", "poet.toml:13: budget.requests: "),
        ("requests = 2", "cost = 2", "poet.toml:13: budget.cost: Extra inputs"),
        ("when =", "if =", "poet.toml:16: routing.if: Extra inputs"),
        ("openai:gpt-6.1-poet", "gpt", "poet.toml:7: llm.model: "),
    ],
)
def test_mistakes(manifests, old: str, new: str, problem: str):
    config = manifests(ask("poet"))
    (config / "agents/poet.toml").write_text(POET.replace(old, new))
    with pytest.raises(ManifestError) as caught:
        load(config)
    assert problem in str(caught.value)


def test_an_agent_that_nothing_is_said_of_is_no_tool(manifests):
    config = manifests(ask("poet"))
    (config / "agents/poet.toml").write_text('version = "1.0.0"\n')
    with pytest.raises(ManifestError, match=r"tools\.ask_poet\.agent: describe what it is for"):
        load(config)
