"""Rules of the template's source, checked without rendering."""

import re
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, nodes
from pathspec import GitIgnoreSpec

import agentkit
from agentkit import answers
from tests.template import projects
from tests.template.projects import CATALOG, ONE, ROOT

TOP = ROOT / "template/project"
OVERLAY = re.compile(r"\{\{use\.([a-z]+)\.([a-z][a-z0-9_]*)\}\}")
OVERLAYS = {m[0]: (m[1], m[2]) for p in TOP.iterdir() if (m := OVERLAY.fullmatch(p.name))}
SOURCES = [
    ROOT / line
    for line in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "template"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()
    if (ROOT / line).exists()
]  # fmt: skip
TEMPLATES = [p for p in SOURCES if p.suffix == ".jinja"]
SETTINGS = yaml.safe_load((ROOT / "copier.yml").read_text())
YOURS = SETTINGS["_skip_if_exists"]
SHARED = yaml.safe_load((ROOT / "template/shared.yml").read_text())


def owned(folder: Path) -> set[str]:
    """The paths of the project that a folder of the template renders."""
    found = (p.relative_to(folder) for p in SOURCES if p.is_relative_to(folder))
    return {
        str(p).removesuffix(".jinja")
        for p in found
        if "_slots" not in p.parts and not (folder == TOP and p.parts[0] in OVERLAYS)
    }


def test_every_part_has_one_folder_and_one_entry() -> None:
    declared = {(kind, part) for kind, parts in CATALOG.items() for part in parts}
    assert set(OVERLAYS.values()) == declared


def test_no_two_parts_own_one_file() -> None:
    base = owned(TOP)
    for (name_a, a), (name_b, b) in combinations(OVERLAYS.items(), 2):
        if a[0] == b[0] and a[0] in ONE:
            continue  # only one of them is ever chosen
        assert not owned(TOP / name_a) & owned(TOP / name_b), (a, b)
    for name in OVERLAYS:
        assert not owned(TOP / name) & base, name


def test_every_slot_that_a_part_fills_is_open_somewhere() -> None:
    opened = {
        name for path in TEMPLATES for name in re.findall(r"slot\('([^']+)'\)", path.read_text())
    }
    filled = {p.name.removesuffix(".jinja") for p in SOURCES if p.parent.name == "_slots"}
    assert filled <= opened


def test_parts_need_parts_that_exist() -> None:
    for parts in CATALOG.values():
        for part in parts.values():
            assert part["title"] and part["help"]
            for need in part.get("needs", []):
                kind, key = need.split(".")
                assert key in CATALOG[kind]


def test_control_lines_are_few() -> None:
    control = total = 0
    for path in SOURCES:
        if path.is_relative_to(TOP):
            lines = path.read_text().splitlines()
            marked = sum("{%" in line for line in lines) if path in TEMPLATES else 0
            assert len(lines) < 20 or marked <= 0.15 * len(lines), path
            control, total = control + marked, total + len(lines)
    assert control <= 0.05 * total


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "template")))
def test_only_what_jinja_itself_has_is_used(path: Path) -> None:
    env = Environment()
    allowed = {*env.filters, "to_nice_yaml"}
    for node in env.parse(path.read_text()).find_all((nodes.Filter, nodes.Test)):
        assert node.name in (allowed if isinstance(node, nodes.Filter) else env.tests)


def test_nothing_in_the_template_needs_trust() -> None:
    known = {"_min_copier_version", "_subdirectory", "_envops", "_exclude", "_skip_if_exists"}
    assert {key for key in SETTINGS if key.startswith("_")} == known
    assert SETTINGS["_envops"] == {**answers.ENVOPS, "undefined": "jinja2.StrictUndefined"}
    assert not any("/" in p or p.startswith("!") for p in SETTINGS["_exclude"])


def test_every_pattern_of_ownership_is_that_of_some_file(tmp_path: Path) -> None:
    full = projects.make(tmp_path / "full", projects.FULL)
    one = [full / "config/agents/poet.yaml", *projects.files(full)]  # an agent of the user's own
    files = {path.relative_to(full).as_posix() for path in one}
    for ci in CATALOG["ci"]:  # of which a project has one
        other = projects.make(tmp_path / ci, {"ci": ci})
        files |= {path.relative_to(other).as_posix() for path in projects.files(other)}
    for pattern in (*YOURS, *SHARED):
        assert not set(pattern) & set("{}!\\"), pattern
        assert set(GitIgnoreSpec.from_lines([pattern]).match_files(files)), pattern
    yours = set(GitIgnoreSpec.from_lines(YOURS).match_files(files))
    shared = set(GitIgnoreSpec.from_lines(SHARED).match_files(files))
    assert not yours & shared
    assert not [name for name in yours if name.startswith(("docker/", "systemd/", "scripts/"))]


def test_files_that_parts_reach_into_are_declared_as_shared() -> None:
    """But for README.md: it is the user's from the first minute."""
    reached = {
        name
        for folder in (TOP, *(TOP / name for name in OVERLAYS))
        for name in owned(folder)
        if (source := folder / f"{name}.jinja").exists()
        and re.search(r"slot\('|\bparts \|", source.read_text())
    }
    declared = GitIgnoreSpec.from_lines(SHARED)
    assert {name for name in reached if not declared.match_file(name)} == {"README.md"}


def test_the_template_is_text_with_names_every_system_can_hold() -> None:
    for path in SOURCES:
        assert b"\0" not in path.read_bytes(), path
        assert b"\r" not in path.read_bytes(), path
        assert not re.search(r'[ <>:"|?*\\]', str(path.relative_to(ROOT))), path


def test_the_engine_has_the_version_of_the_template() -> None:
    engine = (TOP / "src/agent/__init__.py").read_text()
    assert f'__version__ = "{agentkit.__version__}"' in engine


def test_a_typo_in_a_question_is_an_error() -> None:
    questions = {k: v for k, v in SETTINGS.items() if not k.startswith("_")}
    assert [q.name for q in answers.load(ROOT).questions] == list(questions)
    with pytest.raises(TypeError, match="chioces"):
        answers.Question("x", chioces=["a"])  # type: ignore[call-arg]
