"""An overlay that cannot be had, does not fit, or is looked at: nothing of a user's is lost."""

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.overlays import CATALOG
from tests.unit.support import commit, git, write
from tests.update.overlaid import FILE, follow, pinned, refused, release
from tests.update.project import CONFLICTS, Project


def test_what_cannot_be_had_is_refused(
    follower: Project, org: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = org.rename(tmp_path / "away")
    assert follower.told("--data", "cluster=yes").actions["cluster.txt"] == "added"  # by the cache
    follower.git("reset", "--quiet", "--hard")
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(tmp_path / "empty"))
    said = refused(follower, "update", str(follower.root), "--data", "cluster=yes")
    assert "the org file that this project follows cannot be had" in said
    assert f"bring {org} back" in said
    away.rename(org)
    git(org, "tag", "--delete", "v1.0.0")
    release(org, {FILE + ".jinja": CATALOG + "e: 5\n"}, tag="v1.0.0")
    assert follower.told("--data", "cluster=yes").actions["cluster.txt"] == "added"  # its commit
    assert "e: 5" not in follower.read(FILE)
    follower.git("reset", "--quiet", "--hard")
    git(org, "checkout", "--quiet", "--orphan", "other")
    commit(org, tag="v9.0.0")
    git(org, "tag", "--delete", "v1.0.0")
    git(org, "branch", "--quiet", "-D", "main")
    git(org, "reflog", "expire", "--expire=now", "--all")
    git(org, "gc", "--quiet", "--prune=now")
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(tmp_path / "another"))
    assert "cannot be had" in refused(follower, "update", str(follower.root))
    words = ("org", "follow", str(org), str(follower.root), "--defaults")
    assert "cannot be had" in refused(follower, *words)


def test_a_path_that_both_have_is_refused(follower: Project, org: Path) -> None:
    release(org, {"Makefile": "mine\n"})
    words = ("org", "follow", str(org), str(follower.root), "--defaults")
    said = refused(follower, *words)
    assert "the overlay of acme and the template both have Makefile" in said


def test_a_cache_that_was_changed_counts_for_nothing(
    follower: Project, org: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(tmp_path / "own"))
    assert follower.told().report["changes"] == []
    (kept,) = (tmp_path / "own/overlays").iterdir()
    assert kept.name == pinned(follower)["overlay"]
    write(kept, {FILE + ".jinja": "hostile\n"})
    assert follower.told("--data", "cluster=yes").actions.keys() == {"cluster.txt", "k8s/pod.yaml"}
    follower.git("reset", "--quiet", "--hard")
    shutil.rmtree(kept)
    assert follower.told().report["changes"] == []


def test_looking_tells_the_layer(follower: Project) -> None:
    root = follower.root

    def drift() -> str:
        out = follower.run("check", str(root), "--select", "DRIFT").out
        return next(line for line in out.splitlines() if line.startswith("DRIFT"))

    assert drift() == "DRIFT: no"
    follower.put({FILE: follower.read(FILE) + "x: 1\n", "ops/NOTES.md": "mine\n"})
    assert drift().startswith(f"DRIFT: {FILE} (edited): ")
    ran = follower.run("explain", str(root / FILE))
    assert f"overlay   {root.parent / 'org'}@v1.0.0:overlay\n" in ran.out
    assert "part      overlay acme\n  from      catalog-info.yaml.jinja\n" in ran.out
    assert "owner     managed" in ran.out and "+x: 1" in ran.out
    told = json.loads(follower.run("explain", str(root / "ops/NOTES.md"), "--format=json").out)
    assert told["owner"] == "yours" and told["overlay"]["file"] == "ops/NOTES.md"
    assert "overlay" in follower.run("explain", str(root / "Makefile"), "--format=json").out
    ran = follower.run("config", str(root), "--explain", "acme_region")
    assert ran.out.splitlines()[0].startswith("acme_region: eu  (")
    assert "instead of us" in ran.out and "agentkit-org.toml:" in ran.out
    ran = follower.run("org", "show", str(root))
    assert "acme_tier: silver  (one of gold, silver" in ran.out
    assert follower.run("eject", str(root / FILE)).code == 0
    assert drift() == "DRIFT: no"


def test_a_rule_tells_of_answers_that_are_not_allowed(follower: Project) -> None:
    told = follower.read("agentkit.toml")
    follower.put({"agentkit.toml": told.replace('"silver"', '"bronze"')})
    ran = follower.run("check", str(follower.root), "--select", "AK-TPL005", "-o", "json")
    (finding,) = json.loads(ran.out)["findings"]
    line = told.splitlines().index('acme_tier = "silver"') + 1
    assert (finding["path"], finding["line"]) == ("agentkit.toml", line)
    assert "acme does not allow acme_tier bronze" in finding["message"]


def test_a_file_that_the_project_has_already(stranger: Project, org: Path) -> None:
    stranger.edit({FILE: "mine: 1\n", "silver.txt": ""})
    told = follow(stranger, org, "-d", "acme_cost_center=1", code=CONFLICTS)
    assert told.report["conflicts"] == [FILE] and "mine: 1\n" in stranger.read(FILE)
    assert stranger.update("--abort").code == 0 and stranger.read(FILE) == "mine: 1\n"
    stranger.put({"ops/NOTES.md": "not tracked\n"})
    words = (
        "org",
        "follow",
        str(org),
        str(stranger.root),
        "--defaults",
        "-d",
        "acme_cost_center=1",
    )
    assert "untracked files are in the way: ops/NOTES.md" in refused(stranger, *words)
