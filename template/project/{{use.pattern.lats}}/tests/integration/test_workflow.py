"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_a_good_thought_ends_the_search(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        'thinker: Task: What is 6 * 7? > {"thoughts": ["Use the calculator for 6 * 7"]}',
        'judge: Task: What is 6 * 7? > {"score": 10, "why": "It leads to the answer."}',
        "writer: Task: What is 6 * 7? > calculator > 6 * 7 = 42.",
    ]


async def test_the_best_leaf_is_expanded(config):
    run, steps = await play("How do they cross the river?")
    assert run.output == "Goat over; wolf over, goat back; cabbage over; goat over."
    assert run.state["search"]["thoughts"] == [
        "Take the goat first",
        "Take the wolf and bring the goat back",
    ]
    assert [one["score"] for one in run.state["search#1.leaves"]] == [6, 1]
    assert len([line for line in steps if line.startswith("thinker: ")]) == 3
