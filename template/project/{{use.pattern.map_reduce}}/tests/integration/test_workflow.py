"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_what_cannot_be_split_is_one_piece(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        'splitter: Task: What is 6 * 7? > {"pieces": ["What is 6 * 7?"]}',
        "worker: What is 6 * 7? > calculator > 6 * 7 = 42.",
        "reducer: Task: What is 6 * 7? > 6 * 7 = 42.",
    ]


async def test_pieces_are_done_and_joined_in_order(config):
    run, steps = await play("What is 6 * 7 and 1 + 2?")
    assert run.output == "6 * 7 = 42. 1 + 2 = 3."
    assert len(steps) == 4 and steps[3].startswith("reducer: ")
    assert {line.split(" > ")[0] for line in steps[1:3]} == {
        "worker: What is 6 * 7?",
        "worker: What is 1 + 2?",
    }
    assert run.state["results"] == ["6 * 7 = 42.", "1 + 2 = 3."]
