"""What conflicts by lines and not by meaning is merged, and looks as a person would write it."""

import pytest

from tests.unit.three_way import conflicting, edited

DEPENDENCIES = '[project]\nname = "x"\ndependencies = [\n  "httpx",\n]\n'
PYPROJECT = """\
[build-system]
requires = ["hatchling"]

[project]
name = "x"
# what we need
dependencies = [
    "httpx>=0.27",   # the client
    "pydantic>=2",
]

[tool.ruff]
lint.select = ["E", "F"]

[[tool.mypy.overrides]]
module = "a.*"
"""
WORKFLOW = """\
name: CI
on:
  push:
    branches:
      - main

# what runs
jobs:
  test:
    runs-on: x
    steps:
      - uses: a/b@v4 # v4
      # the tests
      - run: make
"""
COMPOSE = """\
x-common: &common
  restart: always

services:
  app:
    <<: *common
    image: app:1
    ports: ["8080:80"]
    environment:
    - A=1
    - LOG=info

volumes: {}
"""
PACKAGE = """\
{
  "name": "x",
  "files": ["a"],
  "dependencies": {
    "left": "1",
    "right": "1"
  }
}
"""
HOOKS = """\
repos:
  - repo: https://example.org/lint
    rev: v1
    hooks:
      - id: lint
        args: [--fix]
"""


def test_both_add_a_dependency() -> None:
    """The scenario toml_dep_list."""
    ours = edited(DEPENDENCIES, ('"httpx",\n', '"httpx",\n  "pandas",\n'))
    theirs = edited(DEPENDENCIES, ('"httpx",\n', '"httpx",\n  "structlog",\n'))
    assert conflicting("pyproject.toml", DEPENDENCIES, ours, theirs) == edited(
        DEPENDENCIES, ('"httpx",\n', '"httpx",\n  "pandas",\n  "structlog",\n')
    )


def test_pyproject() -> None:
    ours = edited(
        PYPROJECT,
        ('"pydantic>=2",\n', '"pydantic>=2.7",\n    "pandas",\n'),
        ('"F"]', '"F", "I"]'),
        ('module = "a.*"\n', 'module = "a.*"\n\n[tool.mine]\nx = 1\n'),
    )
    theirs = edited(
        PYPROJECT,
        ('0.27",   # the client', '0.28",   # the new client'),
        ('"pydantic>=2",\n', '"pydantic>=2",\n    # logs\n    "structlog>=24",\n'),
        ('"F"]', '"F", "B"]'),
        ('module = "a.*"\n', 'module = "a.*"\n\n# ours\n[[tool.mypy.overrides]]\nmodule = "b"\n'),
    )
    more = '\n[tool.mine]\nx = 1\n\n# ours\n[[tool.mypy.overrides]]\nmodule = "b"\n'
    assert conflicting("pyproject.toml", PYPROJECT, ours, theirs) == edited(
        PYPROJECT,
        ('0.27",   # the client', '0.28",   # the new client'),
        ('"pydantic>=2",\n', '"pydantic>=2.7",\n    "pandas",\n    # logs\n    "structlog>=24",\n'),
        ('"F"]', '"F", "I", "B"]'),
        ('module = "a.*"\n', 'module = "a.*"\n' + more),
    )


def test_a_workflow() -> None:
    ours = edited(WORKFLOW, ("- main\n", "- main\n      - dev\n"), ("make\n", "make all\n"))
    ours = edited(ours, ("@v4 # v4\n", "@v4 # v4\n        with: {x: 1}\n"))
    step = "      # theirs\n      - name: scan\n        run: |\n          a\n          b\n"
    theirs = edited(WORKFLOW, ("- main\n", "- main\n      - v1\n"), ("@v4 # v4", "@v5 # v5"))
    theirs += f"{step}\n  # style\n  lint:\n    runs-on: y\n"
    assert conflicting("ci.yml", WORKFLOW, ours, theirs) == edited(
        WORKFLOW,
        ("- main\n", "- main\n      - dev\n      - v1\n"),
        ("@v4 # v4\n", "@v5 # v5\n        with: {x: 1}\n"),
        ("make\n", f"make all\n{step}\n  # style\n  lint:\n    runs-on: y\n"),
    )


def test_compose_with_anchors() -> None:
    ours = edited(COMPOSE, ("LOG=info", "LOG=debug"), ('"8080:80"', '"8081:80"'))
    ours = edited(ours, ("volumes: {}", "volumes: {data: {}}"))
    redis = "\n  # the cache\n  redis:\n    <<: *common\n    image: redis:7\n"
    theirs = edited(COMPOSE, ("LOG=info\n", f"LOG=info\n    - TRACE=0  # new\n{redis}"))
    theirs = edited(theirs, ('"8080:80"', '"8080:80", "9090:9090"'))
    assert conflicting("compose.yaml", COMPOSE, ours, theirs) == edited(
        COMPOSE,
        ('"8080:80"', '"8081:80", "9090:9090"'),
        ("LOG=info\n", f"LOG=debug\n    - TRACE=0  # new\n{redis}"),
        ("volumes: {}", "volumes: {data: {}}"),
    )


def test_package_json() -> None:
    ours = edited(PACKAGE, ('"right": "1"', '"right": "1",\n    "up": "1"'), ('"a"', '"a", "b"'))
    theirs = edited(PACKAGE, ('"right": "1"', '"right": "2",\n    "so": "1"'), ('"a"', '"a", "c"'))
    assert conflicting("package.json", PACKAGE, ours, theirs) == edited(
        PACKAGE,
        ('"a"', '"a", "b", "c"'),
        ('"right": "1"', '"right": "2",\n    "so": "1",\n    "up": "1"'),  # in alphabetical order
    )


def test_hooks() -> None:
    mine = "  - repo: https://example.org/mine\n    rev: v7\n    hooks: [{id: mine}]\n"
    types = "  - repo: https://example.org/types\n    rev: v3\n    hooks:\n      - id: types\n"
    ours = edited(HOOKS, ("rev: v1\n", "rev: v1  # pinned\n")) + mine
    theirs = edited(HOOKS, ("rev: v1", "rev: v2"), ("[--fix]", "[--fix, --quiet]"))
    theirs += f"      - id: format\n{types}"
    assert conflicting(".pre-commit-config.yaml", HOOKS, ours, theirs) == (
        edited(HOOKS, ("rev: v1", "rev: v2  # pinned"), ("[--fix]", "[--fix, --quiet]"))
        + f"      - id: format\n{mine}{types}"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_are_those_of_ours(end: str) -> None:
    base = "a: 1\nb: 2\n"
    ours, theirs = (base + "c: 3\n").replace("\n", end), base + "d: 4\n"
    base, theirs = (text.replace("\n", end) for text in (base, theirs))
    result = conflicting("x.yaml", base, ours, theirs)
    assert result == "a: 1\nb: 2\nc: 3\nd: 4\n".replace("\n", end)
