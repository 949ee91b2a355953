"""What callers have used: booked once, whatever became of their runs, and bounded by the day."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.engine import Engine
from agent.ledger import usage
from agent.run import Answer, Run
from agent.settings import Settings

pytestmark = pytest.mark.anyio
NODES = [
    {"id": "say", "kind": "agent", "agent": "talker"},
    {"id": "ok", "kind": "approval", "message": "Well?"},
    {"id": "again", "kind": "agent", "agent": "talker"},
]


@pytest.fixture
def engine(config: Path, settings: Settings):
    def make(nodes: list[dict[str, Any]] = NODES[:1], **more: dict[str, Any]) -> Engine:
        files = {"workflow": {"name": "test", "nodes": nodes}, "offline": {}}
        files |= {"tools": {}, "models": {}, "agents": {"agents": {"talker": {}}}} | more
        for name, content in files.items():
            text = json.dumps({"version": "1.0.0"} | content)  # JSON is YAML
            (config / f"{name}.yaml").write_text(text)
        return Engine.from_config_dir(config, settings=settings)

    return make


async def test_a_run_is_booked_once_however_often_it_stops(engine):
    one = engine(NODES)
    run = await one.execute(Run(input="hi", user="alice"))
    [row] = await usage(one.store, 1, "alice")
    assert run.status == "waiting" and (row["runs"], row["requests"]) == (0, 1)
    run.answers["ok"] = Answer(choice="approve")
    run = await one.execute(run)
    [row] = await usage(one.store, 1, "alice")
    assert (row["runs"], row["requests"]) == (1, 2)
    used = {name: row[name] for name in ("input_tokens", "output_tokens")}
    assert used == {name: getattr(run.usage, name) for name in used}


async def test_what_a_dead_process_used_is_booked_by_whoever_goes_on(engine):
    one = engine(NODES)
    run = await one.execute(Run(input="hi", user="alice"))
    dead = run.model_copy(update={"booked": {}, "user": "bob"})  # it had no time to book
    dead.answers["ok"] = Answer(choice="approve")
    await one.execute(dead)
    [row] = await usage(one.store, 1, "bob")
    assert (row["runs"], row["requests"]) == (1, 2)


async def test_failures_are_booked_too_and_callers_apart(engine):
    nodes = [*NODES[:1], {"id": "no", "kind": "merge", "template": "{{ say.nope }}"}]
    one = engine(nodes)
    for user in "alice", "bob", "alice":
        assert (await one.execute(Run(input="hi", user=user))).status == "failed"
    rows = await usage(one.store, 2)
    assert [(row["user"], row["runs"], row["requests"]) for row in rows] == [
        ("alice", 2, 2),
        ("bob", 1, 1),
    ]


async def test_the_budget_of_the_day_refuses_before_a_model_is_asked(engine):
    one = engine(policies={"daily_budget": {"tokens": 1}})
    assert (await one.execute(Run(input="hi", user="alice"))).status == "succeeded"
    run = await one.execute(Run(input="hi", user="alice"))
    assert run.error and run.error.code == "budget_exceeded" and run.usage.requests == 0
    assert (await one.execute(Run(input="hi", user="bob"))).status == "succeeded"


async def test_a_run_that_has_begun_may_end(engine):
    one = engine(NODES, policies={"daily_budget": {"tokens": 1}})
    run = await one.execute(Run(input="hi"))
    run.answers["ok"] = Answer(choice="approve")
    assert (await one.execute(run)).status == "succeeded"


def test_the_command_shows_it(engine):
    asyncio.run(engine().execute(Run(input="hi", user="alice")))
    command = [sys.executable, "-m", "agent", "usage"]
    told = subprocess.run([*command, "--format", "json"], capture_output=True, text=True)
    [row] = json.loads(told.stdout)
    assert row["user"] == "alice" and row["runs"] == 1 and row["cost_usd"] == 0
    lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    assert lines[0].split()[:3] == ["day", "user", "cost_usd"]
    assert lines[1].split()[1] == "alice" and len(lines) == 2
