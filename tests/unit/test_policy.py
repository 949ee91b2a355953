"""Whose a file is, and whether an update leaves it alone."""

import pytest

from agentkit.policy import Policy

POLICY = Policy(
    yours=("config/", "!config/models.yaml"),
    ejected=("Makefile", "config/own.yaml"),
    shared=("pyproject.toml", "config/*"),
    before={
        "config/same.yaml": "pattern.react",
        "config/base.yaml": "",
        "config/other.yaml": "pattern.react",
        "config/moved.yaml": "",
        "config/gone.yaml": "interface.cli",
        "config/dropped.yaml": "pattern.react",
        "config/own.yaml": "pattern.react",
        "src/a.py": "pattern.react",
    },
    after={
        "config/same.yaml": "pattern.react",
        "config/base.yaml": "",
        "config/other.yaml": "pattern.router",
        "config/moved.yaml": "pattern.react",
        "config/new.yaml": "",
        "config/own.yaml": "pattern.router",
        "src/a.py": "pattern.react",
    },
)
ALONE = {
    "config/same.yaml": True,
    "config/base.yaml": True,
    "config/other.yaml": False,  # another part writes it now
    "config/moved.yaml": False,  # a part writes it that the base wrote
    "config/gone.yaml": False,  # its part was removed
    "config/dropped.yaml": True,  # its part is there, and writes it no more
    "config/new.yaml": True,
    "config/never.yaml": True,  # neither render has it
    "config/models.yaml": False,
    "config/own.yaml": True,  # whoever writes it
    "Makefile": True,
    "src/a.py": False,
}


@pytest.mark.parametrize("path", ALONE)
def test_an_update_leaves_alone_what_is_the_users(path: str) -> None:
    assert POLICY.frozen(path) == ALONE[path]


def test_another_part_takes_over_what_is_the_users_only() -> None:
    taken = {path for path in ALONE if POLICY.taken_over(path)}
    assert taken == {"config/other.yaml", "config/moved.yaml", "config/gone.yaml"}


def test_the_user_is_asked_first_whose_a_file_is() -> None:
    paths = ("Makefile", "config/a.yaml", "config/models.yaml", "pyproject.toml", "src/a.py")
    assert [POLICY.owner(p) for p in paths] == ["yours", "yours", "shared", "shared", "managed"]


def test_a_deleted_file_comes_again_only_where_the_template_says_so() -> None:
    again = Policy(yours=("a",), ejected=("b",), again=True)
    assert [again.made_again(path) for path in "ab"] == [True, False]
    assert not Policy(yours=("a",)).made_again("a")
