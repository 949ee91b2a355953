"""The rows of `make bench` about `agentkit check`: a repository of 500 files, and one unchanged."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.template import projects

FILES = 500
PARSE = """
import ast, contextlib, pathlib, yaml
for path in pathlib.Path().rglob("*.py"):
    ast.parse(path.read_bytes())
for path in pathlib.Path().rglob("*.yaml"):
    with contextlib.suppress(yaml.YAMLError):  # a template of Helm is none
        list(yaml.compose_all(path.read_bytes(), yaml.CSafeLoader))
"""
Fastest = Callable[[dict[str, Callable[[Path], list[str]]], Path], dict[str, float]]
Row = Callable[[str, float, float, float], bool]


def repository(scratch: Path) -> Path:
    """Full projects beside each other, as one repository of 500 files."""
    folder, number = scratch / "checked", 0
    names: list[Path] = []
    while len(names) < FILES:
        names += projects.files(projects.make(folder / f"agent-{number}", projects.FULL))
        number += 1
    for path in names[FILES:]:
        path.unlink()
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for args in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "x"]):
        subprocess.run(["git", *identity, *args], cwd=folder, check=True)
    return folder


def check(scratch: Path, kit: str, fastest: Fastest, row: Row) -> list[bool]:
    """Against reading the same files, and against the start of the command line."""
    folder = repository(scratch)
    command = [kit, "check", str(folder), "--fail-on", "critical"]

    def anew(_: Path) -> list[str]:
        shutil.rmtree(scratch / "cache/checks", ignore_errors=True)
        return command

    parse = f"import os\nos.chdir({str(folder)!r}){PARSE}"
    best = fastest(
        {
            "parse": lambda _: [sys.executable, "-c", parse],
            "anew": anew,
            "again": lambda _: command,
            "help": lambda _: [kit, "--help"],
        },
        scratch,
    )
    return [
        row(f"agentkit check of {FILES} files / parsing them", best["anew"], best["parse"], 3.3),
        row("agentkit check, nothing changed / --help", best["again"], best["help"], 1.7),
    ]
