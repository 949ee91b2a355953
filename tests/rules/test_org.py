"""An organisation's file, from the platform team to a project that follows it."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.unit.support import commit, git, spawn, write

ORG = """\
schema = 1
name = "acme"

[answers.defaults]
copyright_holder = "Acme Inc."

[answers.locked]
license = "proprietary"

[answers.allowed]
store = ["sqlite", "postgres"]

[answers.forbidden]
providers = ["ollama"]

[checks]
fail_on = "low"
not_waivable = ["AK-SEC001"]
max_waiver_days = 90

[checks.rules]
"AK-DOC004" = {status = "enforced", enforce_from = 2027-01-01, options = {required = true}}
"AK-AGT" = {status = "off"}

[[rule]]
id = "ACME-NET001"
title = "Each project says on which network it is"
fix = "network = ..."
paths = "acme[.]toml"
key = {at = "network.zone", in = ["dmz", "inner"]}

[[rule]]
id = "ACME-NET002"
title = "There is an acme.toml"
exists = "acme[.]toml"
"""


@pytest.fixture
def org(tmp_path: Path) -> Path:
    folder = write(tmp_path / "org", {"agentkit-org.toml": ORG})
    commit(folder, tag="v1.0.0")
    return folder


def new(place: Path, org: Path, *args: str) -> tuple[int, str]:
    ran = spawn("new", str(place), "--defaults", "--org", str(org), *args)
    return ran.code, ran.err


@pytest.fixture
def project(tmp_path: Path, org: Path) -> Path:
    assert new(tmp_path / "agent", org) == (0, "")
    return tmp_path / "agent"


def findings(folder: Path, *args: str) -> dict[str, str]:
    ran = spawn("check", str(folder), "-o", "json", *args)
    assert ran.err == ""
    return {f["rule"]: f["status"] for f in json.loads(ran.out)["findings"] if not f["waiver"]}


def test_a_new_project_has_its_answers_and_its_pin(project: Path, org: Path) -> None:
    answers = (project / ".copier-answers.yml").read_text()
    assert "license: proprietary" in answers and "copyright_holder: Acme Inc." in answers
    told = (project / "agentkit.toml").read_text()
    assert f'source = "{org}"' in told and 'version = "v1.0.0"' in told
    assert git(org, "rev-parse", "HEAD") in told
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("license=MIT", "agentkit-org.toml:8: license is locked to proprietary by acme"),
        ("store=redis", "agentkit-org.toml:11: acme does not allow store redis"),
        ("providers=openai,ollama", "agentkit-org.toml:14: acme forbids providers ollama"),
    ],
)
def test_what_it_forbids_is_refused_in_its_words(
    tmp_path: Path, org: Path, project: Path, answer: str, says: str
) -> None:
    code, err = new(tmp_path / "other", org, "--data", answer)
    assert code == 2 and says in err and not (tmp_path / "other").exists()
    question, _, value = answer.partition("=")
    if question == "providers":
        ran = spawn("add", "provider", "ollama", cwd=project)
    else:
        ran = spawn("set", question, value, cwd=project)
    assert ran.code == 2 and says in ran.err
    assert git(project, "status", "--porcelain") == ""


def test_an_update_puts_back_what_is_locked(project: Path) -> None:
    path = project / ".copier-answers.yml"
    path.write_text(path.read_text().replace("license: proprietary", "license: MIT"))
    commit(project)
    assert findings(project)["AK-TPL005"] == "enforced"
    ran = spawn("update", "--commit", cwd=project)
    assert ran.code == 0 and "license is proprietary again: acme locks it" in ran.out
    assert "license: proprietary" in path.read_text()
    assert "AK-TPL005" not in findings(project)


def test_its_rules_and_its_dates(project: Path) -> None:
    assert findings(project, "--as-of", "2026-12-31") == {
        "ACME-NET002": "enforced",
        "AK-DOC004": "evaluated",
    }
    write(project, {"acme.toml": '[network]\nzone = "outer"\n'})
    assert findings(project, "--as-of", "2027-01-01") == {
        "ACME-NET001": "enforced",
        "AK-DOC004": "enforced",
    }
    write(project, {"acme.toml": '[network]\nzone = "dmz"\n', "SECURITY.md": "x\n"})
    assert findings(project, "--as-of", "2027-01-01") == {}


def test_what_it_calls_unwaivable_stays(project: Path) -> None:
    waiver = (project / "agentkit.toml").read_text() + (
        '\n[[waiver]]\nrule = "AK-SEC001"\nreason = "it is only a key of the tests"\n'
        'owner = "@acme/x"\nexpires = 2026-12-31\n'
    )
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    write(project, {"agentkit.toml": waiver, "docs/a.md": f"{key}\n", "acme.toml": ""})
    assert "AK-SEC001" in findings(project, "--as-of", "2026-12-01")


def test_a_new_version_reaches_a_project_when_somebody_says_so(project: Path, org: Path) -> None:
    write(org, {"agentkit-org.toml": ORG.replace("ACME-NET002", "ACME-NET003")})
    commit(org, tag="v2.0.0")
    assert "ACME-NET002" in findings(project)
    assert spawn("org", "follow", str(org), str(project)).code == 0
    assert "ACME-NET003" in findings(project)
    assert "ACME-NET002" in findings(project, "--base", "HEAD")  # what a pull request cannot change


def test_another_org_file_or_none_is_told_where_the_base_has_one(
    project: Path, org: Path, tmp_path: Path
) -> None:
    assert "AK-TPL006" not in findings(project, "--base", "HEAD")
    other = write(tmp_path / "mild", {"agentkit-org.toml": ORG.replace('fail_on = "low"', "")})
    commit(other, tag="v1.0.0")
    assert spawn("org", "follow", str(other), str(project)).code == 0
    assert findings(project, "--base", "HEAD")["AK-TPL006"] == "enforced"
    assert "AK-TPL006" not in findings(project)  # pinned, and nothing to compare it with
    (project / "agentkit.toml").unlink()
    assert findings(project, "--base", "HEAD")["AK-TPL006"] == "enforced"


def test_what_was_pinned_is_what_is_used(project: Path, org: Path, tmp_path: Path) -> None:
    told = project / "agentkit.toml"
    told.write_text(told.read_text().replace('sha256 = "', 'sha256 = "00'))
    ran = spawn("check", str(project))
    assert ran.code == 1 and "the org file is no longer what was pinned" in ran.err


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("schema = 1", "", "schema = 1 is missing"),
        ("[checks]", "[check]", "an org file has no check"),
        ("fail_on", "failon", ":17: an org file has no checks.failon"),
        ('"AK-DOC004"', '"AK-DOC999"', ":22: there is no rule AK-DOC999"),
        ('status = "off"', 'status = "quiet"', ":23: there is no status quiet"),
        ("ACME-NET001", "AK-NET001", ":25: the id of this rule is none"),
        ('exists = "acme[.]toml"', "", ":32: a rule needs a condition"),
        ('exists = "acme[.]toml"', 'exists = "("', "this is no regular expression"),
        ('store = ["sqlite", "postgres"]', 'store = "sqlite"', ":11: allowed values are a list"),
        ("license =", "licence =", ":8: the template has no question licence"),
        ('license = "proprietary"', 'license = "WTFPL"', "WTFPL"),
    ],
)
def test_a_wrong_org_file_is_told_by_line(
    tmp_path: Path, before: str, after: str, says: str
) -> None:
    path = tmp_path / "agentkit-org.toml"
    path.write_text(ORG.replace(before, after, 1))
    ran = spawn("org", "lint", str(path))
    assert ran.code in (1, 2) and says in ran.err + ran.out and "Traceback" not in ran.err


def test_the_first_org_file_is_sound(tmp_path: Path) -> None:
    assert spawn("org", "init", "--name", "acme", cwd=tmp_path).code == 0
    ran = spawn("org", "lint", cwd=tmp_path)
    assert ran.code == 0 and ran.out.startswith("acme: 1 locked")
    assert spawn("org", "init", cwd=tmp_path).code == 2
    path = write(tmp_path, {"overlay/ci.txt": ""}) / "agentkit-org.toml"
    path.write_text(re.sub(r"(?m)^# (?=\[|[a-z]+ +=)", "", path.read_text()))  # what it offers
    ran = spawn("org", "lint", cwd=tmp_path)
    assert ran.code == 0 and ran.out.endswith("1 questions, an overlay\n")


def test_settings_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text('org = "https://git.acme/standards\n')
    env = os.environ | {"AGENTKIT_CONFIG": str(settings)}
    ran = spawn("new", str(tmp_path / "agent"), "--defaults", env=env)
    assert ran.code == 1 and f"{settings}: this cannot be read" in ran.err
    assert not (tmp_path / "agent").exists()
