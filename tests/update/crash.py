"""Updates a project again and again, each time killed at another moment, and heals it.

`python -m tests.update.crash PROJECT POINTS HEALS` renders once, and forks when the write begins:
for each of about POINTS kills, the project is put back and written by a child that is killed; then
the next command heals it. After HEALS of the kills, the healing is killed too, at many moments.
With `signals` instead of a number of HEALS, the kills are signals that can be handled.
Prints a line of JSON for each kill: a Point.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from agentkit import update
from agentkit.carry import Wish
from tests.update.killing import NEVER, Kill, Place, end
from tests.update.moments import interrupts, moments
from tests.update.state import State, ask, difference, left, state

JOURNAL, LOCK = "git agentkit/journal.json", "git index.lock"


@dataclass(frozen=True)
class Point:
    """What became of the project after a kill."""

    kill: Kill
    code: int  # of the killed run
    told: str  # by it
    left: list[str]  # in the git folder
    half: bool  # is the journal left, and not that of an update that is over?
    code_after: int  # of the command that healed
    said: str  # by it
    became: str  # old, new, or what is wrong with it
    first: Kill | None = None  # when this one was a kill of the healing


def main(project: Path, points: int, heals: str) -> None:
    top = Path(ask(project, "rev-parse", "--show-toplevel").removeprefix("0: ").strip())
    place = Place(project, top, top.parent / "crash")
    place.prepare()
    old = state(place.top)
    how = update.How()
    end(lambda: update.run(project, Wish(), how, lambda _: sweep(place, old, points, heals)))


def sweep(place: Place, old: State, points: int, heals: str) -> bool:
    """Make the write in many children; returns only in those."""
    place.keep("begin")
    place.filter(on=True)
    if place.fork(NEVER) is None:
        return True
    place.filter(on=False)
    known = {"old": old, "new": state(place.top)}
    crashed = []
    kills = interrupts if heals == "signals" else moments
    for kill in kills(place.counted(), points):
        place.put_back("begin")
        place.filter(on=kill.at == "file")
        if (code := place.fork(kill)) is None:
            return True
        place.filter(on=False)
        if JOURNAL in left(place.top) and code < 0:
            place.keep(f"crashed{len(crashed)}")
            crashed.append(kill)
        tell(heal(place, kill, code, known))
    again_after = int(heals) if heals.isdigit() else 0
    for number in (n * len(crashed) // again_after for n in range(again_after)):
        for point in again(place, f"crashed{number}", known):
            tell(replace(point, first=crashed[number]))
    os._exit(0)


def tell(point: Point) -> None:
    print(json.dumps(asdict(point)), flush=True)


def heal(place: Place, kill: Kill, code: int, known: dict[str, State]) -> Point:
    """What the next command makes of the project, once a dry run has only looked at it."""
    found, told = left(place.top), (place.scratch / "said").read_text()
    names = sorted(n for n in found if n not in known["old"])
    half = found.get(JOURNAL, "") != known["new"].get(JOURNAL, "") and JOURNAL in found
    if half:
        before = state(place.top)
        looked, said = place.command("--dry-run")
        if looked != 1 or "not over" not in said or state(place.top) != before:
            return Point(
                kill, code, told, names, half, looked, said, "a dry run did more than look"
            )
    healed, said = place.command("--continue")
    return Point(kill, code, told, names, half, healed, said, became(place, known))


def became(place: Place, known: dict[str, State]) -> str:
    """What the project is now."""
    if (fsck := ask(place.top, "fsck", "--no-dangling", "--no-progress")) != "0: ":
        return f"damaged: {fsck}"
    found = state(place.top)
    wrong = {name: difference(found, wanted) for name, wanted in known.items()}
    return next((n for n, told in wrong.items() if not told), min(wrong.values(), key=len))


def again(place: Place, name: str, known: dict[str, State]) -> Iterator[Point]:
    """Kill the command that heals, at each of its moments, whether it finishes or undoes."""
    for word in ("--continue", "--abort"):
        place.put_back(name)
        place.command(word)
        for kill in moments({**place.counted(), "files": 0}, 40):
            place.put_back(name)
            code, _ = place.command(word, kill=kill)
            yield heal(place, kill, code, known)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
