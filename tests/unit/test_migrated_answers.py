"""What migrations make of a project's answers."""

from pathlib import Path
from typing import Any

import pytest

from agentkit import migrations
from tests.unit.migrated import declared

DEPLOY = "split: {deploy: {targets: {k8s: [kubernetes], vm: [systemd]}, ci: {k8s: github}}}"
CI = "map: {ci: {gh: github, travis: null, true: some, 2: two}}"
ITSELF = "split: {a: {a: {x: y}, b: {x: z}}}"
K8S, VM = ["kubernetes"], ["systemd"]
BOTH = "deploy is now targets (systemd, kubernetes), ci (github)"
ANSWERS: dict[str, tuple[str, dict[str, Any], dict[str, Any], list[str]]] = {
    "rename": ("rename: {a: b}", {"a": 1, "c": 2}, {"b": 1, "c": 2}, ["a is now b"]),
    "taken": ("rename: {a: b}", {"a": 1, "b": 2}, {"b": 2}, ["a is dropped: b has an answer"]),
    "swap": (
        "rename: {a: b, b: a}",
        {"a": 1, "b": 2},
        {"b": 1, "a": 2},
        ["a is now b", "b is now a"],
    ),
    "one-of-two": ("rename: {a: c, b: c}", {"b": 2}, {"c": 2}, ["b is now c"]),
    "both-of-two": (
        "rename: {a: c, b: c}",
        {"a": 1, "b": 2},
        {"c": 1},
        ["a is now c", "b is dropped: c has an answer"],
    ),
    "map": (CI, {"ci": "gh"}, {"ci": "github"}, ["ci: gh is now github"]),
    "map-other": (CI, {"ci": "none"}, {"ci": "none"}, []),
    "map-null": (CI, {"ci": "travis"}, {}, ["ci: travis is gone"]),
    "map-bool": (CI, {"ci": True}, {"ci": "some"}, ["ci: true is now some"]),
    "map-number": (CI, {"ci": 2}, {"ci": "two"}, ["ci: 2 is now two"]),
    "map-no-bool": (CI, {"ci": 1}, {"ci": 1}, []),
    "map-list": (
        CI,
        {"ci": ["github", "gh", "travis", {"x": 1}]},
        {"ci": ["github", {"x": 1}]},
        ["ci: gh is now github", "ci: travis is gone"],
    ),
    "map-empty": (CI, {"ci": []}, {"ci": []}, []),
    "split": (
        DEPLOY,
        {"deploy": "k8s"},
        {"targets": K8S, "ci": "github"},
        ["deploy is now targets (kubernetes), ci (github)"],
    ),
    "split-partly": (
        DEPLOY,
        {"deploy": "vm"},
        {"targets": VM},
        ["deploy is now targets (systemd)"],
    ),
    "split-list": (
        DEPLOY,
        {"deploy": ["vm", "k8s", "x"]},
        {"targets": VM + K8S, "ci": "github"},
        ["deploy: x has no successor", BOTH],
    ),
    "split-lost": (DEPLOY, {"deploy": "x"}, {}, ["deploy: x has no successor"]),
    "split-taken": (
        DEPLOY,
        {"deploy": "k8s", "ci": "none"},
        {"targets": K8S, "ci": "none"},
        ["deploy is now targets (kubernetes)", "deploy is dropped: ci has an answer"],
    ),
    "split-itself": (ITSELF, {"a": "x"}, {"a": "y", "b": "z"}, ["a is now a (y), b (z)"]),
    "rename-and-map": (
        "rename: {a: b}\n  map: {a: {x: y}}",
        {"a": "x"},
        {"b": "y"},
        ["a: x is now y", "a is now b"],
    ),
    "nothing": (DEPLOY, {"_commit": "v0.1.0"}, {"_commit": "v0.1.0"}, []),
}


@pytest.mark.parametrize(("section", "old", "new", "notes"), ANSWERS.values(), ids=ANSWERS)
def test_answers(
    tmp_path: Path, section: str, old: dict[str, Any], new: dict[str, Any], notes: list[str]
) -> None:
    before = repr(old)
    answers, told = migrations.migrate_answers(declared(tmp_path, section), old)
    assert (answers, list(told), repr(old)) == (new, notes, before)
    assert all(type(answers[name]) is type(value) for name, value in new.items())


def test_answers_go_through_every_version(tmp_path: Path) -> None:
    steps = declared(tmp_path, "rename: {a: b}", "map: {b: {x: y}}", "rename: {b: c}")
    answers, told = migrations.migrate_answers(steps, {"a": "x"})
    assert answers == {"c": "y"}
    assert told == ("a is now b", "b: x is now y", "b is now c")
