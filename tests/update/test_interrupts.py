"""Ctrl-C, `kill` and a closed terminal end a run in order, and never in the middle of a write."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.update.paused import DRAFT, WRITE, Paused, over
from tests.update.project import Project, Start
from tests.update.support import body
from tests.update.test_crash import project as mono
from tests.update.test_crash import sweep

__all__ = ["mono"]
MERGED = body({3: "mine", 28: "theirs"})


@pytest.fixture
def project(start: Start) -> Project:
    """A project with an edit, for which there is a new version."""
    found = start({"a.txt": body()})
    found.edit({"a.txt": body({3: "mine"})})
    found.template.release({"a.txt": body({28: "theirs"})})
    return found


@contextmanager
def ignored(number: int) -> Iterator[None]:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("at", [DRAFT, WRITE])
def test_interrupted(project: Project, tmp_path: Path, name: str, at: str) -> None:
    number = signal.Signals[name]
    first = Paused(project, at, tmp_path)
    first.run.send_signal(number)
    ran = first.end()
    assert ran.code == 128 + number
    left = "nothing was changed" if at == DRAFT else "the update is written"
    assert ran.err.endswith(f": interrupted: {left}\n")
    assert project.read("a.txt") == (body({3: "mine"}) if at == DRAFT else MERGED)
    assert over(project)
    assert not list((tmp_path / "tmp").iterdir())


def test_a_closed_terminal_does_not_stop_what_nohup_started(
    project: Project, tmp_path: Path
) -> None:
    with ignored(signal.SIGHUP):
        first = Paused(project, DRAFT, tmp_path)
    first.run.send_signal(signal.SIGHUP)
    assert first.end().code == 0
    assert project.read("a.txt") == MERGED


def test_interrupted_at_any_moment(mono: Project) -> None:
    """Neither the run nor its git ends in the middle of a write."""
    found = sweep(mono, 20, "signals")
    for point in found:
        left = {"old": "nothing was changed", "new": "the update is written"}[point["became"]]
        assert point["code"] in (0, 129, 130, 143, -1, -2, -15)  # it may come when all is over
        assert point["told"] in (f"error: interrupted: {left}\n", "")
        assert not point["half"]
    became = Counter(point["became"] for point in found)
    assert min(became["old"], became["new"]) >= 4
