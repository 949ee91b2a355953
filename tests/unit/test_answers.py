"""Answers: where they come from, which one wins, and how a wrong one is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.support import Ran

Run = Callable[..., Ran]
CHECKOUT = Path(__file__).parents[2]
CATALOG = yaml.safe_load((CHECKOUT / "template/parts.yml").read_text())
PRESETS = yaml.safe_load((CHECKOUT / "template/presets.yml").read_text())


def answers(run: Run, *args: str) -> dict[str, Any]:
    ran = run("new", "my-agent", "--defaults", "--dry-run", "--format", "json", *args)
    assert ran.code == 0, ran.err
    result: dict[str, Any] = json.loads(ran.out)["answers"]
    return result


def refusal(run: Run, *args: str) -> str:
    ran = run("new", "my-agent", "--defaults", *args)
    assert (ran.code, ran.out) == (2, "")
    assert not list(Path().iterdir())
    return ran.err


def test_the_defaults_need_no_word(agentkit: Run) -> None:
    given = answers(agentkit)
    assert given["project_name"] == "my-agent"
    assert given["copyright_holder"] == "The my-agent authors"
    assert given["providers"]
    assert set(given) >= {"pattern", "providers", "targets", "interfaces", "store", "ci", "license"}


LISTS = {
    "yaml": ("[ollama, openai]", ["openai", "ollama"]),
    "yaml-quoted": ('["openai"]', ["openai"]),
    "yaml-block": ("- openai\n- anthropic", ["openai", "anthropic"]),
    "commas": ("ollama,openai", ["openai", "ollama"]),
    "commas-spaced": (" ollama , openai ", ["openai", "ollama"]),
    "comma-last": ("openai,", ["openai"]),
    "one": ("anthropic", ["anthropic"]),
    "twice": ("openai,openai", ["openai"]),
    "none": ("[]", []),
    "empty": ("", []),
}


@pytest.mark.parametrize(("text", "meant"), LISTS.values(), ids=LISTS)
def test_a_list_in_every_spelling(agentkit: Run, text: str, meant: list[str]) -> None:
    assert answers(agentkit, "--data", f"providers={text}")["providers"] == meant


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("description=Sums: 1 = 1", "Sums: 1 = 1"),
        ("description=on", "on"),
        ("description=1.0", "1.0"),
        (" description =x", "x"),
    ],
    ids=["equals-and-colon", "boolean", "number", "spaces"],
)
def test_text_is_taken_as_it_stands(agentkit: Run, item: str, value: str) -> None:
    assert answers(agentkit, "-d", item)["description"] == value


def test_the_last_data_wins(agentkit: Run) -> None:
    assert answers(agentkit, "-d", "license=MIT", "-d", "license=proprietary")["license"] == (
        "proprietary"
    )


def test_the_file_yields_to_data_and_beats_the_preset(agentkit: Run, tmp_path: Path) -> None:
    file = tmp_path / "answers.yml"
    file.write_text("_commit: v9\n_src_path: x\nci: github\nlicense: Apache-2.0\nproviders: []\n")
    preset = ("--preset", "minimal")
    assert answers(agentkit, *preset)["ci"] == "none"
    given = answers(agentkit, *preset, "--answers-file", str(file), "--data", "license=proprietary")
    assert (given["ci"], given["license"], given["providers"]) == ("github", "proprietary", [])


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_a_project(agentkit: Run, preset: str) -> None:
    ran = agentkit("new", "my-agent", "--preset", preset, "--defaults")
    assert ran.code == 0, ran.err
    recorded = yaml.safe_load(Path("my-agent/.copier-answers.yml").read_text())
    assert recorded.items() >= PRESETS[preset].items()


def test_the_project_can_be_made_again_of_its_own_answers(agentkit: Run, work: Path) -> None:
    assert agentkit("new", "a/my-agent", "-d", "providers=[ollama]", "--no-git").code == 0
    file = "a/my-agent/.copier-answers.yml"
    assert agentkit("new", "b/my-agent", "--answers-file", file, "--no-git").code == 0
    assert Path("b/my-agent/.copier-answers.yml").read_text() == Path(file).read_text()


WRONG = {
    "unknown-question": (["provider=openai"], ['"provider"', "did you mean providers?", "known:"]),
    "computed-question": (["use={}"], ['no question "use"']),
    "copier-key": (["_src_path=x"], ['no question "_src_path"']),
    "far-question": (["zzz=1"], ['no question "zzz"', "project_name"]),
    "choice": (["store=sqlit"], ['store: "sqlit"', "did you mean sqlite?", *CATALOG["store"]]),
    "far-choice": (["ci=zzz"], ['ci: "zzz"', "allowed:", *CATALOG["ci"], "none"]),
    "choice-case": (["license=mit"], ['license: "mit"', "MIT", "Apache-2.0"]),
    "in-list": (
        ["providers=[openai, olama]"],
        ['"olama"', "did you mean ollama?", *CATALOG["provider"]],
    ),
    "list-for-one": (["store=[sqlite]"], ['store: "[sqlite]"', "allowed: sqlite"]),
    "broken-yaml": (["providers=[openai"], ["providers", "[openai", *CATALOG["provider"]]),
    "number-for-list": (["providers=5"], ['providers: "5"', *CATALOG["provider"]]),
    "yes-for-list": (["providers=true"], ["providers:", *CATALOG["provider"]]),
    "mapping-for-list": (["providers={openai: 1}"], ["providers", *CATALOG["provider"]]),
    "empty-choice": (["store="], ['store: ""', "allowed: sqlite"]),
    "needs": (["interfaces=[cli]"], ["interfaces", "target docker needs interface http"]),
    "two-lines": (["description=a\nb"], ["description", "one line of text"]),
    "no-value": (["providers"], ['--data "providers" has no value', "KEY=VALUE"]),
    "preset": ([], ['no preset "minimum"', "minimal", "service", "production"]),
}


@pytest.mark.parametrize(("data", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_names_itself_and_what_is_allowed(
    agentkit: Run, data: list[str], words: list[str]
) -> None:
    args = [arg for item in data for arg in ("--data", item)]
    said = refusal(agentkit, *(args or ["--preset", "minimum"]))
    assert not [w for w in words if w not in said], said
    assert said.startswith("error: ")


FILES = {
    "not-yaml": ("a: [", "cannot be read"),
    "list": ("- a\n", "KEY: VALUE"),
    "text": ("hello\n", "KEY: VALUE"),
    "empty": ("", "KEY: VALUE"),
    "binary": ("\0\1", "cannot be read"),
    "python-object": ("a: !!python/object/apply:os.getcwd []\n", "cannot be read"),
    "unknown": ("provder: [openai]\n", "did you mean providers?"),
    "null": ("store:\n", 'store: ""'),
    "mapping-in-list": ("providers: [{openai: 1}]\n", "providers"),
    "number-in-list": ("providers: [1]\n", 'providers: "1"'),
    "boolean": ("ci: no\n", "ci:"),
}


@pytest.mark.parametrize(("text", "word"), FILES.values(), ids=FILES)
def test_a_bad_answers_file(agentkit: Run, tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "answers.yml"
    file.write_text(text)
    assert word in refusal(agentkit, "--answers-file", str(file))


@pytest.mark.parametrize("name", ["nowhere.yml", "."])
def test_an_answers_file_that_cannot_be_read(agentkit: Run, tmp_path: Path, name: str) -> None:
    said = refusal(agentkit, "--answers-file", str(tmp_path / name))
    assert str(tmp_path / name) in said


def test_latin_1_in_the_answers_file(agentkit: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"copyright_holder: Ren\xe9\n")
    assert "cannot be read" in refusal(agentkit, "--answers-file", str(tmp_path / "a.yml"))


def test_every_script_is_text(agentkit: Run) -> None:
    assert (
        answers(agentkit, "-d", "copyright_holder=Рене 🚀 O'Neill")["copyright_holder"]
        == "Рене 🚀 O'Neill"
    )
