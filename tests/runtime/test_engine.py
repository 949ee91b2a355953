"""Every kind of node, run offline from manifests of the test's own."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.engine import Engine
from agent.errors import StoreError
from agent.execution import Execution
from agent.run import Answer, Run
from agent.settings import Settings

pytestmark = pytest.mark.anyio
ANSWER = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}


@pytest.fixture
def engine(config: Path, settings: Settings):
    """Makes an engine of nodes, edges, ... and of two agents: one talks, one has a tool."""

    def make(replies: list[dict[str, Any]] | None = None, **graph: Any) -> Engine:
        agents = {
            "talker": {"instructions": "Talk."},
            "doer": {"tools": ["tool"]},
            "judge": {"output_schema": ANSWER},
        }
        tools = {"tool": {"kind": "python", "call": "agent.tools:calculator", "approval": True}}
        offline = dict.fromkeys(agents, replies or [{"text": "<{{ prompt }}>"}])
        files = {"workflow": {"name": "test"} | graph, "agents": {"agents": agents}}
        files |= {"tools": {"tools": tools}, "offline": {"replies": offline}}
        for name, content in files.items():
            text = json.dumps({"version": "1.0.0"} | content)  # JSON is YAML
            (config / f"{name}.yaml").write_text(text)
        return Engine.from_config_dir(config, settings=settings)

    return make


async def test_a_decision_skips_the_branch_not_taken(engine):
    nodes = [
        {"id": "pick", "kind": "decision", "choices": ["a", "b"], "expr": "input"},
        {"id": "left", "kind": "agent", "agent": "talker", "prompt": "left"},
        {"id": "right", "kind": "agent", "agent": "talker", "prompt": "right"},
        {"id": "both", "kind": "merge"},
    ]
    edges = [
        {"from": "pick", "to": "left", "when": "a"},
        {"from": "pick", "to": "right", "when": "b"},
        {"from": "left", "to": "both"},
        {"from": "right", "to": "both"},
    ]
    run = await engine(nodes=nodes, edges=edges).execute(Run(input="b"))
    assert run.output == {"right": "<right>"}
    assert list(run.state) == ["pick", "right", "both"]


async def test_a_map_in_a_loop_keeps_every_output_under_its_path(engine):
    work = {"id": "one", "kind": "agent", "agent": "talker", "prompt": "{{ item }}{{ iteration }}"}
    loop = {"id": "again", "kind": "loop", "until": "iteration == 2", "output": "work"}
    loop |= {"nodes": [{"id": "work", "kind": "map", "over": "['x', 'y']", "body": work}]}
    run = await engine(nodes=[loop]).execute(Run(input="hi"))
    assert run.output == ["<x2>", "<y2>"]
    assert run.state["again#1.work[1].one"] == "<y1>"


async def test_a_failure_is_told_safely_and_an_optional_one_yields_null(engine):
    node = {"id": "sum", "kind": "deterministic", "call": "agent.tools:calculator"}
    node |= {"args": {"expression": "input"}}
    run = await engine(nodes=[node]).execute(Run(input="secret / 0"))
    assert run.status == "failed" and run.error
    error = {"code": "failed", "message": "A step failed.", "node": "sum"}
    assert run.error.model_dump() == error
    run = await engine(nodes=[node | {"optional": True}]).execute(Run(input="secret / 0"))
    assert (run.status, run.output) == ("succeeded", None)


async def test_an_approval_pauses_what_depends_on_it_and_nothing_else(engine):
    nodes = [
        {"id": "ask", "kind": "approval", "message": "Send {{ input }}?"},
        {"id": "other", "kind": "agent", "agent": "talker", "prompt": "meanwhile"},
        {"id": "send", "kind": "merge", "template": "{{ ask.choice }} by {{ ask.by }}"},
    ]
    edges = [{"from": "ask", "to": "send"}, {"from": "other", "to": "send"}]
    one = engine(nodes=nodes, edges=edges)
    run = await one.execute(Run(input="it"))
    assert run.status == "waiting" and run.waiting["ask"].message == "Send it?"
    assert run.state == {"other": "<meanwhile>"}
    stored = Run.model_validate(await one.store.get("run", run.id))  # as another process finds it
    stored.answers["ask"] = Answer(choice="approve", by="bob")
    run = await one.execute(stored)
    assert (run.status, run.output) == ("succeeded", "approve by bob")


@pytest.mark.parametrize(("choice", "said"), [("approve", "42"), ("reject", "not today")])
async def test_a_tool_call_waits_for_a_person(engine, choice: str, said: str):
    reply = {"tool": "tool", "args": {"expression": "6*7"}, "text": "{{ results.tool }}"}
    one = engine([reply], nodes=[{"id": "do", "kind": "agent", "agent": "doer"}])
    run = await one.execute(Run(input="go"))
    assert run.waiting["do"].message == "doer wants to call tool"
    run.answers["do"] = Answer(choice=choice, comment="not today")
    run = await one.execute(run)
    assert (run.status, run.output) == ("succeeded", said)


async def test_a_run_goes_on_after_its_last_checkpoint(engine, monkeypatch):
    nodes = [{"id": i, "kind": "agent", "agent": "talker", "prompt": i} for i in ("a", "b")]
    one, asked = engine(nodes=nodes), []
    ask = Execution.ask

    async def note(self: Execution, name: str, prompt: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(prompt)
        return await ask(self, name, prompt, *args, **kwargs)

    monkeypatch.setattr(Execution, "ask", note)
    run = await one.execute(Run(input="hi", state={"a": "from before the crash"}))
    assert asked == ["b"] and run.output == "<b>"


async def test_the_simplest_answer_fits_the_output_schema(engine):
    one = engine([], nodes=[{"id": "judge", "kind": "agent", "agent": "judge"}])
    assert (await one.execute(Run(input="hi"))).output == {"ok": True}


async def test_the_metadata_says_what_runs(engine):
    one = engine(nodes=[{"id": "a", "kind": "merge"}, {"id": "b", "kind": "merge"}])
    one.dag.validate()
    assert one.dag.order == ["a", "b"] and one.metadata.environment == "development"
    assert one.metadata.manifest_hashes == one.manifests.hashes


async def test_the_end_is_told_even_if_the_store_fails_then(engine, monkeypatch):
    built, told = engine(nodes=[{"id": "a", "kind": "deterministic", "expr": "1"}]), []
    built.observers.append(told.append)

    async def fail(*_, **__):
        raise StoreError("away")

    monkeypatch.setattr(built.store, "put", fail)
    with pytest.raises(StoreError):
        await built.execute(Run(input="hi"))
    assert [(e["event"], e.get("status")) for e in told][-1] == ("run_finished", "failed")
