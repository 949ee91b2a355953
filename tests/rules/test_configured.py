"""`agentkit config`: what counts, who says so, and what that overrides."""

import json
import os
from pathlib import Path

import pytest

from tests.rules.test_org import ORG
from tests.unit.support import commit, spawn, write


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that follows an org file, and has an answer that the file locks otherwise."""
    folder = tmp_path_factory.mktemp("config")
    org = write(folder / "org", {"agentkit-org.toml": ORG})
    commit(org, tag="v1.0.0")
    project = folder / "agent"
    assert spawn("new", str(project), "--defaults", "--org", str(org)).code == 0
    answers = project / ".copier-answers.yml"
    answers.write_text(answers.read_text().replace("license: proprietary", "license: MIT"))
    write(folder, {"config.toml": 'org = "https://b.example/org"\ntrust = ["a", "b"]\n'})
    return folder


@pytest.mark.parametrize(
    ("key", "value", "where", "overrides"),
    [
        (
            "license",
            "proprietary",
            "toml:8",
            [("MIT", ".copier-answers.yml"), ("MIT", "the template")],
        ),
        ("store", "sqlite", ".copier-answers.yml", [("sqlite", "the template")]),
        ("fail_on", "low", "toml:17", [("medium", "the default")]),
        ("AK-AGT001", "off", "toml:23", [("enforced", "the default of exact rules")]),
        (
            "AK-DOC004",
            "evaluated, and enforced from 2027-01-01",
            "toml:22",
            [("enforced", "rules")],
        ),
        ("trust", "a, b", "config.toml", [("", "the default")]),
        ("template", "agentkit", ".copier-answers.yml", [("agentkit", "the default")]),
        (
            "org",
            "org@v1.0.0",
            "agentkit.toml",
            [
                ("elsewhere", "the variable AGENTKIT_ORG"),
                ("https://b.example/org", "config.toml"),
                ("", "the default"),
            ],
        ),
    ],
)
def test_a_key_is_explained(
    place: Path, key: str, value: str, where: str, overrides: list[tuple[str, str]]
) -> None:
    env = os.environ | {"AGENTKIT_CONFIG": str(place / "config.toml"), "AGENTKIT_ORG": "elsewhere"}
    words = ["config", str(place / "agent"), "--explain", key, "--format", "json"]
    ran = spawn(*words, env=env)
    (told,) = json.loads(ran.out)
    assert told["value"].endswith(value) and told["where"].endswith(where), told
    assert len(told["overrides"]) == len(overrides), told
    for found, (value, where) in zip(told["overrides"], overrides, strict=True):
        assert found["value"] == value and found["where"].endswith(where)


def test_in_words_and_all_of_it(place: Path) -> None:
    told = spawn("config", str(place / "agent"), "--explain", "license").out.splitlines()
    assert told[0].startswith("license: proprietary  (") and told[0].endswith(
        "agentkit-org.toml:8)"
    )
    assert told[1:] == [
        "  instead of MIT  (.copier-answers.yml)",
        "  instead of MIT  (the template)",
    ]
    every = spawn("config", str(place / "agent")).out
    assert "providers: openai  (.copier-answers.yml)" in every and "instead" not in every
    wrong = spawn("config", str(place / "agent"), "--explain", "licence")
    assert wrong.code == 2 and "did you mean license?" in wrong.err
