"""The name of a project, and every name that follows from it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit import answers, names, source
from agentkit.errors import AgentkitError
from tests.unit.support import Ran, spawn

BAD = {
    "keyword": ("class", "keyword", "class-agent"),
    "option": ("-rf", "starts with a letter", "rf"),
    "device": ("CON", "lower-case", "con-agent"),
    "device-lower": ("con", "Windows", "con-agent"),
    "device-numbered": ("com1", "Windows", "com1-agent"),
    "too-long": ("a" * 300, "63 characters", "a" * 63),
    "spaces": ("my cool agent", "lower-case", "my-cool-agent"),
    "emoji": ("🚀", "lower-case", "my-agent"),
    "accents": ("Émile", "lower-case", "emile"),
    "underscore": ("my_agent", "lower-case", "my-agent"),
    "digit-first": ("3d-agent", "starts with a letter", "agent-3d-agent"),
    "double-dash": ("a--b", "single dashes", "a-b"),
    "dash-last": ("agent-", "single dashes", "agent"),
    "dependency": ("pydantic", "depends on a package", "pydantic-agent"),
    "quote": ("it's", "lower-case", "it-s"),
    "newline": ("a\nb", "lower-case", "a-b"),
    "slash-dots": ("..", "lower-case", "my-agent"),
}


@pytest.mark.parametrize(("name", "reason", "better"), BAD.values(), ids=BAD)
def test_a_bad_name_is_refused_with_a_better_one(
    agentkit: Callable[..., Ran], work: Path, name: str, reason: str, better: str
) -> None:
    ran = agentkit("new", "--defaults", "--data", f"project_name={name}")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith('error: project_name "')
    assert reason in ran.err
    assert f"; {better} would do" in ran.err
    assert len(ran.err) < 250
    assert not list(work.iterdir())


@pytest.mark.parametrize("name", ["class", "CON", "a" * 300, "my cool agent", "🚀", "fastapi"])
def test_a_bad_folder_name_is_refused_the_same_way(
    agentkit: Callable[..., Ran], work: Path, name: str
) -> None:
    ran = agentkit("new", name, "--defaults")
    assert ran.code == 2
    assert "would do" in ran.err
    assert not list(work.iterdir())


def test_a_folder_that_looks_like_an_option(agentkit: Callable[..., Ran], work: Path) -> None:
    assert agentkit("new", "-rf").code == 2
    ran = agentkit("new", "--defaults", "--", "-rf")
    assert ran.code == 2
    assert "rf would do" in ran.err
    assert not list(work.iterdir())


@pytest.mark.parametrize("args", [(), ("",), ("--data", "project_name=")], ids=repr)
def test_no_name(agentkit: Callable[..., Ran], work: Path, args: tuple[str, ...]) -> None:
    ran = agentkit("new", "--defaults", *args)
    assert ran.code == 2
    assert "project_name" in ran.err
    assert "name" in ran.err.lower()
    assert "Traceback" not in ran.err
    assert not list(work.iterdir())


def test_a_name_in_another_encoding_is_refused(work: Path) -> None:
    ran = spawn("new", "--defaults", "--data", "project_name=caf\udce9")
    assert ran.code == 2
    assert "cafe would do" in ran.err or "caf would do" in ran.err


@pytest.mark.parametrize("name", ["a", "my-agent", "a1", "x" * 63, "classy", "con-agent", "pip-x"])
def test_a_good_name_is_taken(name: str) -> None:
    assert not refused(name)


def test_the_names_that_follow() -> None:
    assert vars(names.derive("my-agent-2")) == {
        "project": "my-agent-2",
        "python": "my_agent_2",
        "dns_label": "my-agent-2",
        "image": "my-agent-2",
        "systemd_unit": "my-agent-2.service",
        "env_prefix": "MY_AGENT_2_",
    }


@settings(max_examples=40, deadline=None)
@given(st.from_regex(r"[a-z]([a-z0-9]|-(?=[a-z0-9]))*", fullmatch=True))
def test_every_accepted_name_can_be_used_everywhere(name: str) -> None:
    if refused(name):
        return
    made = names.derive(name)
    assert made.python.isidentifier()
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", made.dns_label)
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*_", made.env_prefix)


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.text(), st.sampled_from(sorted(v[0] for v in BAD.values()))))
def test_every_suggestion_is_accepted(text: str) -> None:
    assert not refused(names.suggest(text)), names.suggest(text)


def test_the_suggestion_for_a_dependency_is_accepted() -> None:
    form = answers.load(source.builtin("dev").root)
    pins = answers.fill(form, {"project_name": "x"})["pins"]
    everything = {*pins["base"], *pins["dev"], *(n for p in pins["parts"].values() for n in p)}
    for name in sorted(everything)[::4]:
        assert refused(name)
        assert not refused(names.suggest(name)), names.suggest(name)


def refused(name: str) -> str:
    """Why the template does not take this name."""
    form = answers.load(source.builtin("dev").root)
    try:
        answers.fill(form, {"project_name": name})
    except AgentkitError as e:
        return e.what
    return ""
