"""The files that an organisation adds to a project, when it changes them, or the project does."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.unit.overlays import CATALOG, ORG, organisation, template
from tests.unit.support import commit, git, write
from tests.unit.terminal import BACKSPACE, ENTER, UP, Terminal
from tests.update.project import ANSWERS, CONFLICTS, Project, Run, Start, Told
from tests.update.support import Files, Template, body, put

FILE = "catalog-info.yaml"


@pytest.fixture
def org(tmp_path: Path, checkout: Path) -> Path:
    template(checkout)
    return organisation(tmp_path / "org")


@pytest.fixture
def project(tmp_path: Path, agentkit: Run, org: Path) -> Project:
    root = tmp_path / "agent"
    ran = agentkit("new", str(root), "--defaults", "--org", str(org), "-d", "acme_cost_center=1")
    assert ran.code == 0, ran
    return Project(root, Template(root), agentkit)


def release(org: Path, files: Files, told: str = ORG, tag: str = "v2.0.0") -> None:
    put(org / "overlay", files)
    write(org, {"agentkit-org.toml": told})
    commit(org, tag=tag)


def follow(project: Project, org: Path, *args: str, code: int = 0) -> Told:
    words = ("--defaults", "--format", "json", *args)
    ran = project.run("org", "follow", str(org), str(project.root), *words)
    assert ran.code == code, ran
    return Told(ran)


def refused(project: Project, *args: str) -> str:
    before = project.state()
    ran = project.run(*args)
    assert ran.code in (1, 2) and ran.out == "" and "Traceback" not in ran.err, ran
    assert project.state() == before
    return ran.err


def pinned(project: Project) -> dict[str, object]:
    found: dict[str, object] = tomllib.loads(project.read("agentkit.toml"))["org"]
    return found


def test_it_comes_as_a_merge_when_somebody_says_so(project: Project, org: Path) -> None:
    project.edit({FILE: "# mine\n" + project.read(FILE), "ops/NOTES.md": "mine\n"})
    settings = project.read("agentkit.toml").replace("cost_center = 1", "cost_center = 1  # why")
    project.edit({"agentkit.toml": f'# mine\nyours = ["x"]\n{settings}'})
    changes = {FILE + ".jinja": CATALOG + "e: 5\n", "new.txt": "new\n", "ops/NOTES.md": "2\n"}
    release(org, {**changes, "{{ acme_tier }}.txt": None})
    assert project.told().report["changes"] == []  # an update stays at its version
    before = project.state()
    dry = follow(project, org, "--dry-run")
    assert project.state() == before
    told = follow(project, org, "--commit")
    assert (
        told.actions
        == dry.actions
        == {
            FILE: "merged",
            "new.txt": "added",
            "silver.txt": "deleted",
            "ops/NOTES.md": "kept",
            "agentkit.toml": "updated",
        }
    )
    assert told.reason(FILE) == "you and the overlay of acme changed different lines"
    assert told.reason("new.txt") == "new in the overlay of acme"
    assert told.reason("silver.txt").startswith("the overlay of acme dropped it")
    assert told.report["follows"] == "acme v2.0.0"
    assert project.git("log", "-1", "--format=%s") == "Follow acme v2.0.0"
    text = project.read(FILE)
    assert text.startswith("# mine\n") and text.endswith("e: 5\n")
    assert project.read("ops/NOTES.md") == "mine\n" and not project.has("silver.txt")
    assert project.read("agentkit.toml").startswith('# mine\nyours = ["x"]\n')
    assert "acme_cost_center = 1  # why\n" in project.read("agentkit.toml")
    assert pinned(project)["version"] == "v2.0.0"
    assert follow(project, org).report["changes"] == []


def test_a_conflict_is_the_users_to_decide(project: Project, org: Path) -> None:
    mine = project.read(FILE).replace("a: 1", "a: mine")
    project.edit({FILE: mine, "silver.txt": "mine\n"})
    changed = CATALOG.replace("a: 1", "a: theirs")
    release(org, {FILE + ".jinja": changed, "{{ acme_tier }}.txt": None})
    before = project.state()
    told = follow(project, org, "--commit", code=CONFLICTS)
    assert sorted(told.report["conflicts"]) == [FILE, "silver.txt"]
    assert ">>>>>>> acme v2.0.0" in project.read(FILE) and project.has("silver.txt")
    assert project.update("--abort").code == 0
    assert project.state() == before


def test_to_an_org_file_without_one_and_back(project: Project, org: Path) -> None:
    project.edit({"registry.txt": "mine\n"})
    plain = ORG.partition("[overlay]")[0]
    release(org, {}, plain)
    told = follow(project, org, code=CONFLICTS)
    assert told.report["conflicts"] == ["registry.txt"] and not project.has(FILE)
    assert "acme_tier is no longer asked: silver" in told.notes
    project.git("rm", "--quiet", "registry.txt")
    project.commit()
    assert "answers" not in pinned(project) and "overlay" not in pinned(project)
    assert project.told().report["changes"] == []
    words = ("-d", "acme_cost_center=2", "--commit")
    assert follow(project, org / ".." / "org@v1.0.0", *words).actions[FILE] == "added"
    assert "cost: 2" in project.read(FILE) and project.has("registry.txt")


def test_a_new_question_is_asked_or_given(project: Project, org: Path) -> None:
    team = '\n[[question]]\nname = "acme_team"\nhelp = "Who owns it"\n'
    release(org, {FILE + ".jinja": CATALOG + "team: {{ acme_team }}\n"}, ORG + team)
    words = ("org", "follow", str(org), str(project.root), "--defaults")
    assert "acme_team has no answer: Who owns it" in refused(project, *words)
    assert follow(project, org, "-d", "acme_team=core").report["answers"] == {
        "acme_team": {"was": None, "now": "core"}
    }
    assert project.read(FILE).endswith("team: core\n")
    release(org, {}, ORG + team + 'default = "x"\n', "v3.0.0")
    project.commit()
    told = follow(project, org, "--commit")
    assert told.actions == {"agentkit.toml": "updated"}
    assert project.read(FILE).endswith("team: core\n")


def test_other_answers_change_its_files(project: Project, org: Path) -> None:
    project.edit({FILE: "# mine\n" + project.read(FILE)})
    ran = project.run("set", "acme_tier", "gold", str(project.root), "--commit")
    assert ran.code == 0, ran
    assert "tier: gold in eu" in project.read(FILE) and project.read(FILE).startswith("# mine\n")
    assert project.has("gold.txt") and not project.has("silver.txt")
    told = project.told("--data", "cluster=yes", "-d", "acme_audited=true", "--commit")
    assert told.actions["cluster.txt"] == told.actions["k8s/pod.yaml"] == "added"
    assert told.reason("cluster.txt") == "it comes with your new answers"
    assert "audited: yes\n" in project.read(FILE)
    settings = project.read("agentkit.toml")
    edited = settings.replace('"gold"', '"silver"').replace('"eu"', '"us"')
    project.edit({"agentkit.toml": edited})
    status = project.run("status", str(project.root)).out
    assert "acme_tier: gold -> silver" in status and "answer    acme_tier: silver" in status
    told = project.told("--commit")  # an edit by hand is a wish, but not of what is locked
    assert "acme_region is eu again: acme locks it" in told.notes
    assert "tier: silver in eu" in project.read(FILE) and project.has("silver.txt")
    assert pinned(project)["answers"]["acme_region"] == "eu"  # type: ignore[index]
    assert project.told().report["changes"] == []
    where = (str(project.root), "--commit")
    assert "acme does not allow" in refused(project, "set", "acme_tier", "bronze", *where)


def test_what_cannot_be_had_is_refused(
    project: Project, org: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = org.rename(tmp_path / "away")
    assert project.told("--data", "cluster=yes").actions["cluster.txt"] == "added"  # by the cache
    project.git("reset", "--quiet", "--hard")
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(tmp_path / "empty"))
    said = refused(project, "update", str(project.root), "--data", "cluster=yes")
    assert "the org file that this project follows cannot be had" in said
    assert f"bring {org} back" in said
    away.rename(org)
    git(org, "tag", "--delete", "v1.0.0")
    release(org, {FILE + ".jinja": CATALOG + "e: 5\n"}, tag="v1.0.0")
    assert project.told("--data", "cluster=yes").actions["cluster.txt"] == "added"  # its commit
    assert "e: 5" not in project.read(FILE)
    project.git("reset", "--quiet", "--hard")
    git(org, "checkout", "--quiet", "--orphan", "other")
    commit(org, tag="v9.0.0")
    git(org, "tag", "--delete", "v1.0.0")
    git(org, "branch", "--quiet", "-D", "main")
    git(org, "reflog", "expire", "--expire=now", "--all")
    git(org, "gc", "--quiet", "--prune=now")
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(tmp_path / "another"))
    assert "cannot be had" in refused(project, "update", str(project.root))
    words = ("org", "follow", str(org), str(project.root), "--defaults")
    assert "cannot be had" in refused(project, *words)


def test_a_path_that_both_have_is_refused(project: Project, org: Path) -> None:
    release(org, {"Makefile": "mine\n"})
    words = ("org", "follow", str(org), str(project.root), "--defaults")
    said = refused(project, *words)
    assert "the overlay of acme and the template both have Makefile" in said


def test_a_cache_that_was_changed_counts_for_nothing(
    project: Project, org: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(tmp_path / "own"))
    assert project.told().report["changes"] == []
    (kept,) = (tmp_path / "own/overlays").iterdir()
    assert kept.name == pinned(project)["overlay"]
    write(kept, {FILE + ".jinja": "hostile\n"})
    assert project.told("--data", "cluster=yes").actions.keys() == {"cluster.txt", "k8s/pod.yaml"}
    project.git("reset", "--quiet", "--hard")
    shutil.rmtree(kept)
    assert project.told().report["changes"] == []


def test_looking_tells_the_layer(project: Project) -> None:
    root = project.root

    def drift() -> str:
        out = project.run("check", str(root), "--select", "DRIFT").out
        return next(line for line in out.splitlines() if line.startswith("DRIFT"))

    assert drift() == "DRIFT: no"
    project.put({FILE: project.read(FILE) + "x: 1\n", "ops/NOTES.md": "mine\n"})
    assert drift().startswith(f"DRIFT: {FILE} (edited): ")
    ran = project.run("explain", str(root / FILE))
    assert f"overlay   {root.parent / 'org'}@v1.0.0:overlay\n" in ran.out
    assert "part      overlay acme\n  from      catalog-info.yaml.jinja\n" in ran.out
    assert "owner     managed" in ran.out and "+x: 1" in ran.out
    told = json.loads(project.run("explain", str(root / "ops/NOTES.md"), "--format=json").out)
    assert told["owner"] == "yours" and told["overlay"]["file"] == "ops/NOTES.md"
    assert "overlay" in project.run("explain", str(root / "Makefile"), "--format=json").out
    ran = project.run("config", str(root), "--explain", "acme_region")
    assert ran.out.splitlines()[0].startswith("acme_region: eu  (")
    assert "instead of us" in ran.out and "agentkit-org.toml:" in ran.out
    ran = project.run("org", "show", str(root))
    assert "acme_tier: silver  (one of gold, silver" in ran.out
    assert project.run("eject", str(root / FILE)).code == 0
    assert drift() == "DRIFT: no"


def test_a_rule_tells_of_answers_that_are_not_allowed(project: Project) -> None:
    told = project.read("agentkit.toml")
    project.put({"agentkit.toml": told.replace('"silver"', '"bronze"')})
    ran = project.run("check", str(project.root), "--select", "AK-TPL005", "-o", "json")
    (finding,) = json.loads(ran.out)["findings"]
    line = told.splitlines().index('acme_tier = "silver"') + 1
    assert (finding["path"], finding["line"]) == ("agentkit.toml", line)
    assert "acme does not allow acme_tier bronze" in finding["message"]


@pytest.fixture
def others(start: Start, org: Path) -> Project:
    """A project of a template that knows none of the organisation's questions."""
    parts = ("{{use.docker}}/registry.txt", "{{use.cluster}}/cluster.txt")
    release(org, dict.fromkeys(parts), tag="v1.1.0")
    asked = "project_name: {type: str, default: app}\n"
    return start({"a.txt": body(), "docs/b.txt": "b\n"}, asked)


def test_on_top_of_a_template_of_others(others: Project, org: Path) -> None:
    follow(others, org, "-d", "acme_cost_center=1", "--commit")
    assert "name: app" in others.read(FILE) and others.has("silver.txt")
    assert "acme" not in others.read(ANSWERS)
    others.edit({FILE: "# mine\n" + others.read(FILE), "ops/NOTES.md": None})
    others.template.release({"a.txt": body({3: "new"}), "docs/b.txt": None})
    told = others.told("--data", "acme_tier=gold", "--commit")
    assert told.actions == {
        "a.txt": "updated",
        "agentkit.toml": "updated",
        "docs/b.txt": "deleted",
        FILE: "merged",
        "gold.txt": "renamed",
    }
    assert others.told().report["changes"] == []
    others.template.release({"gold.txt": "theirs\n"})
    said = refused(others, "update", str(others.root))
    assert "the overlay of acme and the template both have gold.txt" in said


def test_a_file_that_the_project_has_already(others: Project, org: Path) -> None:
    others.edit({FILE: "mine: 1\n", "silver.txt": ""})
    told = follow(others, org, "-d", "acme_cost_center=1", code=CONFLICTS)
    assert told.report["conflicts"] == [FILE] and "mine: 1\n" in others.read(FILE)
    assert others.update("--abort").code == 0 and others.read(FILE) == "mine: 1\n"
    others.put({"ops/NOTES.md": "not tracked\n"})
    words = ("org", "follow", str(org), str(others.root), "--defaults", "-d", "acme_cost_center=1")
    assert "untracked files are in the way: ops/NOTES.md" in refused(others, *words)


def test_it_is_asked_on_a_terminal(others: Project, org: Path) -> None:
    team = '\n[[question]]\nname = "acme_team"\nhelp = "Who owns it"\npattern = "[a-z]+"\n'
    release(org, {FILE + ".jinja": CATALOG + "team: {{ acme_team }}\n"}, ORG + team)
    with Terminal("org", "follow", str(org), str(others.root), "--commit") as terminal:
        terminal.see("Who pays")
        terminal.press(f"x{ENTER}")
        terminal.see("a whole number is expected")
        terminal.press(f"{BACKSPACE}7{ENTER}")
        terminal.see("acme_tier")
        terminal.press(ENTER)
        assert "bronze" not in terminal.see("acme_audited")
        terminal.press(f"{UP}{ENTER}")
        terminal.see("Who owns it")
        terminal.press(f"core{ENTER}")
        terminal.see("Write this?")
        terminal.press(ENTER)
        terminal.see("Committed as")
    assert others.read(FILE).endswith("team: core\n") and "audited: yes" in others.read(FILE)
    assert pinned(others)["answers"]["acme_cost_center"] == 7  # type: ignore[index]
