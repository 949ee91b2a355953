"""The files that an organisation adds to a project, when it changes them, or the project does."""

from pathlib import Path

from tests.unit.overlays import CATALOG, ORG
from tests.unit.terminal import BACKSPACE, ENTER, UP, Terminal
from tests.update.overlaid import FILE, follow, pinned, refused, release
from tests.update.project import ANSWERS, CONFLICTS, Project
from tests.update.support import body


def test_it_comes_as_a_merge_when_somebody_says_so(follower: Project, org: Path) -> None:
    follower.edit({FILE: "# mine\n" + follower.read(FILE), "ops/NOTES.md": "mine\n"})
    settings = follower.read("agentkit.toml").replace("cost_center = 1", "cost_center = 1  # why")
    follower.edit({"agentkit.toml": f'# mine\nyours = ["x"]\n{settings}'})
    changes = {FILE + ".jinja": CATALOG + "e: 5\n", "new.txt": "new\n", "ops/NOTES.md": "2\n"}
    release(org, {**changes, "{{ acme_tier }}.txt": None})
    assert follower.told().report["changes"] == []  # an update stays at its version
    before = follower.state()
    dry = follow(follower, org, "--dry-run")
    assert follower.state() == before
    told = follow(follower, org, "--commit")
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
    assert follower.git("log", "-1", "--format=%s") == "Follow acme v2.0.0"
    text = follower.read(FILE)
    assert text.startswith("# mine\n") and text.endswith("e: 5\n")
    assert follower.read("ops/NOTES.md") == "mine\n" and not follower.has("silver.txt")
    assert follower.read("agentkit.toml").startswith('# mine\nyours = ["x"]\n')
    assert "acme_cost_center = 1  # why\n" in follower.read("agentkit.toml")
    assert pinned(follower)["version"] == "v2.0.0"
    assert follow(follower, org).report["changes"] == []


def test_a_conflict_is_the_users_to_decide(follower: Project, org: Path) -> None:
    mine = follower.read(FILE).replace("a: 1", "a: mine")
    follower.edit({FILE: mine, "silver.txt": "mine\n"})
    changed = CATALOG.replace("a: 1", "a: theirs")
    release(org, {FILE + ".jinja": changed, "{{ acme_tier }}.txt": None})
    before = follower.state()
    told = follow(follower, org, "--commit", code=CONFLICTS)
    assert sorted(told.report["conflicts"]) == [FILE, "silver.txt"]
    assert ">>>>>>> acme v2.0.0" in follower.read(FILE) and follower.has("silver.txt")
    assert follower.update("--abort").code == 0
    assert follower.state() == before


def test_to_an_org_file_without_one_and_back(follower: Project, org: Path) -> None:
    follower.edit({"registry.txt": "mine\n"})
    plain = ORG.partition("[overlay]")[0]
    release(org, {}, plain)
    told = follow(follower, org, code=CONFLICTS)
    assert told.report["conflicts"] == ["registry.txt"] and not follower.has(FILE)
    assert "acme_tier is no longer asked: silver" in told.notes
    follower.git("rm", "--quiet", "registry.txt")
    follower.commit()
    assert "answers" not in pinned(follower) and "overlay" not in pinned(follower)
    assert follower.told().report["changes"] == []
    words = ("-d", "acme_cost_center=2", "--commit")
    assert follow(follower, org / ".." / "org@v1.0.0", *words).actions[FILE] == "added"
    assert "cost: 2" in follower.read(FILE) and follower.has("registry.txt")


def test_a_new_question_is_asked_or_given(follower: Project, org: Path) -> None:
    team = '\n[[question]]\nname = "acme_team"\nhelp = "Who owns it"\n'
    release(org, {FILE + ".jinja": CATALOG + "team: {{ acme_team }}\n"}, ORG + team)
    words = ("org", "follow", str(org), str(follower.root), "--defaults")
    assert "acme_team has no answer: Who owns it" in refused(follower, *words)
    assert follow(follower, org, "-d", "acme_team=core").report["answers"] == {
        "acme_team": {"was": None, "now": "core"}
    }
    assert follower.read(FILE).endswith("team: core\n")
    release(org, {}, ORG + team + 'default = "x"\n', "v3.0.0")
    follower.commit()
    told = follow(follower, org, "--commit")
    assert told.actions == {"agentkit.toml": "updated"}
    assert follower.read(FILE).endswith("team: core\n")


def test_other_answers_change_its_files(follower: Project, org: Path) -> None:
    follower.edit({FILE: "# mine\n" + follower.read(FILE)})
    ran = follower.run("set", "acme_tier", "gold", str(follower.root), "--commit")
    assert ran.code == 0, ran
    assert "tier: gold in eu" in follower.read(FILE) and follower.read(FILE).startswith("# mine\n")
    assert follower.has("gold.txt") and not follower.has("silver.txt")
    told = follower.told("--data", "cluster=yes", "-d", "acme_audited=true", "--commit")
    assert told.actions["cluster.txt"] == told.actions["k8s/pod.yaml"] == "added"
    assert told.reason("cluster.txt") == "it comes with your new answers"
    assert "audited: yes\n" in follower.read(FILE)
    settings = follower.read("agentkit.toml")
    edited = settings.replace('"gold"', '"silver"').replace('"eu"', '"us"')
    follower.edit({"agentkit.toml": edited})
    status = follower.run("status", str(follower.root)).out
    assert "acme_tier: gold -> silver" in status and "answer    acme_tier: silver" in status
    told = follower.told("--commit")  # an edit by hand is a wish, but not of what is locked
    assert "acme_region is eu again: acme locks it" in told.notes
    assert "tier: silver in eu" in follower.read(FILE) and follower.has("silver.txt")
    assert pinned(follower)["answers"]["acme_region"] == "eu"  # type: ignore[index]
    assert follower.told().report["changes"] == []
    where = (str(follower.root), "--commit")
    assert "acme does not allow" in refused(follower, "set", "acme_tier", "bronze", *where)


def test_on_top_of_a_template_of_others(stranger: Project, org: Path) -> None:
    follow(stranger, org, "-d", "acme_cost_center=1", "--commit")
    assert "name: app" in stranger.read(FILE) and stranger.has("silver.txt")
    assert "acme" not in stranger.read(ANSWERS)
    stranger.edit({FILE: "# mine\n" + stranger.read(FILE), "ops/NOTES.md": None})
    stranger.template.release({"a.txt": body({3: "new"}), "docs/b.txt": None})
    told = stranger.told("--data", "acme_tier=gold", "--commit")
    assert told.actions == {
        "a.txt": "updated",
        "agentkit.toml": "updated",
        "docs/b.txt": "deleted",
        FILE: "merged",
        "gold.txt": "renamed",
    }
    assert stranger.told().report["changes"] == []
    stranger.template.release({"gold.txt": "theirs\n"})
    said = refused(stranger, "update", str(stranger.root))
    assert "the overlay of acme and the template both have gold.txt" in said


def test_it_is_asked_on_a_terminal(stranger: Project, org: Path) -> None:
    team = '\n[[question]]\nname = "acme_team"\nhelp = "Who owns it"\npattern = "[a-z]+"\n'
    release(org, {FILE + ".jinja": CATALOG + "team: {{ acme_team }}\n"}, ORG + team)
    with Terminal("org", "follow", str(org), str(stranger.root), "--commit") as terminal:
        terminal.see("Who pays")
        terminal.press(f"x{ENTER}")
        terminal.see("a whole number is expected")
        terminal.press(f"{BACKSPACE}7{ENTER}")
        terminal.see("acme_tier")
        terminal.press(ENTER)
        assert "bronze" not in terminal.see("acme_audited")
        terminal.press(f"{UP}{ENTER}")
        terminal.see("acme_budget 1.0")
        terminal.press(ENTER)
        terminal.see("Who owns it")
        terminal.press(f"core{ENTER}")
        terminal.see("Write this?")
        terminal.press(ENTER)
        terminal.see("Committed as")
    assert stranger.read(FILE).endswith("team: core\n") and "audited: yes" in stranger.read(FILE)
    assert pinned(stranger)["answers"]["acme_cost_center"] == 7  # type: ignore[index]
