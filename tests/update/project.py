"""A project made from a template, and what an update of it tells."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.unit import support
from tests.unit.support import Ran, git
from tests.update.support import Files, Template, put

ANSWERS = ".copier-answers.yml"
CONFLICTS = 3

Run = Callable[..., Ran]


@dataclass(frozen=True)
class Told:
    """What an update tells: the JSON report of one run."""

    ran: Ran

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ran.out)
        return found

    @property
    def actions(self) -> dict[str, str]:
        """What was done to each file but the answers file."""
        changes = self.report["changes"]
        return {c["path"]: c["action"] for c in changes if c["path"] != ANSWERS}

    def reason(self, path: str) -> str:
        """Why something is done to a file."""
        found: str = next(c["reason"] for c in self.report["changes"] if c["path"] == path)
        return found

    @property
    def notes(self) -> str:
        return "\n".join(self.report["notes"])


@dataclass(frozen=True)
class Project:
    """A generated project, and the command to update it with."""

    root: Path
    template: Template
    run: Run

    def put(self, files: Files) -> None:
        put(self.root, files)

    def edit(self, files: Files) -> None:
        """What the user does: change files, and commit."""
        put(self.root, files)
        self.commit()

    def commit(self, *force: str) -> None:
        self.git("add", "--all", *force)
        self.git("commit", "--quiet", "--allow-empty", "--message", "by the user")

    def git(self, *args: str) -> str:
        return git(self.root, *args)

    def read(self, name: str) -> str:
        return (self.root / name).read_bytes().decode()

    def bytes(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def has(self, name: str) -> bool:
        return os.path.lexists(self.root / name)

    def files(self) -> dict[str, bytes]:
        """Every file but git's own; for a link, where it points."""
        return {n: c for n, c in support.tree(self.root).items() if n != ".git"}

    def version(self) -> str:
        """The template's version that the answers file records."""
        return str(yaml.safe_load(self.read(ANSWERS))["_commit"])

    def unmerged(self) -> dict[str, str]:
        """The stages that the index has of each conflicting file."""
        stages: dict[str, str] = {}
        for line in filter(None, self.git("ls-files", "--unmerged", "-z").split("\0")):
            about, name = line.split("\t", 1)
            stages[name] = stages.get(name, "") + about.split()[2]
        return stages

    def state(self) -> tuple[object, ...]:
        """All that an update which is refused must leave as it is."""
        modes = {p: p.lstat().st_mode for p in self.root.rglob("*") if ".git" not in p.parts}
        asked = ("for-each-ref", "ls-files --stage", "status --porcelain --branch")
        return self.files(), modes, [self.git(*question.split()) for question in asked]

    def update(self, *args: str) -> Ran:
        return self.run("update", str(self.root), *args)

    def told(self, *args: str, code: int = 0) -> Told:
        ran = self.update("--format", "json", *args)
        assert ran.code == code, ran
        return Told(ran)

    def conflicted(self, *args: str) -> Told:
        """Update with conflicts; the report and the index name the same files."""
        told = self.told(*args, code=CONFLICTS)
        assert sorted(told.report["conflicts"]) == sorted(self.unmerged()) != []
        return told

    def refused(self, *args: str, codes: tuple[int, ...] = (1,)) -> str:
        """What is said when nothing is changed."""
        before = self.state()
        ran = self.update(*args)
        assert (ran.code in codes, ran.out) == (True, ""), ran
        assert ran.err.startswith("error: "), ran
        assert self.state() == before
        return ran.err


Start = Callable[..., Project]
