"""What the documents say is true: their commands run, their links lead somewhere."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template.projects import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SHOWN = {page: re.findall(r"```console\n(.*?)```", page.read_text(), re.S) for page in PAGES}
COMMANDS = {page: re.findall(r"^\$ (.+)$", "".join(s), re.M) for page, s in SHOWN.items()}


@pytest.mark.parametrize(
    "page", [p for p in PAGES if COMMANDS[p]], ids=lambda p: str(p.relative_to(ROOT))
)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in COMMANDS[page]:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target


def test_make_targets_in_the_documents_exist() -> None:
    found = [ROOT / "Makefile", *(ROOT / "template/project").rglob("Makefile*.jinja")]
    texts = "".join(path.read_text() for path in found)
    targets = set(re.findall(r"^([a-z-]+):", texts, re.M))
    for page in PAGES:
        for words in re.findall(r"(?:^|`)make ([a-z -]+)", page.read_text(), re.M):
            assert set(words.split()) <= targets | {"for"}, page


def test_the_reference_is_what_the_code_says() -> None:
    module = runpy.run_path(str(ROOT / "docs/reference.py"))
    assert module["text"]() == (ROOT / "docs/reference.md").read_text(), "run `make docs`"
    assert module["rules"]() == (ROOT / "docs/rules.md").read_text(), "run `make docs`"
