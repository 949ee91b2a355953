"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_a_specialist_does_the_work(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        "supervisor: What is 6 * 7? > ask_mathematician > 6 * 7 = 42.",
        "mathematician: Work out 6 * 7 > calculator > 6 * 7 = 42.",
    ]
    assert (run.usage.requests, run.usage.tool_calls) == (4, 2)


async def test_a_request_may_need_several(config):
    run, steps = await play("What is 6 * 7, and what time is it?")
    assert run.output.startswith("6 * 7 = 42. It is ")
    asked = [step.partition(":")[0] for step in steps]
    assert asked == ["supervisor", "mathematician", "timekeeper"]
    assert " > ask_mathematician > ask_timekeeper > 6 * 7 = 42. It is " in steps[0]
