"""models.yaml as rules: which model is asked, what happens when it fails, and what it may cost.

Real SDKs against fakes of two providers.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic_ai.models import override_allow_model_requests

from agent.engine import Engine
from agent.errors import ManifestError
from agent.manifests import load
from agent.run import Run
from agent.settings import Settings
from fake_llm import FakeLLM, anthropic, openai, serve

pytestmark = pytest.mark.anyio
CALL = ("calculator", {"expression": "6*7"})
Make = Callable[..., Engine]


@pytest.fixture
def first() -> Iterator[FakeLLM]:
    with serve(openai) as fake, override_allow_model_requests(True):
        yield fake


@pytest.fixture
def second() -> Iterator[FakeLLM]:
    with serve(anthropic) as fake:
        yield fake


@pytest.fixture
def make(first: FakeLLM, second: FakeLLM, config: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes an engine of models: cheap, strong and plain of OpenAI, other of Anthropic."""
    for name, fake in ("ONE", first), ("TWO", second):
        monkeypatch.setenv(f"{name}_BASE_URL", fake.url + ("/v1" if fake is first else ""))
    monkeypatch.setenv("SOME_API_KEY", "sk-test")

    def engine(
        budget: dict[str, Any] | None = None,
        own: dict[str, dict[str, Any]] | None = None,
        **rest: Any,
    ) -> Engine:
        models: dict[str, dict[str, Any]] = {
            "cheap": {"model": "openai:gpt-6.1-terra"},
            "strong": {"model": "openai:gpt-6.1-sol"},
            "plain": {"model": "openai:some-model-of-ours"},
            "other": {"model": "anthropic:claude-sonnet-5-5"},
        }
        for name, model in models.items():
            url = "TWO_BASE_URL" if name == "other" else "ONE_BASE_URL"
            model |= {"api_key_env": "SOME_API_KEY", "base_url_env": url}
            model |= {"settings": {"max_retries": 0}} | (own or {}).get(name, {})
        agents = {
            "talker": {"tools": ["calculator"]},
            "boss": {"tools": ["ask_talker"]},
            "pinned": {"model": "plain"},
        }
        nodes = [
            {"id": "who", "kind": "decision", "choices": [*agents], "expr": "input.split(':')[0]"},
            *({"id": f"ask_{name}", "kind": "agent", "agent": name} for name in agents),
        ]
        tools = {
            "calculator": {"kind": "python", "call": "agent.tools:calculator"},
            "ask_talker": {"kind": "agent", "agent": "talker", "description": "Ask."},
        }
        edges = [{"from": "who", "to": f"ask_{name}", "when": name} for name in agents]
        none = dict.fromkeys(["cost_usd", "requests", "tool_calls", "tokens"])
        files = {
            "workflow": {"name": "test", "nodes": nodes, "edges": edges},
            "agents": {"agents": agents},
            "tools": {"tools": tools},
            "models": {"default": "cheap", "models": models} | rest,
            "policies": {"budget": none | (budget or {})},
            "offline": {},
        }
        for name, content in files.items():
            (config / f"{name}.yaml").write_text(json.dumps({"version": "1.0.0"} | content))
        return Engine.from_config_dir(config, settings=Settings(model_mode="live"))

    return engine


def asked(fake: FakeLLM) -> str:
    """Which models were asked, in order."""
    return " ".join(request["model"].rpartition("-")[2] for request in fake.requests)


ROUTES = [
    {"when": "agent == 'boss'", "model": "other"},
    {"when": "prompt | length > 30 or 'prove' in prompt", "model": "strong"},
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("talker: hi", "terra"),
        ("talker: prove it", "sol"),
        ("talker: what is the meaning of all this?", "sol"),
        ("pinned: prove it", "ours"),
    ],
)
async def test_rules_choose_the_model(make: Make, first: FakeLLM, text: str, expected: str):
    run = await make(routes=ROUTES).execute(Run(input=text))
    assert (run.output, asked(first)) == ("hello", expected)


async def test_a_tool_call_and_an_agent_as_a_tool_follow_the_rules_too(
    make: Make, first: FakeLLM, second: FakeLLM
):
    second.replies.extend([("ask_talker", {"task": "prove it"}), "done"])
    first.replies.extend([CALL, "It is 42."])
    run = await make(routes=ROUTES).execute(Run(input="boss: go"))
    assert (run.output, asked(second), asked(first)) == ("done", "5 5", "sol sol")


async def test_a_model_has_a_fallback_of_its_own_with_its_own_settings(
    make: Make, first: FakeLLM, second: FakeLLM
):
    own = {
        "strong": {"fallback": ["other"], "settings": {"max_tokens": 11, "max_retries": 0}},
        "other": {"settings": {"max_tokens": 22, "max_retries": 0}},
    }
    engine = make(own=own, fallback=["plain"], routes=ROUTES)
    first.replies.extend([503, 503, "plain"])
    assert (await engine.execute(Run(input="talker: prove it"))).output == "hello"
    assert (await engine.execute(Run(input="talker: hi"))).output == "plain"
    assert (asked(first), asked(second)) == ("sol terra ours", "5")
    assert first.requests[0]["max_output_tokens"] == 11
    assert second.requests[0]["max_tokens"] == 22
    assert "max_output_tokens" not in first.requests[2]


@pytest.mark.parametrize("retries", [0, 1])
async def test_a_model_says_how_often_it_is_tried(make: Make, first: FakeLLM, retries: int):
    first.replies.extend([503] * 9)
    engine = make(own={"cheap": {"settings": {"max_retries": retries}}})
    run = await engine.execute(Run(input="talker: hi"))
    assert run.error and run.error.code == "model_failed"
    assert len(first.requests) == 1 + retries


@pytest.mark.parametrize(
    "budget", [{"requests": 5}, {"tokens": 80}, {"cost_usd": 0.0003}, {"tool_calls": 3}]
)
async def test_the_budget_holds_for_agents_as_tools(
    make: Make, first: FakeLLM, budget: dict[str, Any]
):
    first.replies.extend([("ask_talker", {"task": "hi"}), *[CALL] * 30])
    run = await make(budget=budget).execute(Run(input="boss: go"))
    assert run.error and run.error.code == "budget_exceeded"
    assert 3 < len(first.requests) < 9


@pytest.mark.parametrize("budget", [{"requests": 3}, {"tokens": 40}, {"cost_usd": 0.0002}])
async def test_the_budget_holds_for_fallbacks(
    make: Make, first: FakeLLM, second: FakeLLM, budget: dict[str, Any]
):
    first.replies.extend([503] * 30)
    second.replies.extend([CALL] * 30)
    run = await make(budget=budget, fallback=["other"]).execute(Run(input="talker: hi"))
    assert run.error and run.error.code == "budget_exceeded"
    assert 2 <= len(second.requests) <= 4


async def test_a_broken_model_is_asked_again_after_a_while(
    make: Make, first: FakeLLM, second: FakeLLM
):
    breaker = {"failures": 1, "reset_s": 0.3}
    engine = make(fallback=["other"], breaker=breaker)
    first.replies.extend([503])
    for _ in range(2):
        await engine.execute(Run(input="talker: hi"))
    assert (asked(first), asked(second)) == ("terra", "5 5")
    deadline = time.monotonic() + 10
    while len(first.requests) == 1 and time.monotonic() < deadline:
        await engine.execute(Run(input="talker: hi"))
    assert len(first.requests) == 2


async def test_a_run_that_ends_leaves_the_connection_of_others_alone(
    make: Make, first: FakeLLM, monkeypatch: pytest.MonkeyPatch
):
    asked_slowly, go_on, answer = threading.Event(), threading.Event(), first.answer

    def slowly(path: str, request: dict[str, Any]) -> tuple[int, str, bytes]:
        if "slowly" in json.dumps(request):
            asked_slowly.set()
            go_on.wait(10)
        return answer(path, request)

    monkeypatch.setattr(first, "answer", slowly)
    engine = make(fallback=["plain"])
    slow = asyncio.create_task(engine.execute(Run(input="pinned: slowly")))
    assert await asyncio.to_thread(asked_slowly.wait, 10)
    first.replies.append(503)
    assert (await engine.execute(Run(input="talker: hi"))).output == "hello"
    go_on.set()
    assert (await slow).output == "hello" and asked(first) == "terra ours ours"


@pytest.mark.parametrize(("budget", "warned"), [(None, []), ({"cost_usd": 1}, ["plain"])])
async def test_a_model_without_a_price_is_told_when_a_budget_is_in_dollars(
    make: Make, budget: dict[str, Any] | None, warned: list[str]
):
    with structlog.testing.capture_logs() as events:
        make(budget=budget, routes=ROUTES)
    assert [e["model"] for e in events if e["event"] == "model_without_price"] == warned


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("routes: [{when: 'true', model: stron}]", 'routes[0].model: unknown model "stron", did y'),
        ("routes: [{when: promt, model: strong}]", 'routes[0].when: unknown name "promt", did you'),
        ("routes: [{when: 'a b', model: strong}]", "routes[0].when: expression: "),
        (
            "models: {strong: {model: 'openai:x', fallback: [no]}}",
            "models.strong.fallback[0]: unkn",
        ),
    ],
)
def test_a_mistake_in_a_rule_is_reported_where_it_is(config: Path, wrong: str, expected: str):
    models = "" if wrong.startswith("models") else "models:\n  strong: {model: 'openai:x'}\n"
    (config / "models.yaml").write_text(f'version: "1.0.0"\n{models}{wrong}\n')
    with pytest.raises(ManifestError) as caught:
        load(config)
    line = 4 if models else 2
    assert f"models.yaml:{line}: {expected}" in str(caught.value)
