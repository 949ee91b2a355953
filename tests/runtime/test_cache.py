"""Answers that are given again: to whom, for what, and when not."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.engine import Engine
from agent.run import Answer, Run
from agent.settings import Settings

pytestmark = pytest.mark.anyio
SAY = {"id": "say", "kind": "agent", "agent": "talker"}
ASK = {"id": "ok", "kind": "approval", "message": "Well?"}


@pytest.fixture
def engine(config: Path, settings: Settings):
    def make(*nodes: dict[str, Any], ttl: int = 60) -> Engine:
        files = {"workflow": {"name": "test", "nodes": nodes}, "offline": {}}
        files |= {"tools": {}, "models": {}, "agents": {"agents": {"talker": {}}}}
        files["memory"] = {"cache_ttl_s": ttl}
        for name, content in files.items():
            text = json.dumps({"version": "1.0.0"} | content)  # JSON is YAML
            (config / f"{name}.yaml").write_text(text)
        return Engine.from_config_dir(config, settings=settings)

    return make


async def ask(engine: Engine, **about: Any) -> tuple[bool, int]:
    """Whether the answer came from the cache, and how often a model was asked for it."""
    run = await engine.execute(Run(**{"input": "hi"} | about))
    assert run.status == "succeeded" and run.output
    return run.cached, run.usage.requests


async def test_the_same_question_asks_no_model_again(engine):
    one = engine(SAY)
    assert [await ask(one), await ask(one)] == [(False, 1), (True, 0)]
    first, second = [await one.execute(Run(input="hi")) for _ in range(2)]
    assert first.id != second.id and first.output == second.output
    stored = await one.store.get("run", second.id)
    assert stored and stored["cached"] and stored["output"] == second.output


@pytest.mark.parametrize("about", [{"input": "ho"}, {"user": "bob"}, {"session_id": "s"}])
async def test_another_input_caller_or_a_conversation_asks_anew(engine, about: dict[str, Any]):
    one = engine(SAY)
    await ask(one)
    assert await ask(one, **about) == (False, 1)


async def test_other_manifests_ask_anew(engine):
    await ask(engine(SAY))
    assert await ask(engine(SAY | {"prompt": "{{ input }}!"})) == (False, 1)


async def test_it_is_off_unless_told(engine):
    one = engine(SAY, ttl=0)
    assert [await ask(one), await ask(one)] == [(False, 1), (False, 1)]


async def test_what_a_person_decided_is_not_kept(engine):
    one = engine(SAY, ASK, SAY | {"id": "again"})
    for _ in range(2):
        run = await one.execute(Run(input="hi"))
        assert run.status == "waiting"
        run.answers["ok"] = Answer(choice="approve")
        assert (await one.execute(run)).status == "succeeded"


async def test_a_failure_is_not_kept(engine):
    one = engine(SAY, {"id": "no", "kind": "merge", "template": "{{ say.nope }}"})
    for _ in range(2):
        run = await one.execute(Run(input="hi"))
        assert (run.status, run.usage.requests) == ("failed", 1)
