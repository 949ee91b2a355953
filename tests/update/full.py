"""Updates a project on a small disk again and again, which runs full at another moment each time.

`python -m tests.update.full PROJECT DISK POINTS` mounts an empty disk at DISK, in a mount namespace
of its own, and copies the project there. It forks when the write begins, as crash.py does.
Prints a line of JSON for each of POINTS: a Full.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from agentkit import update
from agentkit.carry import Wish
from tests.update.crash import became
from tests.update.killing import NEVER, Kill, Place, end
from tests.update.state import State, left, state

SPARES = (0, 4, 0, 12, 1, 40, 120)  # kB that are left
SIZE = "size=40m"


@dataclass(frozen=True)
class Full:
    """What became of the project when so many kB were left from this event on."""

    event: int
    spare: int
    code: int  # of the run
    said: str  # by it
    left: list[str]  # in the git folder
    became: str
    code_after: int  # of the next command, once there is space again
    said_after: str
    became_after: str


def main(project: Path, disk: Path, points: int) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", SIZE, "tmpfs", str(disk)], check=True)
    shutil.copytree(project, disk / "project", symlinks=True)
    place = Place(disk / "project", disk / "project", disk.parent / "crash")
    place.prepare()
    old = state(place.top)
    how = update.How()
    end(lambda: update.run(place.project, Wish(), how, lambda _: sweep(place, old, points)))


def sweep(place: Place, old: State, points: int) -> bool:
    """Make the write in many children; returns only in those."""
    place.keep("begin")
    if place.fork(NEVER) is None:
        return True
    known = {"old": old, "new": state(place.top)}
    events = place.counted()["events"]
    for number in range(points):
        event, spare = 1 + number * events // points, SPARES[number % len(SPARES)]
        place.put_back("begin")
        if (code := place.fork(Kill("event", event), filling(place.top.parent, spare))) is None:
            return True
        print(json.dumps(asdict(look(place, event, spare, code, known))), flush=True)
    os._exit(0)


def filling(disk: Path, spare: int) -> Callable[[], None]:
    def fill() -> None:
        with open(disk / "filler", "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError:
                    continue
            file.truncate(max(0, file.tell() - (spare << 10)))

    return fill


def look(place: Place, event: int, spare: int, code: int, known: dict[str, State]) -> Full:
    said = (place.scratch / "said").read_text()
    names = sorted(n for n in left(place.top) if n not in known["old"])
    first = became(place, known)
    (place.top.parent / "filler").unlink()
    after, said_after = place.command("--continue")
    return Full(event, spare, code, said, names, first, after, said_after, became(place, known))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
