"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_all_answer_and_all_vote(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    voices = ("analyst", "skeptic", "practitioner")
    assert sorted(steps[:3]) == sorted(
        f"{voice}: What is 6 * 7? > calculator > 6 * 7 = 42." for voice in voices
    )
    assert all(line.endswith('{"response": "analyst"}') for line in steps[3:6])
    assert steps[6] == "chair: Question: What is 6 * 7? > 6 * 7 = 42." and len(steps) == 7


async def test_the_votes_decide(config):
    run, _ = await play("Should we rewrite it?")
    assert run.output == "Rewrite the slow part alone."
    assert [(one["by"], one["votes"]) for one in run.state["tally"]] == [
        ("practitioner", 2),
        ("analyst", 1),
        ("skeptic", 0),
    ]
