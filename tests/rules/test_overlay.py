"""What an organisation adds to a template: its own questions and files, in a new project."""

import json
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.unit.support import commit, git, spawn, write

ORG = """\
schema = 1
name = "acme"

[overlay]
path = "overlay"
yours = ["ops/*"]

[answers.locked]
acme_region = "eu"

[answers.allowed]
acme_tier = ["gold", "silver"]

[[question]]
name = "acme_cost_center"
type = "int"
help = "Who pays"

[[question]]
name = "acme_tier"
type = "choice"
choices = ["gold", "silver", "bronze"]
default = "silver"

[[question]]
name = "acme_region"
pattern = "[a-z]{2}"
default = "us"

[[question]]
name = "acme_audited"
type = "bool"
default = false
"""
CATALOG = """\
name: {{ project_name }}
cost: {{ acme_cost_center }}
tier: {{ acme_tier }} in {{ acme_region }}
{% if acme_audited %}
audited: yes
{% endif %}
"""
FILES = {
    "agentkit-org.toml": ORG,
    "overlay/catalog-info.yaml.jinja": CATALOG,
    "overlay/ops/NOTES.md": "{{ not rendered }}\n",
    "overlay/{{use.target.docker}}/registry.txt": "registry.acme.io\n",
    "overlay/{{use.target.kubernetes}}/cluster.txt": "eu-1\n",
    "overlay/{{ acme_tier }}.txt": "",
}


@pytest.fixture
def org(tmp_path: Path) -> Path:
    folder = write(tmp_path / "org", FILES)
    (folder / "overlay/ops/NOTES.md").chmod(0o755)
    commit(folder, tag="v1.0.0")
    return folder


def new(place: Path, org: Path, *args: str) -> tuple[int, str]:
    ran = spawn("new", str(place), "--defaults", "--org", str(org), *args)
    return ran.code, ran.err


def test_a_new_project_has_its_files_and_its_answers(tmp_path: Path, org: Path) -> None:
    place = tmp_path / "agent"
    assert new(place, org, "-d", "acme_cost_center=42", "-d", "acme_audited=yes") == (0, "")
    told = yaml.safe_load((place / "catalog-info.yaml").read_text())
    assert told == {"name": "agent", "cost": 42, "tier": "silver in eu", "audited": True}
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
    }
    assert "acme" not in (place / ".copier-answers.yml").read_text()
    assert git(place, "status", "--porcelain", "--ignored") == ""


def test_answers_of_a_file_and_the_report(tmp_path: Path, org: Path) -> None:
    answers = write(tmp_path, {"a.yml": "acme_cost_center: 7\nacme_tier: gold\n"}) / "a.yml"
    words = ["--answers-file", str(answers), "--format", "json", "--dry-run", "--org", str(org)]
    ran = spawn("new", str(tmp_path / "agent"), *words)
    told = json.loads(ran.out)
    assert told["answers"]["acme_cost_center"] == 7 and told["answers"]["acme_tier"] == "gold"
    assert "gold.txt" in json.dumps(told["files"])
    assert not (tmp_path / "agent").exists()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([], "acme_cost_center has no answer: Who pays"),
        (["acme_cost_center=much"], '"much" is no answer: a whole number is expected'),
        (["acme_cost_center=1", "acme_tier=bronze"], "acme does not allow acme_tier bronze"),
        (["acme_cost_center=1", "acme_tier=tin"], "there are: gold, silver, bronze"),
        (["acme_cost_center=1", "acme_region=us"], "acme_region is locked to eu by acme"),
        (["acme_cost_center=1", "acme_teir=gold"], "did you mean acme_tier?"),
    ],
)
def test_an_answer_that_is_none(tmp_path: Path, org: Path, answers: list[str], says: str) -> None:
    code, err = new(tmp_path / "agent", org, *(w for a in answers for w in ("-d", a)))
    assert code == 2 and says in err and "Traceback" not in err
    assert not (tmp_path / "agent").exists()


def test_on_top_of_a_template_of_others(tmp_path: Path, org: Path) -> None:
    files = {
        "copier.yml": "_subdirectory: project\nproject_name: {type: str}\nuse: {type: yaml, "
        "default: {target: {docker: '', kubernetes: ''}}, when: false}\n",
        "project/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml -}}\n",
        "project/a.txt": "a\n",
    }
    commit(write(tmp_path / "theirs", files), tag="v1")
    told = ORG.replace("[overlay]", f'[template]\nurl = "{tmp_path / "theirs"}"\n[overlay]')
    for name in [n for n in FILES if "use." in n]:
        (org / name).unlink()
    commit(write(org, {"agentkit-org.toml": told}), tag="v2.0.0")
    words = ("-d", "project_name=x", "-d", "acme_cost_center=1")
    assert new(tmp_path / "agent", org, *words) == (0, "")
    told = yaml.safe_load((tmp_path / "agent/catalog-info.yaml").read_text())
    assert told == {"name": "x", "cost": 1, "tier": "silver in eu"}
    assert (tmp_path / "agent/a.txt").is_file()
    assert "acme" not in (tmp_path / "agent/.copier-answers.yml").read_text()


def test_an_overlay_is_pinned_or_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "plain", FILES)
    assert spawn("org", "lint", str(folder)).code == 0
    code, err = new(tmp_path / "agent", folder, "-d", "acme_cost_center=1")
    assert code == 2 and "an overlay needs a git repository" in err
    assert not (tmp_path / "agent").exists()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("README.md", "", "agentkit-org.toml:5: the template has README.md too"),
        ("k8s/base/kustomization.yaml", "", "the template has k8s/base/kustomization.yaml too"),
        ("agentkit.toml.jinja", "", "the template has agentkit.toml too"),
        ("docs", "", "the template has docs too"),
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
        (".git/hooks/x", "", "would be git's own folder"),
    ],
)
def test_what_is_wrong_with_an_overlay_is_found(
    tmp_path: Path, org: Path, name: str, text: str, says: str
) -> None:
    write(org / "overlay", {name: text})
    ran = spawn("org", "lint", str(org / "agentkit-org.toml"))
    assert ran.code == 1 and says in ran.out and ran.err == ""
    git(org, "add", "--all", "--force")
    git(org, "commit", "--quiet", "--message", "x")
    if ".git" not in name and "k8s" not in name:  # git has no such path; nor this project
        git(org, "tag", "v2.0.0")
        code, err = new(tmp_path / "agent", org, "-d", "acme_cost_center=1")
        assert code == 1 and "Traceback" not in err and not (tmp_path / "agent").exists()


def test_an_endless_overlay_ends(tmp_path: Path, org: Path) -> None:
    text = "{% for a in range(9999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    write(org / "overlay", {"a.txt.jinja": text})
    ran = spawn("org", "lint", str(org / "agentkit-org.toml"))
    assert ran.code == 1 and "the overlay of acme needs more than" in ran.out


def test_links_in_an_overlay_are_refused(tmp_path: Path, org: Path) -> None:
    (org / "overlay/passwd").symlink_to("/etc/passwd")
    commit(org, tag="v2.0.0")
    ran = spawn("org", "lint", str(org / "agentkit-org.toml"))
    assert ran.code == 1 and "passwd is a link; an overlay has files only" in ran.out
    code, err = new(tmp_path / "agent", org, "-d", "acme_cost_center=1")
    assert code == 1 and "passwd is a link" in err and not (tmp_path / "agent").exists()
    subprocess.run(["mv", str(org / "overlay"), str(tmp_path / "elsewhere")], check=True)
    (org / "overlay").symlink_to(tmp_path / "elsewhere")
    commit(org, tag="v3.0.0")
    code, err = new(tmp_path / "agent", org, "-d", "acme_cost_center=1")
    assert code == 1 and "no folder beside the org file" in err


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
def test_a_wrong_org_file_is_told_by_line(org: Path, before: str, after: str, says: str) -> None:
    write(org, {"agentkit-org.toml": ORG.replace(before, after, 1)})
    ran = spawn("org", "lint", str(org / "agentkit-org.toml"))
    assert ran.code in (1, 2) and says in ran.err + ran.out and "Traceback" not in ran.err
