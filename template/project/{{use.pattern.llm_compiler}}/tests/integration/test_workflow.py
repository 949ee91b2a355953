"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_two_model_calls_around_the_tools(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        "planner: Task: What is 6 * 7? > "
        '{"tasks": [{"id": "a", "tool": "calculator", "input": "6 * 7", "needs": []}]}',
        "joiner: Task: What is 6 * 7? > 6 * 7 = 42.",
    ]


async def test_what_needs_results_waits_for_them(config):
    run, steps = await play("What is 6 * 7 plus 2 * 3?")
    assert run.output == "42 + 6 = 48." and len(steps) == 2
    first, second = run.state["work#1.wave"], run.state["work#2.wave"]
    assert [one["id"] for one in first] == ["a", "b"] and [one["id"] for one in second] == ["c"]


async def test_a_circle_ends(config):
    offline = config / "offline.yaml"
    offline.write_text(offline.read_text().replace("needs: []", "needs: [a]"))
    run, steps = await play("What is 6 * 7?")
    assert run.status == "succeeded" and run.state["work"] == [] and len(steps) == 2
