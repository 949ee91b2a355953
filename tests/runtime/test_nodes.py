"""Expressions, named workflows, and other agent services as nodes; the workflow as a picture."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.engine import Engine
from agent.errors import ConfigError, ManifestError
from agent.graph import mermaid
from agent.run import Answer, Run

pytestmark = pytest.mark.anyio


def write(config: Path, nodes: list[Any], **more: Any) -> Path:
    body = {"version": "1.0.0", "name": "x", "nodes": nodes, **more}
    (config / "workflow.yaml").write_text(json.dumps(body))
    return config


def expr(id: str, text: str) -> dict[str, str]:
    return {"id": id, "kind": "deterministic", "expr": text}


def call(workflow: str, **values: str) -> dict[str, Any]:
    return {"id": f"run_{workflow}", "kind": "workflow", "workflow": workflow, "with": values}


async def test_an_expression_shuffles_data(config):
    write(config, [expr("words", "input.split()"), expr("last", "words | sort | last")])
    assert (await Engine.from_config_dir(config).execute(Run(input="b c a"))).output == "c"


async def test_a_workflow_runs_itself_until_it_is_as_deep_as_it_may(config):
    inner = [expr("here", "[depth, n]"), call("count", n="n * 2")]
    graph = {"nodes": inner, "output": "[here] + (run_count or [])"}
    write(config, [call("count", n="1")], workflows={"count": graph}, max_depth=3)
    run = await Engine.from_config_dir(config).execute(Run(input="x"))
    assert run.output == [[1, 1], [2, 2], [3, 4]]
    assert "run_count.run_count.here" in run.state


async def test_a_map_runs_a_workflow_for_each_item(config):
    graph = {"nodes": [expr("twice", "word ~ word"), expr("loud", "twice | upper")]}
    body = call("shout", word="item")
    write(
        config,
        [{"id": "each", "kind": "map", "over": "input.split()", "body": body}],
        workflows={"shout": graph},
    )
    assert (await Engine.from_config_dir(config).execute(Run(input="a b"))).output == ["AA", "BB"]


async def test_a_node_of_a_loop_sees_its_own_last_output(config):
    loop = {"id": "grow", "kind": "loop", "until": "list | length == 3", "max_iterations": 9}
    write(config, [loop | {"nodes": [expr("list", "(list or []) + [iteration]")]}])
    assert (await Engine.from_config_dir(config).execute(Run(input="x"))).output == [1, 2, 3]


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (call("cuont"), 'unknown workflow "cuont", did you mean "count"?'),
        (call("count", depth="1", n="1"), "`depth` says how deep it is"),
        (call("count"), 'unknown name "n"'),
        ({"id": "a", "kind": "deterministic"}, "exactly one of `call` and `expr`"),
    ],
)
def test_what_cannot_run_is_told(config, node: dict[str, Any], said: str):
    write(config, [node], workflows={"count": {"nodes": [expr("here", "n")]}})
    with pytest.raises(ManifestError, match=r"workflow\.yaml:1: ") as caught:
        Engine.from_config_dir(config)
    assert said in str(caught.value)


def test_the_picture(config):
    loop = {"id": "work", "kind": "loop", "until": "done > 1", "nodes": [expr("done", "2")]}
    choice = {"id": "ask", "kind": "decision", "choices": ["a", "b"], "expr": "input"}
    edges = [{"from": "ask", "to": n, "when": w} for n, w in (("work", "a"), ("run_count", "b"))]
    more = {"edges": edges, "workflows": {"count": {"nodes": [expr("here", "1")]}}}
    write(config, [choice, loop, call("count")], **more)
    assert mermaid(Engine.from_config_dir(config).manifests.workflow).splitlines() == [
        "flowchart TD",
        '  ask{"ask: input"}',
        '  subgraph work["work: until done #gt; 1, at most 3 times"]',
        '    work_done["done: 2"]',
        "  end",
        '  run_count[["run_count: workflow count"]]',
        '  ask -->|"a"| work',
        '  ask -->|"b"| run_count',
        '  subgraph workflow_count["workflow count"]',
        '    count_here["here: 1"]',
        "  end",
    ]


ASKS = [
    {"id": "ask", "kind": "approval", "message": "May I?"},
    expr("done", "[input, ask.choice, ask.comment]"),
]
NAPS = [{"id": "nap", "kind": "deterministic", "call": "asyncio:sleep", "args": {"delay": "99"}}]


@pytest.fixture
def other(request, tmp_path, config, monkeypatch) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Another agent service with the nodes of the test's parameter: its address and process."""
    there = tmp_path / "there/config"
    there.mkdir(parents=True)
    for name in "agents", "tools", "models", "offline":
        (there / f"{name}.yaml").write_text((config / f"{name}.yaml").read_text())
    write(there, request.param)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = os.environ | {"AGENT_CONFIG_DIR": str(there), "AGENT_API_KEYS": "me:s3cret-s3cret"}
    env["PYTHONPATH"] = os.pathsep.join(sys.path)
    command = [sys.executable, "-m", "agent", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=there.parent, env=env)
    url = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("OTHER_URL", url)
    monkeypatch.setenv("OTHER_KEY", "s3cret-s3cret")
    try:
        until(url, "agent_runs_active 0.0", process)
        yield url, process
    finally:
        process.kill()
        process.wait()


def until(url: str, line: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the metrics of a service have a line."""
    deadline = time.monotonic() + 30
    while line not in metrics(url).splitlines():
        assert process.poll() is None and time.monotonic() < deadline, line
        time.sleep(0.05)


def metrics(url: str) -> str:
    try:
        with urllib.request.urlopen(f"{url}/metrics", timeout=5) as response:
            return response.read().decode()
    except OSError:
        return ""


REMOTE = {"id": "ask", "kind": "remote", "url_env": "OTHER_URL", "key_env": "OTHER_KEY"}


@pytest.mark.parametrize("other", [ASKS], indirect=True)
async def test_another_service_is_a_node_and_its_question_is_ours(config, other):
    engine = Engine.from_config_dir(write(config, [REMOTE | {"prompt": "Do {{ input }}."}]))
    run = await engine.execute(Run(input="it"))
    assert run.status == "waiting" and run.waiting["ask"].message == "May I?"
    again = Run(id=run.id, input="it", status="running")  # as after a crash: nothing was kept
    await engine.put(again)
    assert (await engine.execute(again)).status == "waiting"
    run.answers["ask"] = Answer(choice="approve", comment="go")
    done = await engine.execute(run)
    assert done.output == ["Do it.", "approve", "go"]
    counted = await asyncio.to_thread(metrics, other[0])
    assert 'agent_runs_total{status="succeeded"} 1.0' in counted
    assert 'agent_runs_total{status="waiting"} 1.0' in counted


@pytest.mark.parametrize("other", [NAPS], indirect=True)
@pytest.mark.parametrize("gone", [False, True])
async def test_who_cancels_a_run_cancels_it_there_too(config, other, gone: bool):
    url, process = other
    run = Run(input="x")
    engine = Engine.from_config_dir(write(config, [REMOTE | {"retries": 5}]))
    running = asyncio.create_task(engine.execute(run))
    await asyncio.to_thread(until, url, "agent_runs_active 1.0", process)
    if gone:
        process.kill()
        process.wait()
    run.cancelling = True
    running.cancel()
    await asyncio.wait([running], timeout=5)  # retries would take longer
    assert running.cancelled() and run.status == "cancelled"
    if not gone:
        line = 'agent_runs_total{status="cancelled"} 1.0'
        await asyncio.to_thread(until, url, line, process)


async def test_a_service_that_is_away_is_a_sentence(config, monkeypatch):
    write(config, [REMOTE])
    with pytest.raises(ConfigError, match="the remote node ask needs OTHER_URL"):
        Engine.from_config_dir(config)
    monkeypatch.setenv("OTHER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OTHER_KEY", "k")
    run = await Engine.from_config_dir(config).execute(Run(input="x"))
    assert run.error and (run.error.code, run.error.node) == ("remote_failed", "ask")
