"""What an organisation adds to a template: its own questions and files, in a new project."""

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.unit.overlays import FILES, ORG, organisation, template
from tests.unit.support import Ran, commit, git, write

Run = Callable[..., Ran]
REST = {"a": 1, "b": 2, "c": 3, "d": 4}
PAYS = ("-d", "acme_cost_center=1")


@pytest.fixture
def org(tmp_path: Path, checkout: Path) -> Path:
    template(checkout)
    return organisation(tmp_path / "org")


@pytest.fixture
def new(agentkit: Run, tmp_path: Path, org: Path) -> Callable[..., Ran]:
    def run(*args: str) -> Ran:
        ran = agentkit("new", str(tmp_path / "agent"), "--defaults", "--org", str(org), *args)
        assert (tmp_path / "agent").exists() is (ran.code == 0)
        return ran

    return run


@pytest.fixture
def lint(agentkit: Run, org: Path) -> Callable[..., Ran]:
    return lambda: agentkit("org", "lint", str(org / "agentkit-org.toml"))


def test_a_new_project_has_its_files_and_its_answers(tmp_path: Path, org: Path, new: Run) -> None:
    place = tmp_path / "agent"
    assert new("-d", "acme_cost_center=42", "-d", "acme_audited=yes").err == ""
    told = yaml.safe_load((place / "catalog-info.yaml").read_text())
    assert told == {"name": "agent", "cost": 42, "tier": "silver in eu", "audited": True} | REST
    assert (place / "ops/NOTES.md").read_text() == "{{ not rendered }}\n"
    assert (place / "ops/NOTES.md").stat().st_mode & 0o100
    assert (place / "registry.txt").is_file() and (place / "silver.txt").is_file()
    assert not (place / "cluster.txt").exists() and (place / "Makefile").is_file()
    pinned = tomllib.loads((place / "agentkit.toml").read_text())["org"]
    assert pinned["commit"] == git(org, "rev-parse", "HEAD") and len(pinned["overlay"]) == 64
    assert pinned["answers"] == {
        "acme_cost_center": 42,
        "acme_tier": "silver",
        "acme_region": "eu",
        "acme_audited": True,
        "acme_budget": 1.0,
    }
    assert "acme" not in (place / ".copier-answers.yml").read_text()
    assert git(place, "status", "--porcelain", "--ignored") == ""


def test_answers_of_a_file_and_the_report(tmp_path: Path, new: Run) -> None:
    answers = write(tmp_path, {"a.yml": "acme_cost_center: 7\nacme_tier: gold\n"}) / "a.yml"
    ran = new("--answers-file", str(answers), "--format", "json", "--no-git")
    told = json.loads(ran.out)
    assert told["answers"]["acme_cost_center"] == 7 and told["answers"]["acme_tier"] == "gold"
    assert "gold.txt" in json.dumps(told["files"])


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([], "acme_cost_center has no answer: Who pays"),
        (["acme_cost_center=much"], '"much" is no answer: a whole number is expected'),
        (["acme_cost_center=1", "acme_tier=bronze"], "acme does not allow acme_tier bronze"),
        (["acme_cost_center=1", "acme_tier=tin"], "there are: gold, silver, bronze"),
        (["acme_cost_center=1", "acme_region=us"], "acme_region is locked to eu by acme"),
        (["acme_cost_center=1", "acme_budget=inf"], '"inf" is no answer: a number is expected'),
        (["acme_cost_center=1.5"], '"1.5" is no answer: a whole number is expected'),
        (["acme_cost_center=1", "acme_audited=si"], "true or false is expected"),
        (["acme_cost_center=1", "acme_teir=gold"], "did you mean acme_tier?"),
    ],
)
def test_an_answer_that_is_none(new: Run, answers: list[str], says: str) -> None:
    ran = new(*(w for a in answers for w in ("-d", a)))
    assert ran.code == 2 and says in ran.err and "Traceback" not in ran.err


def test_on_top_of_a_template_of_others(tmp_path: Path, org: Path, new: Run) -> None:
    files = {
        "copier.yml": "_subdirectory: project\nproject_name: {type: str}\nuse: {type: yaml, "
        "default: {docker: '', cluster: ''}, when: false}\n",
        "project/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml -}}\n",
        "project/a.txt": "a\n",
    }
    commit(write(tmp_path / "theirs", files), tag="v1")
    told = ORG.replace("[overlay]", f'[template]\nurl = "{tmp_path / "theirs"}"\n[overlay]')
    for name in [n for n in FILES if "use." in n]:
        (org / name).unlink()
    commit(write(org, {"agentkit-org.toml": told}), tag="v2.0.0")
    assert new("-d", "project_name=x", *PAYS).err == ""
    told = yaml.safe_load((tmp_path / "agent/catalog-info.yaml").read_text())
    assert told == {"name": "x", "cost": 1, "tier": "silver in eu"} | REST
    assert (tmp_path / "agent/a.txt").is_file()
    assert "acme" not in (tmp_path / "agent/.copier-answers.yml").read_text()


def test_an_overlay_is_pinned_or_refused(agentkit: Run, tmp_path: Path, org: Path) -> None:
    folder = write(tmp_path / "plain", FILES)
    assert agentkit("org", "lint", str(folder)).code == 0
    ran = agentkit("new", "agent", "--defaults", "--org", str(folder), *PAYS)
    assert ran.code == 2 and "an overlay needs a git repository" in ran.err
    assert not Path("agent").exists()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("README.md", "", "agentkit-org.toml:5: the template has README.md too"),
        ("k8s/pod.yaml", "", "the template has k8s/pod.yaml too"),
        ("agentkit.toml.jinja", "", "the template has agentkit.toml too"),
        ("k8s", "", "the template has k8s too"),
        ("README.md/x", "", "the template has README.md/x too"),
        ("a.txt.jinja", "x\n{{ acme_tire }}", "a.txt.jinja:2: 'acme_tire' is undefined"),
        ("a.txt.jinja", "{% if %}", "a.txt.jinja:1: "),
        ("a.txt.jinja", "{{ ().__class__ }}", "access to attribute '__class__'"),
        ("a.txt.jinja", "{{ 'x' * 10 ** 10 }}", "of acme needs more than"),
        ("a.txt.jinja", "{% include '../agentkit-org.toml' %}", "../agentkit-org.toml"),
        ("{{ '..' }}/a.txt", "", "this name renders to .., which is no name in its folder"),
        ("{{ 'a\\x2fb' }}.txt", "", "this name renders to a/b.txt, which is no name"),
        ("{{ acme_tier }}.txt.jinja", "", "silver.txt: two files become this one"),
        ("a.json.jinja", "{", "a.json: does not parse"),
        ("{{ '.git' }}/hooks/x", "", "would be git's own folder"),
    ],
)
def test_what_is_wrong_with_an_overlay_is_found(
    new: Run, lint: Run, org: Path, name: str, text: str, says: str
) -> None:
    write(org / "overlay", {name: text})
    ran = lint()
    assert ran.code == 1 and says in ran.out and ran.err == ""
    commit(org, tag="v2.0.0")
    if "k8s" not in name:  # this project has none
        ran = new(*PAYS)
        assert ran.code == 1 and "Traceback" not in ran.err


@pytest.mark.long
def test_an_endless_overlay_ends(lint: Run, org: Path) -> None:
    text = "{% for a in range(9999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    write(org / "overlay", {"a.txt.jinja": text})
    ran = lint()
    assert ran.code == 1 and "the overlay of acme needs more than" in ran.out


def test_links_in_an_overlay_are_refused(tmp_path: Path, lint: Run, new: Run, org: Path) -> None:
    (org / "overlay/passwd").symlink_to("/etc/passwd")
    commit(org, tag="v2.0.0")
    ran = lint()
    assert ran.code == 1 and "passwd is a link; an overlay has files only" in ran.out
    ran = new(*PAYS)
    assert ran.code == 1 and "passwd is a link" in ran.err
    subprocess.run(["mv", str(org / "overlay"), str(tmp_path / "elsewhere")], check=True)
    (org / "overlay").symlink_to(tmp_path / "elsewhere")
    commit(org, tag="v3.0.0")
    ran = new(*PAYS)
    assert ran.code == 1 and "no folder beside the org file" in ran.err


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('path = "overlay"', 'path = "../x"', ":4: overlay.path names no folder beside"),
        ('path = "overlay"', 'path = "/x"', ":4: overlay.path names no folder beside"),
        ('path = "overlay"', 'path = "."', ":4: overlay.path names no folder beside"),
        ('path = "overlay"', 'folder = "x"', ":5: an org file has no overlay.folder"),
        ('yours = ["ops/*"]', 'yours = "ops"', "overlay.yours is a list"),
        ('yours = ["ops/*"]', 'yours = ["!"]', "a pattern of yours is none"),
        ('name = "acme_tier"', 'name = "tier"', ":19: the name of the question tier does not"),
        ('name = "acme_tier"', 'name = "acme_"', ":19: the name of the question acme_ does not"),
        ('name = "acme_tier"', 'name = "acme_cost_center"', "is there twice"),
        ('type = "int"', 'type = "number"', ":14: acme_cost_center: there is no type number"),
        ('help = "Who pays"', 'hlp = "x"', ":14: a question has no hlp: did you mean help?"),
        ('default = "silver"', 'default = "tin"', ":19: acme_tier: its default tin is no answer"),
        ("default = false", "default = 3", ":30: acme_audited: its default 3 is no answer"),
        ('pattern = "[a-z]{2}"', 'pattern = "("', ":25: acme_region: the pattern is no regular"),
        ('acme_region = "eu"', 'acme_region = "e"', ':9: acme_region: "e" is no answer'),
        ('acme_region = "eu"', 'acme_regoin = "eu"', ":9: the template has no question"),
        ('choices = ["gold", "silver", "bronze"]', "", ":19: acme_tier: choices go with type"),
        ('["gold", "silver"]', '["gold"]', "acme does not allow acme_tier silver"),
        ('name = "acme"', 'name = "project"', "does not start with project_"),
    ],
)
def test_a_wrong_org_file_is_told_by_line(
    lint: Run, org: Path, before: str, after: str, says: str
) -> None:
    write(org, {"agentkit-org.toml": ORG.replace(before, after, 1)})
    ran = lint()
    assert ran.code in (1, 2) and says in ran.err + ran.out and "Traceback" not in ran.err
