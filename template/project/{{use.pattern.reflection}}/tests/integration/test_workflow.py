"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_a_good_draft_is_the_answer(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        "writer: Task: What is 6 * 7? > calculator > 6 * 7 = 42.",
        'critic: Task: What is 6 * 7? > {"score": 9, "changes": []}',
    ]


async def test_the_critic_sends_a_draft_back(config):
    run, steps = await play("What time is it?")
    assert run.output.startswith("It is 2") and run.output.endswith(" UTC.")
    assert steps[0] == "writer: Task: What time is it? > It is getting late."
    assert '"score": 3' in steps[1] and "Name the time zone." in steps[1]
    assert steps[2].startswith("writer: Task: What time is it? > now > It is 2")
    assert '"score": 9' in steps[3] and len(steps) == 4
