"""Whatever kills an update, the next command leaves the old project or the new one."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.support import commit
from tests.update.project import Project, Start
from tests.update.support import QUESTIONS, Link, Program, body, put

CHECKOUT = Path(__file__).parents[2]
LINKS = QUESTIONS + "_preserve_symlinks: true\n"
OLD = {
    ".gitignore": "*.local\n",
    "a.txt": body(),
    "b/deep/b.txt": body(),
    "big.bin": bytes(range(256)) * 2000,
    "conf": "a file that becomes a folder\n" * 3,
    "empty": "",
    "gone/g.txt": "g\n",
    "gone/h.txt": "h\n",
    "link": Link("other"),
    "mv.txt": "moved\n" * 9,
    "other/a": "behind the link that becomes a folder\n",
    "pkg/m.txt": "a folder that becomes a file\n",
    "run.sh": "#!/bin/sh\n",
    "ü b.txt": "ü\n" * 5,
}
GONE = dict.fromkeys(["conf", "gone/g.txt", "gone/h.txt", "link", "mv.txt", "pkg/m.txt"])
NEW = {
    "a.txt": body({28: "theirs"}),
    "b/deep/b.txt": body({2: "theirs"}),
    "big.bin": bytes(range(255, -1, -1)) * 2000,
    "conf/c.txt": "c\n",
    "empty": "no more\n",
    "link/a": "in a folder now\n",
    "new/x/n.txt": "n\n" * 2000,
    "new/y.txt": "",
    "pkg": "p\n",
    "run.sh": Program("#!/bin/sh\n"),
    "to/mv.txt": "moved\n" * 9,
    "ü b.txt": "ü\n" * 5 + "theirs\n",
}
UNTRACKED = {
    "b/mine.txt": "untracked\n",
    "b/deep/x.local": "ignored\n",
    "gone/mine.txt": "untracked in a folder that goes\n",
    "new/mine.txt": "untracked in a folder that comes\n",
}
JOURNAL, LOCK = "git agentkit/journal.json", "git index.lock"
Point = dict[str, Any]


@pytest.fixture(params=["clean", "conflicts"])
def project(start: Start, request: pytest.FixtureRequest) -> Project:
    """A project in a larger repository with work going on, for which there is a new version."""
    found = start(OLD, LINKS)
    put(found.template.root / "project", GONE)
    (found.template.root / "project/pkg").rmdir()
    found.template.release(NEW)
    top = found.root.parent / "mono"
    shutil.rmtree(found.root / ".git")
    put(top, {"dirty": "1\n", "staged": "1\n"})
    found.root.rename(top / "svc")
    found = replace(found, root=top / "svc")
    commit(top)
    found.edit({"a.txt": body({3: "mine"})})
    if request.param == "conflicts":
        found.edit({"a.txt": body({28: "mine"}), "gone/h.txt": "mine\n", "big.bin": b"\0mine"})
    found.put(UNTRACKED)
    put(top, {"dirty": "2\n", "staged": "2\n"})
    put(top, {".git/hooks/pre-commit": Program("#!/bin/sh\nexit 0\n")})
    found.git("add", "../staged")
    return found


def sweep(project: Project, points: int, heals: int | str) -> list[Point]:
    """Kill and heal, again and again; returns what became of each, once nothing was lost."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.update.crash", str(project.root), str(points), str(heals)],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for point in found:
        assert point["became"] in ("old", "new"), point
        assert said(point) == point["said"].split("\n")[0].removeprefix("agentkit: "), point
        if point["kill"]["how"] == "git" and point["code"] == 1 and not point["first"]:
            assert (point["became"], point["left"]) == ("old", []), point  # undone at once
    return found


def said(point: Point) -> str:
    """What the command that heals must say first."""
    word = {"old": "undone", "new": "finished"}[point["became"]]
    if LOCK in point["left"] or (JOURNAL in point["left"] and point["half"]):
        return f"an interrupted update was {word}"
    return point["said"].split("\n")[0] if point["said"].startswith("error: ") else "an error"


def test_killed_at_any_moment(project: Project) -> None:
    found = sweep(project, 27, 0)
    assert len(found) >= 24
    became = Counter(point["became"] for point in found)
    assert min(became["old"], became["new"]) >= 6, became
    assert len([p for p in found if LOCK in p["left"]]) >= 6


@pytest.mark.long
def test_killed_at_very_many_moments(project: Project) -> None:
    found = sweep(project, 400, 6)
    assert len(found) >= 500
    assert len({(p["kill"]["at"], p["kill"]["how"], p["became"]) for p in found}) >= 10
