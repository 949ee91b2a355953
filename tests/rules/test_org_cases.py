"""`agentkit org test`: the cases of a platform team."""

from pathlib import Path

import pytest

from tests.unit.support import Ran, spawn, write

ORG = """\
schema = 1
name = "acme"
[answers.locked]
license = "proprietary"
[answers.allowed]
store = ["sqlite", "postgres"]
[[rule]]
id = "ACME-NET001"
title = "Each project says on which network it is"
paths = "acme[.]toml"
key = {at = "network.zone", in = ["dmz", "inner"]}
[[waiver]]
rule = "AK-DOC002"
reason = "the portal has the runbooks of all services"
owner = "@acme/platform"
expires = 2027-02-28
"""
GOOD = """\
[[test]]
name = "answers"
answers = {store = "postgres"}
expect = {license = "proprietary", store = "postgres", targets = ["docker"]}
holds = ["AK-SEC001"]
passes = true
[[test]]
name = "refused"
answers = {store = "redis"}
refused = "acme does not allow store redis"
[[test]]
name = "a project, and a file in it"
answers = {}
files = {"acme.toml" = "network.zone = 'dmz'"}
holds = ["ACME-NET001"]
[[test]]
name = "a tree"
folder = "legacy"
as_of = 2027-01-01
fires = ["ACME-NET001"]
waived = ["AK-DOC002"]
passes = false
"""
LEGACY = {"legacy/acme.toml": "network.zone = 'lan'\n", "legacy/README.md": "# It\n"}


def run(folder: Path, cases: str, org: str = ORG) -> Ran:
    write(folder, {"agentkit-org.toml": org, "agentkit-org.test.toml": cases, **LEGACY})
    return spawn("org", "test", str(folder))


def test_cases_that_hold(tmp_path: Path) -> None:
    ran = run(tmp_path, GOOD)
    assert (ran.code, ran.err) == (0, ""), ran
    assert ran.out.splitlines() == [
        *(f"ok    {name}" for name in ("answers", "refused", "a project, and a file in it")),
        "ok    a tree",
        "4 cases, 0 failed",
    ]


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("answers = {license = 'MIT'}\npasses = true", "it is refused: "),
        ("refused = 'locked'", "nothing is refused"),
        ("answers = {store = 'redis'}\nrefused = 'locked'", "does not allow store redis"),
        ("expect = {store = 'postgres'}", "store is sqlite, not postgres"),
        ("expect = {shop = 'x'}", "the project has no answer shop"),
        ("holds = ['ACME-NET001']", "holds only because no file matches acme[.]toml"),
        ("folder = 'legacy'\nholds = ['ACME-NET001']", "fires at acme.toml:1"),
        ("folder = 'legacy'\nfires = ['AK-K8S001']", "AK-K8S001 has nothing to look at here"),
        ("folder = 'legacy'\nas_of = 2027-03-01\nwaived = ['AK-DOC002']", "AK-DOC002 fires at"),
        ("folder = 'legacy'\nfires = ['ACME-NET002']", "there is no rule ACME-NET002"),
        ("folder = 'legacy'\npasses = true", "the check fails: "),
        ("passes = false", "the check passes"),
        ("folder = 'elsewhere'\npasses = true", "there is no such folder"),
    ],
)
def test_a_case_that_does_not_hold(tmp_path: Path, case: str, says: str) -> None:
    ran = run(tmp_path, f"[[test]]\nname = 'it'\n{case}\n")
    assert ran.code == 1 and ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0] == "FAIL  it" and says in lines[1] and lines[-1] == "1 cases, 1 failed"


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ("[[test]]\nname = 'it'", "agentkit-org.test.toml:1: this case says nothing"),
        ("\n[[test]]\npasses = true", "agentkit-org.test.toml:2: a case needs a name"),
        ("[[test]]\nhold = []", "did you mean holds?"),
        ("[[test]]\nname = 1", "name is a text"),
        ("[[test]]\nname = 'it'\npasses = true\nfiles = {'../x' = ''}", "no path in the"),
        ("[[test]]\nname = 'it'\npasses = true\nfolder = 'x'\nanswers = {}", "answers or a folder"),
        ("[test]\nname = 'it'", "more or less than cases"),
        ("[[test]", "this cannot be read"),
    ],
)
def test_a_file_of_cases_that_is_none(tmp_path: Path, cases: str, says: str) -> None:
    ran = run(tmp_path, cases)
    assert (ran.code, ran.out) == (2, "") and says in ran.err and "Traceback" not in ran.err


def test_its_own_questions_and_files(tmp_path: Path) -> None:
    """As they are on the disk now, whatever was committed."""
    org = ORG + (
        '[overlay]\npath = "laid"\n[[question]]\nname = "acme_team"\nchoices = ["core", "web"]\n'
        'type = "choice"\n[[rule]]\nid = "ACME-CAT001"\ntitle = "An owner"\n'
        'paths = "catalog.yaml"\ncontains = "owner: core"\n'
    )
    write(tmp_path, {"laid/catalog.yaml.jinja": "owner: {{ acme_team }}\n"})
    cases = """
    [[test]]
    name = "it is asked"
    refused = "acme_team has no answer"
    [[test]]
    name = "answered"
    answers = {acme_team = "core"}
    expect = {acme_team = "core"}
    holds = ["ACME-CAT001"]
    [[test]]
    name = "answered otherwise"
    answers = {acme_team = "web"}
    fires = ["ACME-CAT001"]
    """
    ran = run(tmp_path, cases, org)
    assert ran.code == 0 and "3 cases, 0 failed" in ran.out, ran
    assert not (tmp_path / ".git").exists()
    (tmp_path / "agentkit-org.test.toml").unlink()
    assert spawn("org", "test", cwd=tmp_path).out.startswith("ok    a new project\n")


def test_a_link_in_an_overlay_is_none_of_its_files(tmp_path: Path) -> None:
    """As `new` says it: what lies outside is not taken along, and no case holds."""
    write(tmp_path, {"secret": "outside\n", "std/laid/catalog.yaml": "owner: core\n"})
    (tmp_path / "std/laid/linked.txt").symlink_to("../../secret")
    org = ORG + '[overlay]\npath = "laid"\n'
    ran = run(tmp_path / "std", '[[test]]\nname = "a project"\npasses = true\n', org)
    assert ran.code == 1 and "linked.txt is a link" in ran.out + ran.err, ran


def test_what_no_case_tries_is_named(tmp_path: Path) -> None:
    ran = run(tmp_path, "[[test]]\nname = 'it'\npasses = true\n")
    assert ran.code == 0 and "no case keeps or breaks ACME-NET001" in ran.out


def test_without_cases_each_allowed_value_is_one(tmp_path: Path) -> None:
    org = ORG.replace('"sqlite", "postgres"', '"sqlite", "floppy"')
    write(tmp_path, {"agentkit-org.toml": org})
    ran = spawn("org", "test", str(tmp_path / "agentkit-org.toml"))
    assert ran.code == 1 and "ok    a new project\n" in ran.out
    assert "FAIL  a new project with store floppy" in ran.out and "3 cases, 1 failed" in ran.out


def test_an_org_file_starts_with_cases_that_hold(tmp_path: Path) -> None:
    told = spawn("org", "init", "--name", "initech", cwd=tmp_path).out
    assert told == "wrote agentkit-org.toml\nwrote agentkit-org.test.toml\n"
    ran = spawn("org", "test", cwd=tmp_path)
    assert ran.code == 0 and ran.out.splitlines()[-1] == "4 cases, 0 failed"
