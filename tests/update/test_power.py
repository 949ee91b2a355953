"""What a loss of power leaves: each step is on the disk before the next one begins."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.update.project import Project, Start
from tests.update.support import body

JOURNAL = ".git/agentkit/journal.json"
NEW = {"a.txt": body({28: "theirs"}), "sub/b.txt": "2\n", "new/x/n.txt": "n\n", "gone/g.txt": None}


@dataclass
class Log:
    """What a run does to the disk, in order, by paths in the project."""

    top: Path
    steps: list[str] = field(default_factory=list)
    opened: dict[int, str] = field(default_factory=dict)  # by inode

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Called by Python for all that it does."""
        if event == "open" and isinstance(args[0], str | Path) and os.path.exists(args[0]):
            self.opened[os.stat(args[0]).st_ino] = os.path.relpath(args[0], self.top)
        elif event == "os.rename":
            self.steps.append(f"to {os.path.relpath(args[1], self.top)}")
        elif event == "os.remove":
            self.steps.append(f"no {os.path.relpath(args[0], self.top)}")
        elif event == "subprocess.Popen":
            self.steps.append(f"git {' '.join(map(str, args[1]))}")

    def flushed(self, descriptor: int) -> None:
        about = os.fstat(descriptor)
        assert stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)
        self.steps.append(f"flush {self.opened[about.st_ino]}")

    def between(self, first: str, last: str) -> list[str]:
        """The steps after one that ends so, and before one that does."""
        begin = next(n for n, step in enumerate(self.steps, 1) if step.endswith(first))
        after = self.steps[begin:]
        return after[: next(n for n, step in enumerate(after) if step.endswith(last))]


listening: list[Log] = []
sys.addaudithook(lambda event, args: [log.hear(event, args) for log in listening] and None)


@pytest.fixture
def log(start: Start, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """What a whole update does."""
    project: Project = start({"a.txt": body(), "gone/g.txt": "g\n", "sub/b.txt": "b\n"})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release(NEW)
    trace = project.root.parent / "trace"
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
    made, flush = Log(project.root), os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (made.flushed(fd), flush(fd)))
    listening.append(made)
    ran = project.update()
    listening.clear()
    assert ran.code == 0, ran
    yield made


def test_objects_are_there_before_the_journal(log: Log) -> None:
    told = [json.loads(line) for line in (log.top.parent / "trace").read_text().splitlines()]
    process = next(t["sid"] for t in told if t["event"] == "start" and "index-pack" in t["argv"])
    flushes = [t for t in told if t["sid"] == process and t.get("key") == "fsync/hardware-flush"]
    assert int(flushes[0]["value"]) >= 2  # the pack and its index
    steps = log.between("index-pack --stdin", f"to {JOURNAL}")
    assert "flush .git/objects/pack" in steps
    assert steps.index("flush .git/objects/pack") < steps.index("flush .git/agentkit/journal.new")


def test_the_journal_is_there_before_a_file_changes(log: Log) -> None:
    write = next(s for s in log.steps if "read-tree -m -u" in s)
    steps = log.between(f"to {JOURNAL}", write)
    assert steps == ["flush .git/agentkit"]


def test_the_files_are_there_before_the_index(log: Log) -> None:
    write = next(s for s in log.steps if "read-tree -m -u" in s)
    steps = log.between(write, "to .git/index")
    places = {s.removeprefix("flush ") for s in steps if s.startswith("flush ")}
    files = {name for name, content in NEW.items() if content}
    folders = {".", "sub", "new", "new/x"}
    assert places == {*files, *folders, ".copier-answers.yml", ".git/agentkit/index"}


def test_everything_is_there_before_the_journal_goes(log: Log) -> None:
    first, *rest = log.between("to .git/index", f"no {JOURNAL}")
    assert first == "flush .git"
    assert "no .git/index.lock" in rest
    assert log.steps.index("flush .git/agentkit", log.steps.index("no .git/index.lock"))
