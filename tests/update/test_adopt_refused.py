"""`agentkit adopt` where it cannot be done, and what is left then."""

import json
from pathlib import Path

import pytest

from tests.unit import templates
from tests.unit.support import commit, write
from tests.update.project import Project, Run


def refused(project: Project, *args: str) -> str:
    before = project.state()
    ran = project.run("adopt", str(project.root), *args)
    assert ran.code in (1, 2) and ran.out == "" and ran.err.startswith("error: "), ran
    assert project.state() == before
    return ran.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--to", "v9.9.9"], "9.9.9"),
        (["-d", "targets=dokcer"], "did you mean docker"),
        (["-d", "nonsense=1"], "nonsense"),
        (["-d", "nonsense"], "KEY=VALUE"),
        (["--template", "/nowhere"], "/nowhere"),
    ],
)
def test_wishes_that_cannot_be_had(bare: Project, args: list[str], words: str) -> None:
    assert words in refused(bare, *args)


def test_a_project_that_is_linked_already(mine: Project) -> None:
    assert "agentkit update" in refused(mine)


def test_uncommitted_work_is_in_the_way(bare: Project) -> None:
    bare.put({"README.md": "changed\n"})
    assert "README.md" in refused(bare)
    bare.git("checkout", "--quiet", "README.md")
    bare.put({"Makefile": "untracked\n"})
    assert "Makefile" in refused(bare)


def test_without_a_repository(agentkit: Run, tmp_path: Path) -> None:
    for folder in (write(tmp_path / "plain", {"a": "1\n"}), tmp_path / "nowhere"):
        ran = agentkit("adopt", str(folder))
        assert ran.code == 1 and ran.err.startswith("error: ")


@pytest.mark.parametrize("files", [{templates.ANSWERS: "x\n"}, {}])
def test_a_template_that_cannot_be_linked_to(
    bare: Project, tmp_path: Path, files: dict[str, str]
) -> None:
    root = write(tmp_path / "their", {"copier.yml": "who: {default: you}\n", "a.txt": "1\n"})
    if files:
        write(root, files)  # a plain folder has no versions
        assert "no version" in refused(bare, "--template", str(root))
    else:
        commit(root, tag="v1.0.0")
        assert "writes no .copier-answers.yml" in refused(bare, "--template", str(root))


def test_a_file_where_the_template_has_a_folder(bare: Project) -> None:
    bare.edit({"docs": "all of them\n"})
    ran = bare.run("adopt", str(bare.root), "--format", "json")
    assert ran.code == 3 and any("docs" in path for path in json.loads(ran.out)["conflicts"])
    assert b"all of them\n" in bare.files().values()
    assert bare.update("--abort").code == 0
    assert bare.git("status", "--porcelain") == "" and bare.read("docs") == "all of them\n"
