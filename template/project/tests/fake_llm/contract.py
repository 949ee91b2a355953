"""What must hold of every provider: a test module subclasses this and names its wire format.

The real SDK runs against the fake server, through the same manifests and engine as in production.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from pydantic_ai.models import override_allow_model_requests

from agent.engine import Engine
from agent.run import Run
from agent.settings import Settings
from fake_llm import FakeLLM, serve

SCHEMA = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
TOOL_CALL = ("calculator", {"expression": "6*7"})


@pytest.mark.anyio
class ProviderContract:
    wire: ModuleType
    model: str
    base = ""
    connection: ClassVar[dict[str, Any]] = {
        "api_key_env": "FAKE_API_KEY",
        "base_url_env": "FAKE_BASE_URL",
    }
    attempts = 3  # how often the SDK asks before it gives up

    @pytest.fixture
    def fake(self) -> Iterator[FakeLLM]:
        with serve(self.wire) as fake, override_allow_model_requests(True):
            yield fake

    @pytest.fixture
    def engine(self, fake: FakeLLM, config: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
        """Two models of the provider, the second behind the first; an agent that talks and one
        that answers by a schema, asked if the input says so."""
        monkeypatch.setenv("FAKE_API_KEY", "sk-test")
        monkeypatch.setenv("FAKE_BASE_URL", fake.url + self.base)
        names = "first", "second"
        models = {name: self.connection | {"model": f"{self.model}-{name}"} for name in names}
        agents = {"talker": {"tools": ["calculator"]}, "filler": {"output_schema": SCHEMA}}
        tools = {"calculator": {"kind": "python", "call": "agent.tools:calculator"}}
        nodes = [
            {"id": "form", "kind": "decision", "choices": ["talker", "filler"], "expr": "input"},
            {"id": "talk", "kind": "agent", "agent": "talker"},
            {"id": "fill", "kind": "agent", "agent": "filler"},
        ]
        edges = [{"from": "form", "to": n, "when": f"{n}er"} for n in ("talk", "fill")]
        files: dict[str, dict[str, Any]] = {
            "workflow": {"name": "test", "nodes": nodes, "edges": edges},
            "agents": {"agents": agents},
            "tools": {"tools": tools},
            "models": {"default": "first", "fallback": ["second"], "models": models},
            "offline": {},
            "policies": {"budget": {"requests": 5, "cost_usd": None}},
        }
        files["models"]["breaker"] = {"failures": 2}
        shutil.rmtree(config / "agents", ignore_errors=True)  # they have tools that are not here
        for name, content in files.items():
            (config / f"{name}.yaml").write_text(json.dumps({"version": "1.0.0"} | content))
        return Engine.from_config_dir(config, settings=Settings(model_mode="live"))

    def asked(self, fake: FakeLLM) -> str:
        """Which models were asked, in order."""
        return " ".join(request["model"].rpartition("-")[2] for request in fake.requests)

    async def test_a_tool_call_and_its_result(self, engine: Engine, fake: FakeLLM):
        fake.replies.extend([TOOL_CALL, "It is 42."])
        run = await engine.execute(Run(input="talker"))
        assert (run.status, run.output) == ("succeeded", "It is 42.")
        assert "42" in json.dumps(fake.requests[1]) and run.usage.tool_calls == 1
        assert (run.usage.input_tokens, run.usage.output_tokens) == (22, 14)

    async def test_streaming(self, engine: Engine, fake: FakeLLM):
        fake.replies.extend([TOOL_CALL, "It is 42."])
        events: list[dict[str, Any]] = []
        run = await engine.execute(Run(input="talker"), events.append)
        assert run.output == "It is 42."
        assert "".join(e["text"] for e in events if e["event"] == "token") == "It is 42."

    async def test_an_answer_that_breaks_its_schema_is_asked_for_again(
        self, engine: Engine, fake: FakeLLM
    ):
        fake.replies.extend([("final_result", {"n": "x"}), ("final_result", {"n": 1})])
        run = await engine.execute(Run(input="filler"))
        assert run.output == {"n": 1} and "is not of type" in json.dumps(fake.requests[1])

    async def test_a_hiccup_is_retried(self, engine: Engine, fake: FakeLLM):
        fake.replies.extend([503] * (self.attempts - 1) + ["fine"])
        assert (await engine.execute(Run(input="talker"))).output == "fine"
        assert self.asked(fake) == " ".join(["first"] * self.attempts)

    async def test_the_fallback_answers_and_a_broken_model_is_left_alone(
        self, engine: Engine, fake: FakeLLM
    ):
        for _ in range(2):
            fake.replies.extend([503] * self.attempts + ["from the second"])
            assert (await engine.execute(Run(input="talker"))).output == "from the second"
        assert self.asked(fake) == " ".join([*["first"] * self.attempts, "second"] * 2)
        fake.requests.clear()
        await engine.execute(Run(input="talker"))
        assert self.asked(fake) == "second"

    async def test_when_no_model_answers_the_run_says_so(self, engine: Engine, fake: FakeLLM):
        fake.replies.extend([401] * 2)
        run = await engine.execute(Run(input="talker"))
        assert run.error and (run.error.code, run.error.node) == ("model_failed", "talk")

    async def test_the_budget_stops_a_run(self, engine: Engine, fake: FakeLLM):
        fake.replies.extend([TOOL_CALL] * 9)
        run = await engine.execute(Run(input="talker"))
        assert run.error and run.error.code == "budget_exceeded"
        assert len(fake.requests) == 5
