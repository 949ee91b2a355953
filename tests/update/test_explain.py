"""`agentkit explain`: where a file came from, and what was changed in it."""

from pathlib import Path

import pytest

from tests.update.looking import explained, states
from tests.update.looking import told as status
from tests.update.own import everything
from tests.update.project import ANSWERS, Project, Run, Start
from tests.update.released import done, made
from tests.update.support import Template


@pytest.mark.parametrize(
    ("name", "owner", "part", "source"),
    [
        ("Makefile", "shared", "", "Makefile.jinja"),
        ("README.md", "yours", "", "README.md.jinja"),
        ("src/agent/run.py", "managed", "", "src/agent/run.py"),
        (ANSWERS, "managed", "", "{{_copier_conf.answers_file}}.jinja"),
        (
            "docker/Dockerfile",
            "managed",
            "target.docker",
            "{{use.target.docker}}/docker/Dockerfile.jinja",
        ),
        (
            "config/agents.yaml",
            "yours",
            "pattern.react",
            "{{use.pattern.react}}/config/agents.yaml",
        ),
    ],
)
def test_where_a_file_came_from(
    mine: Project, name: str, owner: str, part: str, source: str
) -> None:
    told = explained(mine, name)
    assert told["template"] == {
        "source": "agentkit",
        "version": "dev",
        "file": f"template/project/{source}",
    }
    assert (told["path"], told["owner"], told["part"]) == (name, owner, part)
    assert (told["state"], told["patch"]) == ("same", "")
    assert told["meaning"]


def test_every_file_has_a_template_file(mine: Project) -> None:
    names = ["pyproject.toml", "LICENSE", ".github/workflows/ci.yml", "src/agent/stores/sqlite.py"]
    for name in names:
        assert explained(mine, name)["template"]["file"], name


def test_what_was_changed_since(mine: Project) -> None:
    mine.put({"docker/Dockerfile": "FROM scratch\n" + mine.read("docker/Dockerfile")})
    ran = mine.run("explain", str(mine.root / "docker/Dockerfile"))
    assert ran.code == 0 and "+FROM scratch\n" in ran.out
    for words in ("agentkit dev", "target docker", "managed: an update merges", "edited"):
        assert words in ran.out


def test_a_file_of_yours_as_an_older_version_wrote_it(agentkit: Run, work: Path) -> None:
    project = Project(made(agentkit, "0.1.0").absolute(), Template(work), agentkit)
    done(agentkit, "update", "my-agent", "--commit", "--defaults")
    told = explained(project, "README.md")
    assert (told["owner"], told["state"], told["patch"]) == ("yours", "same", "")
    assert states(status(project)) == {}
    project.put({"README.md": project.read("README.md") + "mine\n"})
    assert states(status(project)) == {"README.md": "edited"}
    told = explained(project, "README.md")
    assert told["state"] == "edited" and "+mine\n" in told["patch"]


def test_a_file_that_is_gone_or_moved(mine: Project) -> None:
    mine.edit({"docker/Dockerfile": None})
    mine.git("mv", "scripts/cleanup.sh", "clean.sh")
    assert explained(mine, "docker/Dockerfile")["state"] == "deleted"
    for name in ("clean.sh", "scripts/cleanup.sh"):
        told = explained(mine, name)
        assert (told["path"], told["was"]) == ("clean.sh", "scripts/cleanup.sh")
        assert told["state"] == "renamed"


def test_a_file_that_the_template_did_not_write(mine: Project) -> None:
    mine.put({"notes.txt": "mine\n"})
    told = explained(mine, "notes.txt")
    assert (told["template"], told["owner"], told["path"]) == (None, None, "notes.txt")
    ran = mine.run("explain", str(mine.root / "notes.txt"))
    assert ran.code == 0 and "did not write it" in ran.out


@pytest.mark.parametrize("name", ["nothing.txt", "src", "../outside.txt", "no/such/folder.txt"])
def test_no_file_at_all(mine: Project, name: str) -> None:
    for command in ("explain", "eject"):
        ran = mine.run(command, str(mine.root / name))
        assert (ran.code, ran.out) == (1, "") and ran.err.startswith("error: ")


def test_from_inside_the_project_without_writing(
    mine: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(mine.root)
    monkeypatch.chdir(mine.root / "src/agent")
    assert "src/agent/run.py" in mine.run("explain", "run.py").out
    assert "docker/Dockerfile" in mine.run("explain", "../../docker/Dockerfile").out
    assert everything(mine.root) == before


def test_names_with_expressions_in_a_template_of_others(start: Start) -> None:
    files = {
        "src/{{ name }}/__init__.py": "\n",
        "src/{{ name }}/api.py.jinja": "# {{ name }}\n",
        "{% if name %}docs{% endif %}/index.md": "x\n",
        "plain.txt": "x\n",
    }
    project = start(files)
    for name, source in (
        ("src/app/api.py", "src/{{ name }}/api.py.jinja"),
        ("docs/index.md", "{% if name %}docs{% endif %}/index.md"),
        ("plain.txt", "plain.txt"),
    ):
        assert explained(project, name)["template"]["file"] == f"project/{source}"
