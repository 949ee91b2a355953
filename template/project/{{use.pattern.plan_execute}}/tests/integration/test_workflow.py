"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_one_plan_is_enough(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        'planner: Task: What is 6 * 7? > {"steps": ["What is 6 * 7?"]}',
        "executor: What is 6 * 7? > calculator > 6 * 7 = 42.",
        'judge: Task: What is 6 * 7? > {"done": true, "missing": ""}',
        "writer: Task: What is 6 * 7? > 6 * 7 = 42.",
    ]


async def test_what_is_missing_is_planned_and_done(config):
    run, steps = await play("What time is it, and what is 6 * 7?")
    assert run.output.startswith("It is 2") and run.output.endswith(" UTC. 6 * 7 = 42.")
    assert [line.split(":")[0] for line in steps] == [
        *("planner", "executor", "judge"),
        *("planner", "executor", "judge"),
        "writer",
    ]
    assert steps[2].endswith('{"done": false, "missing": "Work out 6 * 7"}')
    assert steps[3].endswith('{"steps": ["Work out 6 * 7"]}')
