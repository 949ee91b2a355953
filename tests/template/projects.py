"""The projects that the template's tests render."""

import hashlib
from itertools import cycle
from pathlib import Path
from typing import Any

import yaml
from allpairspy import AllPairs

from agentkit import answers, render, source

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden"
CATALOG: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "template/parts.yml").read_text())
QUESTIONS: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text())
MANY = {kind: f"{kind}s" for kind in CATALOG if f"{kind}s" in QUESTIONS}
ONE = {kind: kind for kind in CATALOG if kind in QUESTIONS}

SMALLEST = yaml.safe_load((ROOT / "template/presets.yml").read_text())["minimal"]
FULL = {question: list(CATALOG[kind]) for kind, question in MANY.items()} | {"store": "postgres"}
NAMED = {"default": {}, "smallest": SMALLEST, "full": FULL}


def pairs() -> list[dict[str, Any]]:
    """Answers in which every pair of values of two questions occurs, as far as `needs` allow.

    But for patterns, which share no file with other parts: rows take one after the other, and
    tests/e2e/test_patterns.py tries each.
    """
    factors: dict[str, list[Any]] = {
        q: [*CATALOG[kind]] for kind, q in ONE.items() if kind != "pattern"
    }
    factors["ci"].append("none")
    factors["license"] = ["MIT", "Apache-2.0", "proprietary"]
    for kind in MANY:
        factors |= {f"{kind}.{key}": [True, False] for key in CATALOG[kind]}
    names = list(factors)
    rows = (dict(zip(names, row, strict=True)) for row in AllPairs(list(factors.values())))
    patterns = cycle(CATALOG["pattern"])
    return [{"pattern": next(patterns), **_answers(_with_needs(row))} for row in rows]


def _with_needs(chosen: dict[str, Any]) -> dict[str, Any]:
    """The row with what its parts need; that takes no pair of two chosen parts away."""
    parts = [(kind, key) for kind in MANY for key in CATALOG[kind] if chosen[f"{kind}.{key}"]]
    needed = {need for kind, key in parts for need in CATALOG[kind][key].get("needs", [])}
    whole = chosen | dict.fromkeys(needed, True)
    return whole if whole == chosen else _with_needs(whole)


def _answers(chosen: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in chosen.items() if "." not in name}
    for kind, question in MANY.items():
        given[question] = [key for key in CATALOG[kind] if chosen[f"{kind}.{key}"]]
    return given


def make(folder: Path, given: dict[str, Any], name: str = "my-agent") -> Path:
    """Render one project of the working tree's template into the new folder `folder`."""
    template = source.builtin("dev")
    filled = answers.fill(answers.load(template.root), {"project_name": name, **given})
    folder.mkdir(parents=True)
    render.render(template, filled, folder)
    return folder


def files(folder: Path) -> list[Path]:
    """Every file of a rendered project."""
    return sorted(p for p in folder.rglob("*") if p.is_file())


def digest(folder: Path) -> dict[str, tuple[str, bool]]:
    """What two projects must share to be the same: paths, bytes, and who may execute."""
    return {
        p.relative_to(folder).as_posix(): (
            hashlib.sha256(_neutral(p)).hexdigest(),
            bool(p.stat().st_mode & 0o100),
        )
        for p in files(folder)
        if ".git" not in p.relative_to(folder).parts
    }


def _neutral(path: Path) -> bytes:
    """The content, without what the answers file records of the template itself."""
    lines = path.read_bytes().splitlines(keepends=True)
    if path.name == ".copier-answers.yml":
        lines = [line for line in lines if not line.startswith(b"_")]
    return b"".join(lines)
