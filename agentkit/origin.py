"""Which answers a project was made from: what is recorded may have been edited by hand since.

An edit by hand is a wish; the files are still those of the answers before it. The history of the
answers file names the candidates, and the files tell which of them it was.
"""

import difflib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from agentkit import git
from agentkit.project import Project, parse

MOST = 8  # candidates; each is rendered


def candidates(project: Project) -> list[dict[str, Any]]:
    """The answers recorded with the project's version, the latest first."""
    found = [project.answers]
    for recorded in history(project):
        if str(recorded.get("_commit")) != project.version:
            break
        answers = {k: v for k, v in recorded.items() if not k.startswith("_")}
        found += [answers] if answers not in found else []
    return found[:MOST]


def history(project: Project) -> Iterator[dict[str, Any]]:
    """What the answers file said in each commit that changed it; nothing where it was broken."""
    for content in contents(project, project.answers_file):
        yield _parsed(content) if content else {}


def contents(project: Project, file: str) -> Iterator[bytes]:
    """A file of the project in each commit that changed it, the latest first; empty when removed"""
    listed = git.run(project.path, "log", "-n", "30", "--format=%H", "--", file)
    names = "".join(f"{commit}:{project.prefix}{file}\n" for commit in listed.stdout.split())
    shown = git.feed(project.path, "cat-file", "--batch", stdin=os.fsencode(names)).stdout
    while shown:
        line, _, shown = shown.partition(b"\n")
        words = line.split()
        if words[1:2] != [b"blob"]:
            yield b""  # this commit removed it
            continue
        size = int(words[2])
        yield shown[:size]
        shown = shown[size + 1 :]


def _parsed(content: bytes) -> dict[str, Any]:
    from agentkit.errors import AgentkitError

    try:
        return parse(content, "")
    except AgentkitError:  # what it once was need not be right
        return {}


def choose(project: Project, folders: Sequence[Path]) -> int:
    """Which of these renders the project's files come from: the likest where they differ."""
    if len(folders) == 1:
        return 0
    renders = [_contents(folder) for folder in folders]
    paths = set().union(*renders) - {project.answers_file}
    telling = [p for p in paths if len({r.get(p) for r in renders}) > 1]
    scores = [0.0] * len(folders)
    for path in telling:  # few, if any
        own = _own(project, path)
        for n, render in enumerate(renders):
            scores[n] += _likeness(own, render.get(path))
    return scores.index(max(scores))


def likeness(project: Project, folder: Path) -> float:
    """How much of a render the project has, from 0 to 1."""
    render = _contents(folder)
    render.pop(project.answers_file, None)
    scores = [_likeness(_own(project, path), made) for path, made in render.items()]
    return sum(scores) / (len(scores) or 1)


def _own(project: Project, path: str) -> bytes | None:
    place = project.path / path
    return place.read_bytes() if place.is_file() and not place.is_symlink() else None


def _contents(folder: Path) -> dict[str, bytes]:
    found = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def _likeness(own: bytes | None, made: bytes | None) -> float:
    if own == made:
        return 1.0
    if own is None or made is None:
        return 0.0
    ours, theirs = own.splitlines(), made.splitlines()
    return difflib.SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
