"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_two_model_calls_around_the_tools(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        'planner: Task: What is 6 * 7? > {"steps": [{"tool": "calculator", "input": "6 * 7"}]}',
        "solver: Task: What is 6 * 7? > 6 * 7 = 42.",
    ]


async def test_a_call_gets_the_result_of_an_earlier_one(config):
    run, steps = await play("What is the double of 6 * 7?")
    assert run.output == "42 * 2 = 84." and run.usage.requests == len(steps) == 2
    assert [(one["input"], one["result"]) for one in run.state["work"]] == [
        ("6 * 7", "42"),
        ("42 * 2", "84"),
    ]


async def test_a_call_that_fails_is_told_to_the_solver(config):
    offline = config / "offline.yaml"
    offline.write_text(offline.read_text().replace('"#E1 * 2"', '"#E1 / 0"'))
    run, _ = await play("What is the double of 6 * 7?")
    assert run.output == "42 / 0 = no result."
