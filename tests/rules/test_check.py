"""`agentkit check` as a user runs it: exit codes, dates, choices, and repositories that bite."""

import json
import os
import time
from pathlib import Path

import pytest

from tests.unit.support import commit, git, spawn, write

WAIVER = """\
[[waiver]]
rule = "AK-IMG001"
reason = "the platform rebuilds this image each night"
owner = "@acme/platform"
expires = 2027-01-31
"""
BAD = {"Dockerfile": "FROM python:latest\nUSER 10001\n"}
ALIASES = list(zip("abcdefgh", "bcdefghi", strict=True))
ONE = ["--select", "AK-IMG001", "--as-of", "2026-11-30"]


def check(folder: Path, *args: str, **more: object) -> tuple[int, str, str]:
    ran = spawn("check", str(folder), *args, **more)
    return ran.code, ran.out, ran.err


def test_a_finding_fails_and_says_what_to_do(tmp_path: Path) -> None:
    commit(write(tmp_path / "x", BAD))
    code, out, _ = check(tmp_path / "x", *ONE)
    assert code == 1 and "Dockerfile\n     1  AK-IMG001  python:latest" in out
    assert "What to do:\n  AK-IMG001  write FROM" in out


@pytest.mark.parametrize(("least", "code"), [("low", 1), ("high", 1), ("critical", 0)])
def test_what_is_less_bad_does_not_fail(tmp_path: Path, least: str, code: int) -> None:
    commit(write(tmp_path / "x", BAD))
    assert check(tmp_path / "x", *ONE, "--fail-on", least)[0] == code


@pytest.mark.parametrize(("day", "code"), [("2027-01-31", 0), ("2027-02-01", 1)])
def test_a_waiver_ends_with_its_day(tmp_path: Path, day: str, code: int) -> None:
    commit(write(tmp_path / "x", BAD | {"agentkit.toml": WAIVER}))
    assert check(tmp_path / "x", "--select", "IMG001", "--as-of", day)[0] == code
    found = json.loads(check(tmp_path / "x", "-o", "json", "--as-of", day)[1])
    ended = [f["message"] for f in found["findings"] if f["rule"] == "AK-TPL007"]
    assert ended == ["the waiver of AK-IMG001 ended on 2027-01-31"] * code


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("owner", "team", "agentkit.toml:1: a waiver has no team"),
        ('"the platform rebuilds this image each night"', '"because"', "is too short"),
        ("2027-01-31", '"2027-01-31"', "needs the date on which it ends"),
        ("[[waiver]]", "[waiver]", "write each waiver under [[waiver]]"),
        ('rule = "AK-IMG001"\n', "", "a waiver needs a rule"),
        ("[[waiver]]", "[[waiver", "agentkit.toml: this cannot be read"),
    ],
)
def test_a_broken_waiver_is_an_error(tmp_path: Path, before: str, after: str, says: str) -> None:
    commit(write(tmp_path / "x", BAD | {"agentkit.toml": WAIVER.replace(before, after)}))
    code, out, err = check(tmp_path / "x", *ONE)
    assert code in (1, 2) and out == "" and says in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--select", "AK-IMG999"], "there is no rule AK-IMG999"),
        (["--fail-on", "bad"], "there is no severity bad"),
        (["-o", "xml"], "there is no output xml"),
        (["-o", "json", "-o", "text"], "two outputs would be mixed"),
        (["--as-of", "tomorrow"], "tomorrow is no date"),
        (["--org", "nowhere.toml"], "cannot be cloned"),
    ],
)
def test_a_wrong_option_is_a_sentence(tmp_path: Path, args: list[str], says: str) -> None:
    commit(write(tmp_path / "x", BAD))
    code, out, err = check(tmp_path / "x", *args)
    assert code in (1, 2) and out == "" and says in err and "Traceback" not in err


def test_several_outputs_in_one_run(tmp_path: Path) -> None:
    commit(write(tmp_path / "x", BAD))
    sarif, junit = tmp_path / "a.sarif", tmp_path / "a.xml"
    code, out, _ = check(tmp_path / "x", *ONE, "-o", f"sarif:{sarif}", "-o", f"junit:{junit}")
    assert (code, out) == (1, "") and "AK-IMG001" in sarif.read_text() + junit.read_text()


def test_it_changes_nothing_and_says_the_same_twice(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    commit(write(folder, BAD | {"app.py": "eval('1')\n", "a.yaml": "a: [\n"}))
    first, second = (check(folder, "-o", "json") for _ in range(2))
    assert first == second
    assert git(folder, "status", "--porcelain", "--ignored") == ""


def test_a_folder_without_git_is_checked_too(tmp_path: Path) -> None:
    write(tmp_path / "x", BAD | {".venv/lib/a.py": "eval('1')\n"})
    code, out, _ = check(tmp_path / "x", "-o", "json")
    assert code == 1 and {f["path"] for f in json.loads(out)["findings"]}.isdisjoint(
        {".venv/lib/a.py"}
    )


def test_a_hostile_repository_is_read_within_bounds(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "x",
        {
            "config/a.yaml": "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{c}: &{c} [{', '.join([f'*{p}'] * 10)}]\n" for p, c in ALIASES),
            "deep.yaml": "[" * 100_000,
            "deep.json": "[" * 100_000,
            "deep.py": "(" * 5_000,
            "k8s/a.yaml": "apiVersion: v1\nkind: Deployment\nmetadata: [1]\nspec: 7\n---\n- 1\n",
            "compose.yaml": "services: {a: 1, b: [1], c: {ports: [{}], image: 7}}\n",
            ".github/workflows/a.yml": "on: 1\njobs: {a: 1, b: {steps: [1, {run: 2, uses: 3}]}}\n",
            "pyproject.toml": "project = 1\ntool = 2\n",
            "config/models.yaml": "models: [1]\n",
            "config/tools.yaml": "tools: {a: 1}\n",
            "config/evaluations.yaml": "suites: {a: 1}\n",
            ".mcp.json": '{"mcpServers": {"a": {"args": 1, "command": 2}}}',
            "Dockerfile": "FROM\nUSER\nCMD [1\nRUN \\\n",
            ".copier-answers.yml": "- 1\n",
        },
    )
    (folder / "bytes.py").write_bytes(b"\xff\xfe\x00eval('1')")
    (folder / "latin.yaml").write_bytes(b"a: \xe9\n")
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to("loop")
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(1 << 30)
    os.mkfifo(folder / "pipe.yaml")
    started = time.monotonic()
    code, out, err = check(folder, "-o", "json")
    assert code == 1 and err == ""
    found = json.loads(out)
    assert [rule["id"] for rule in found["rules"] if rule["crash"]] == []
    assert time.monotonic() - started < 30


def test_more_files_than_a_repository_has_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    for n in range(50_001):
        (folder / str(n)).touch()
    code, _, err = check(folder)
    assert code == 1 and "more than 50,000 files" in err
