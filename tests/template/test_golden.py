"""What users get, committed: a change of the template shows as a change of its output."""

from pathlib import Path

import pytest

from tests.template import golden, projects


@pytest.mark.parametrize("name", golden.KEPT)
def test_the_golden_project_is_what_the_template_renders(name: str, tmp_path: Path) -> None:
    rendered = projects.make(tmp_path / name, projects.NAMED[name])
    assert projects.digest(rendered) == projects.digest(projects.GOLDEN / name), "run `make golden`"


# What it has now; the aim is 70 files and 3,500 lines. Lower these whenever it shrinks.
MOST_FILES, MOST_LINES = 139, 7926


def test_the_smallest_project_is_small(tmp_path: Path) -> None:
    smallest = projects.make(tmp_path / "smallest", projects.SMALLEST)
    found = projects.files(smallest)
    locks = {"requirements.txt", "requirements-dev.txt"}
    lines = sum(p.read_bytes().count(b"\n") for p in found if p.name not in locks)
    assert len(found) <= MOST_FILES
    assert lines <= MOST_LINES
