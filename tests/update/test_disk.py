"""A disk that is full or cannot be written: the project stays as it is, and what to do is said."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.unit.support import ordinary_user, spawn
from tests.update.project import Project, Run, Start
from tests.update.support import body

CHECKOUT = Path(__file__).parents[2]
BIG = 200_000
MOUNT = 'mount -t tmpfs -o "size=$0" tmpfs "$1" && shift && exec "$@"'


@pytest.fixture
def project(start: Start) -> Project:
    """A project with an edit, for which there is a new version."""
    found = start({"a.txt": body(), "sub/big": "b" * BIG, "gone/g.txt": "g\n"})
    found.edit({"a.txt": body({3: "mine"})})
    new = {"sub/big": "c" * BIG, "new/n.txt": "n\n" * 9000, "gone/g.txt": None}
    found.template.release({"a.txt": body({28: "theirs"}), **new})
    return found


def privately() -> list[str]:
    """A prefix for a command that may mount disks, which nobody else sees."""
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--mount", *root, "--"]


def on_a_disk(size: str, place: Path) -> list[str]:
    """A prefix for a command that has an empty disk at `place`, as large as that."""
    return [*privately(), "sh", "-c", MOUNT, size, str(place)]


def stays(project: Project, before: list[str], *words: str) -> str:
    """What is said by an update that is refused."""
    state = project.state()
    ran = spawn("update", str(project.root), *words, before=before)
    assert (ran.code, ran.out) == (1, ""), ran
    assert ran.err.startswith("error: ")
    assert "Traceback" not in ran.err
    assert project.state() == state
    assert not project.has(".git/index.lock")
    return ran.err


def sweep(project: Project, disk: Path, points: int) -> list[dict[str, Any]]:
    """Let the disk run full again and again; returns what became of each, if nothing was lost."""
    disk.mkdir()
    words = ["-m", "tests.update.full", str(project.root), str(disk), str(points)]
    env = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [*privately(), sys.executable, *words], env=env, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for point in found:
        safe(point)
    return found


def safe(point: dict[str, Any]) -> None:
    code, said, after = point["code"], point["said"], point["said_after"]
    if code == 0:
        assert (point["became"], point["left"], said) == ("new", [], ""), point
        return
    assert code == 1, point
    assert "free some space" in said or "look whether the disk is full" in said, point
    if "half-written" in said:
        assert "agentkit update --continue" in said
        assert after == "agentkit: an interrupted update was finished\n", point
        assert (point["code_after"], point["became_after"]) == (0, "new"), point
    else:
        assert (point["became"], point["left"]) == ("old", []), point
        assert "no update is in progress" in after, point


def test_the_disk_runs_full_at_any_moment(project: Project, tmp_path: Path) -> None:
    found = sweep(project, tmp_path / "disk", 28)
    codes = Counter(point["code"] for point in found)
    assert codes[1] >= 6
    assert codes[0] >= 6


@pytest.mark.long
def test_the_disk_runs_full_at_every_moment(project: Project, tmp_path: Path) -> None:
    found = sweep(project, tmp_path / "disk", 500)
    assert len({point["said"] for point in found}) > 8


@pytest.mark.parametrize("size", ["4k", "300k"])
def test_there_is_no_room_for_temporary_files(project: Project, tmp_path: Path, size: str) -> None:
    place = tmp_path / "tmp"
    said = stays(project, on_a_disk(size, place))
    assert "free some space" in said or "look whether the disk is full" in said
    assert str(place) in said


def test_there_is_room_for_temporary_files(project: Project, tmp_path: Path) -> None:
    ran = spawn("update", str(project.root), before=on_a_disk("30m", tmp_path / "tmp"))
    assert ran.code == 0, ran


@pytest.fixture
def builtin(agentkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of the built-in template, whose version is not unpacked in this user's cache."""
    made = agentkit("new", str(tmp_path / "work/my-agent"), "--defaults", "--ref", "0.1.0")
    assert made.code == 0, made
    cache = tmp_path / "another-cache"
    cache.mkdir()
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(cache))
    return tmp_path / "work/my-agent"


def test_there_is_no_room_in_the_cache(builtin: Path, tmp_path: Path) -> None:
    before = on_a_disk("64k", tmp_path / "another-cache")
    ran = spawn("update", str(builtin), "-d", "ci=none", "--to", "v0.1.0", before=before)
    assert (ran.code, ran.out) == (1, "")
    assert "the cache cannot be written: No space left on device" in ran.err
    assert "AGENTKIT_CACHE_DIR" in ran.err


def test_the_cache_cannot_be_written(builtin: Path, tmp_path: Path) -> None:
    (tmp_path / "another-cache").chmod(0o555)
    ran = spawn("update", str(builtin), "--to", "v0.1.0", before=ordinary_user())
    assert (ran.code, ran.out) == (1, "")
    assert "the cache cannot be written: Permission denied" in ran.err


PLACES = ["", "sub", "gone", ".git", ".git/objects/pack"]


@pytest.mark.parametrize("place", PLACES)
def test_a_folder_cannot_be_written(project: Project, place: str) -> None:
    folder = project.root / place
    folder.chmod(0o555)
    try:
        said = stays(project, ordinary_user())
    finally:
        folder.chmod(0o755)
    assert "make it writable" in said
    assert f"{project.root}" in said


def test_a_folder_that_does_not_matter_cannot_be_written(project: Project) -> None:
    project.edit({"other/o.txt": "o\n"})
    (project.root / "other").chmod(0o555)
    ran = spawn("update", str(project.root), before=ordinary_user())
    (project.root / "other").chmod(0o755)
    assert ran.code == 0, ran


def test_a_file_that_is_only_for_reading_is_replaced(project: Project) -> None:
    (project.root / "a.txt").chmod(0o444)
    ran = spawn("update", str(project.root), before=ordinary_user())
    assert ran.code == 0, ran
    assert project.read("a.txt") == body({3: "mine", 28: "theirs"})
    assert os.access(project.root / "a.txt", os.W_OK)


def test_an_immutable_file(project: Project) -> None:
    """Where this user or the disk knows no such attribute, its folder is closed."""
    path = project.root / "sub/big"
    known = subprocess.run(["chattr", "+i", str(path)], capture_output=True).returncode == 0
    if not known:
        path.parent.chmod(0o555)
    try:
        said = stays(project, [] if known else ordinary_user())
    finally:
        subprocess.run(["chattr", "-i", str(path)], capture_output=True)
        path.parent.chmod(0o755)
    assert f"{path}: this cannot be written" in said


@pytest.mark.parametrize("limit", ["n 8", "n 12", "f 0", "f 16"])
def test_limits_of_the_system(project: Project, limit: str) -> None:
    stays(project, ["sh", "-c", f'ulimit -{limit}; exec "$@"', "-"])
