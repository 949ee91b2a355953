"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_the_way_of_reasoning_is_found_first(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        'selector: Task: What is 6 * 7? > {"chosen": ["figures"]}',
        "adapter: Task: What is 6 * 7? > Find the quantities of the task.",
        'planner: Task: What is 6 * 7? > {"steps": ["Find the quantities", "Work out the result"]}',
        "solver: Task: What is 6 * 7? > calculator > 6 * 7 = 42.",
    ]


async def test_another_task_needs_another_way(config):
    run, steps = await play("Plan a picnic")
    assert steps[0] == (
        'selector: Task: Plan a picnic > {"chosen": ["decompose", "constraints", "check"]}'
    )
    assert run.output == "Meet in the park under the roof, and everybody brings a dish."
    assert len(steps) == 4
