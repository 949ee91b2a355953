"""The template of an organisation: its own one, and the versions that it has approved."""

from pathlib import Path

import pytest

from tests.unit.support import commit, git, spawn, write

ASKED = """\
_subdirectory: project
project_name: {type: str}
license: {type: str, default: MIT}
"""
ANSWERS = "project/{{_copier_conf.answers_file}}.jinja"


def org(folder: Path, template: str) -> str:
    head = 'schema = 1\nname = "acme"\n'
    commit(write(folder, {"agentkit-org.toml": head + template}))
    return str(folder)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A template of the organisation with the releases 1.0.0, 1.1.0 and 2.0.0."""
    folder = tmp_path / "template"
    files = {"copier.yml": ASKED, ANSWERS: "{{ _copier_answers|to_nice_yaml -}}\n"}
    for version in "1.0.0", "1.1.0", "2.0.0":
        write(folder, files | {"project/of.txt.jinja": version + " {{ license }}\n"})
        commit(folder, tag=f"v{version}")
    return folder


def test_new_takes_its_template_in_its_channel(tmp_path: Path, theirs: Path) -> None:
    told = f'[template]\nurl = "{theirs}"\nchannel = "<2"\n[answers.locked]\nlicense = "own"\n'
    source = org(tmp_path / "org", told)
    project = tmp_path / "agent"
    words = ["new", str(project), "--defaults", "--org", source, "-d", "project_name=agent"]
    ran = spawn(*words)
    assert (ran.code, ran.err) == (0, "")
    assert (project / "of.txt").read_text() == "1.1.0 own\n"
    answers = (project / ".copier-answers.yml").read_text()
    assert f"_src_path: {theirs}" in answers and "_commit: v1.1.0" in answers
    assert "BEHIND: no\n" in spawn("check", str(project)).out
    assert spawn("update", "--defaults", cwd=project).code == 0
    assert (project / "of.txt").read_text() == "1.1.0 own\n"
    write(
        tmp_path / "org",
        {"agentkit-org.toml": (tmp_path / "org/agentkit-org.toml").read_text().replace("<2", "<3")},
    )
    commit(tmp_path / "org")
    assert spawn("org", "follow", source, str(project)).code == 0
    commit(project)
    assert "BEHIND: by 1 releases" in spawn("check", str(project)).out
    assert spawn("update", "--defaults", "--commit", cwd=project).code == 0
    assert (project / "of.txt").read_text() == "2.0.0 own\n"
    path = project / ".copier-answers.yml"
    path.write_text(path.read_text().replace("license: own", "license: MIT"))
    commit(project)
    ran = spawn("update", "--defaults", "--commit", cwd=project)
    assert ran.code == 0 and "license is own again: acme locks it" in ran.out
    assert (project / "of.txt").read_text() == "2.0.0 own\n" and "license: own" in path.read_text()
    assert git(project, "status", "--porcelain") == ""


def test_the_channel_is_of_the_built_in_template_too(tmp_path: Path) -> None:
    source = org(tmp_path / "org", '[template]\nchannel = "<0.2"\n')
    project = tmp_path / "agent"
    assert spawn("new", str(project), "--defaults", "--org", source).code == 0
    assert "_commit: v0.1.0" in (project / ".copier-answers.yml").read_text()


@pytest.mark.parametrize(
    ("told", "args", "says"),
    [
        ('allowed = ["https://a.example/t"]', ["--template", "elsewhere"], "does not allow the t"),
        ('channel = ">=99"', [], "the template has no version >=99"),
        ('channel = "newest"', [], "agentkit-org.toml:4: this is no range of versions"),
        ("channel = 2", [], "agentkit-org.toml:4: this is no range of versions"),
    ],
)
def test_what_it_does_not_approve(tmp_path: Path, told: str, args: list[str], says: str) -> None:
    source = org(tmp_path / "org", f"[template]\n{told}\n")
    ran = spawn("new", str(tmp_path / "agent"), "--defaults", "--org", source, *args)
    assert ran.code == 2 and says in ran.err and "Traceback" not in ran.err
    assert not (tmp_path / "agent").exists()
