"""`agentkit check --fix`: what it mends is mended, once, and nothing else is touched."""

from pathlib import Path

from tests.unit.support import commit, git, spawn, tree, write

FLOW = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v4
        with: {persist-credentials: false}
      - uses: someone/else@v1
"""
FILES = {
    "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1\n",
    ".gitignore": "*.log\n",
    ".github/workflows/a.yml": FLOW,
    "a.md.orig": "old\n",
}


def fix(folder: Path, *args: str) -> tuple[list[str], str]:
    ran = spawn("check", str(folder), "--fix", "-o", "json", *args)
    assert "Traceback" not in ran.err
    return [line.removeprefix("fixed ") for line in ran.err.splitlines()], ran.out


def test_safe_fixes(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    commit(write(folder, FILES))
    changed, out = fix(folder)
    assert changed == [".dockerignore", ".gitignore"]
    assert "AK-LAY002" not in {*findings(out)} and "AK-IMG004" not in {*findings(out)}
    assert (folder / ".gitignore").read_text() == "*.log\n.env\n*.pem\n*.key\n"
    before = tree(folder)
    assert fix(folder)[0] == [] and tree(folder) == before


def test_unsafe_fixes(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    commit(write(folder, FILES))
    changed, out = fix(folder, "--unsafe-fixes")
    assert changed == [".dockerignore", ".github/workflows/a.yml", ".gitignore", "a.md.orig"]
    assert not (folder / "a.md.orig").exists()
    text = (folder / ".github/workflows/a.yml").read_text()
    assert "permissions:\n  contents: read\n\njobs:" in text
    assert "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1  # v7.0.1" in text
    assert findings(out).count("AK-ACT001") == 1  # nobody knows the commit of someone/else
    before = tree(folder)
    assert fix(folder, "--unsafe-fixes")[0] == [] and tree(folder) == before


def test_what_is_waived_or_not_selected_stays(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    waiver = '[[waiver]]\nrule = "AK-LAY002"\nreason = "this repository is ignored by none"\n'
    waiver += 'owner = "@acme/x"\nexpires = 2026-12-31\n'
    commit(write(folder, FILES | {"agentkit.toml": waiver}))
    assert fix(folder, "--as-of", "2026-12-01", "--ignore", "AK-IMG004")[0] == []
    assert git(folder, "status", "--porcelain") == ""


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    commit(write(folder, FILES))
    (tmp_path / "elsewhere").write_text("")
    (folder / ".dockerignore").symlink_to(tmp_path / "elsewhere")
    ran = spawn("check", str(folder), "--fix", "--select", "AK-IMG004")
    assert ran.code == 1 and "leads out of the repository" in ran.err
    assert (tmp_path / "elsewhere").read_text() == ""


def findings(out: str) -> list[str]:
    import json

    return [found["rule"] for found in json.loads(out)["findings"]]
