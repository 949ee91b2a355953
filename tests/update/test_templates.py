"""Templates that are not like others: their settings, layouts and answers files."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.unit.support import commit, git, write
from tests.update.project import ANSWERS, Project, Run, Start
from tests.update.support import QUESTIONS, Program, Template, body, put

WRITER = "{{ _copier_conf.answers_file }}.jinja"


def test_other_brackets_and_another_suffix(agentkit: Run, tmp_path: Path) -> None:
    settings = QUESTIONS + "_templates_suffix: .tmpl\n_envops:\n  variable_start_string: '[['\n"
    settings += (
        "  variable_end_string: ']]'\n  block_start_string: '[%'\n  block_end_string: '%]'\n"
    )
    made = Template(tmp_path / "template")
    put(made.root, {"copier.yml": settings})
    writer = "[[ _copier_conf.answers_file ]].tmpl"
    files = {writer: "[[ _copier_answers|to_nice_yaml ]]", "a.jinja": "{{ x }}\n"}
    put(made.root, {**files, "a.txt.tmpl": "[[ name ]] {{ name }}\n" + body()})
    commit(made.root, tag="v1.0.0")
    project = Project(made.generate(tmp_path / "project"), made, agentkit)
    commit(project.root)
    project.edit({"a.txt": project.read("a.txt").replace("line 3\n", "mine\n")})
    put(made.root, {"a.txt.tmpl": "[[ name ]] {{ name }}\n" + body({28: "theirs"})})
    commit(made.root, tag="v2.0.0")
    assert project.told().actions == {"a.txt": "merged"}
    assert project.read("a.txt") == "app {{ name }}\n" + body({3: "mine", 28: "theirs"})
    assert project.version() == "v2.0.0"


WRITERS = {
    "by-hand": "_src_path: {{ _copier_answers._src_path }}\n_commit: {{ _copier_answers._commit }}"
    "\nname: {{ name }}\n",
    "comment": "# Made by {{ _copier_conf.src_path }}\n{{ _copier_answers|to_nice_yaml }}",
    "json": "{{ _copier_answers|to_json }}\n",
    "more": "{{ _copier_answers|to_nice_yaml }}\n# the end\n",
}


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_how_the_answers_are_written(start: Start, writer: str) -> None:
    project = start({"a.txt": body(), WRITER: writer})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": body({28: "theirs"})})
    assert project.told().actions == {"a.txt": "merged"}
    recorded = yaml.safe_load(project.read(ANSWERS))
    assert (recorded["_commit"], recorded["name"]) == ("v2.0.0", "app")
    assert recorded["_src_path"] == str(project.template.root)
    project.commit()
    assert project.told().report["changes"] == []


def test_the_answers_in_another_file_too(start: Start) -> None:
    text = "{{ _copier_answers._commit }} of {{ _copier_answers._src_path }}\n"
    project = start({"about.txt.jinja": text})
    project.template.release({})
    project.told()
    assert project.read("about.txt") == f"v2.0.0 of {project.template.root}\n"


def test_an_answer_that_names_a_folder(start: Start) -> None:
    files = {"src/{{ name }}/a.py.jinja": "x = 1\n" * 9, "src/{{ name }}/b.py": "y = 2\n" * 9}
    project = start(files)
    project.edit({"src/app/a.py": "x = 1\n" * 9 + "mine = 1\n", "src/app/mine.py": "z = 3\n"})
    project.template.release({"src/{{ name }}/b.py": "y = 2\n" * 9 + "theirs = 1\n"})
    project.told("--data", "name=other")
    assert project.read("src/other/a.py").endswith("mine = 1\n")
    assert project.read("src/other/b.py").endswith("theirs = 1\n")
    assert project.read("src/other/mine.py") == "z = 3\n"
    assert not project.has("src/app/a.py")


def test_another_subfolder_of_the_template(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "mine"})})
    (project.template.root / "project").rename(project.template.root / "files")
    settings = f"_subdirectory: files\n{QUESTIONS}"
    put(project.template.root, {"copier.yml": settings, "files/a.txt": body({28: "theirs"})})
    project.template.release({})
    assert project.told().actions == {"a.txt": "merged"}
    assert project.read("a.txt") == body({3: "mine", 28: "theirs"})


def test_modes_of_rendered_files(start: Start) -> None:
    project = start({"a.sh.jinja": "# {{ name }}\n", "b.sh.jinja": Program("# {{ name }}\n")})
    new = {"a.sh.jinja": Program("# {{ name }} 2\n"), "c.sh.jinja": Program("# {{ name }}\n")}
    project.template.release({**new, "b.sh.jinja": Program("# {{ name }} 2\n")})
    project.told()
    assert [os.access(project.root / f"{x}.sh", os.X_OK) for x in "abc"] == [True] * 3


def test_the_settings_in_a_file_of_the_other_name(start: Start) -> None:
    project = start({"a.txt": body()})
    root = project.template.root
    put(root, {"copier.yaml": (root / "copier.yml").read_text(), "copier.yml": None})
    project.template.release({"a.txt": body({28: "theirs"})})
    assert project.told().actions == {"a.txt": "updated"}


def test_a_relative_address(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = start({"a.txt": body()})
    answers = project.read(ANSWERS).replace(str(project.template.root), "template")
    project.edit({ANSWERS: answers})
    project.template.release({"a.txt": body({28: "theirs"})})
    assert "template" in project.refused()
    monkeypatch.chdir(tmp_path)  # where `copier copy template project` was run
    assert project.told().actions == {"a.txt": "updated"}
    assert "_src_path: template\n" in project.read(ANSWERS)


def test_a_bare_repository_and_a_url(start: Start, tmp_path: Path) -> None:
    project = start({"a.txt": body()})
    project.template.release({"a.txt": body({28: "theirs"})})
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(project.template.root), str(bare))
    answers = project.read(ANSWERS).replace(str(project.template.root), bare.as_uri())
    project.edit({ANSWERS: answers})
    assert project.told().actions == {"a.txt": "updated"}
    assert f"_src_path: {bare.as_uri()}\n" in project.read(ANSWERS)


def test_changes_of_the_template_that_are_not_committed(start: Start) -> None:
    project = start({"a.txt": body()})
    project.template.release({"a.txt": body({28: "theirs"})})
    put(project.template.root, {"project/a.txt": "dirty\n"})
    project.told()
    assert project.read("a.txt") == body({28: "theirs"})


def test_a_template_with_a_submodule(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = write(tmp_path / "part", {"l.txt": "1\n"})
    commit(part)
    project = start({"a.txt": body()})
    root = project.template.root
    git(root, "submodule", "--quiet", "add", str(part), "project/part")
    project.template.release({})
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    assert project.told().actions == {"part/l.txt": "added"}


def test_the_project_in_the_repository_of_its_template(start: Start) -> None:
    project = start({"a.txt": body()})
    inner = project.template.root / "example"
    project.root.rename(inner)
    for path in sorted((inner / ".git").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (inner / ".git").rmdir()
    project.template.release({"a.txt": body({28: "theirs"})})
    example = replace(project, root=inner)
    assert example.told().actions == {"a.txt": "updated"}
    assert example.read("a.txt") == body({28: "theirs"})
