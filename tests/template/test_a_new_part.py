"""One entry and one folder are all that a new part takes: CONTRIBUTING.md says so."""

import shutil
import warnings
from pathlib import Path

import copier

from agentkit import answers, render
from agentkit.source import BUILTIN, Template
from tests.template.projects import ROOT, digest

ENTRY = """
target:
  nomad:
    title: Nomad
    help: a job for a Nomad cluster
    needs: [interface.http]
"""


def test_an_entry_and_a_folder_are_enough(tmp_path: Path) -> None:
    root = tmp_path / "template"
    shutil.copytree(ROOT / "template", root / "template")
    shutil.copy(ROOT / "copier.yml", root)
    catalog = root / "template/parts.yml"
    catalog.write_text(catalog.read_text().replace("\ntarget:\n", ENTRY, 1))
    part = root / "template/project/{{use.target.nomad}}"
    (part / "nomad").mkdir(parents=True)
    (part / "_slots").mkdir()
    (part / "nomad/agent.hcl.jinja").write_text('job "{{ project_name }}" {}\n')
    (part / "_slots/Makefile.jinja").write_text("\n.PHONY: nomad\nnomad:  ## Run it on Nomad\n")

    form = answers.load(root)
    chosen = {"project_name": "my-agent", "targets": ["nomad"]}
    with_it, without = tmp_path / "with", tmp_path / "without"
    for folder, given in ((with_it, chosen), (without, chosen | {"targets": []})):
        folder.mkdir()
        render.render(Template(root, BUILTIN, "dev"), answers.fill(form, given), folder)
    with warnings.catch_warnings(action="ignore"):
        copier.run_copy(str(root), tmp_path / "copier", chosen, defaults=True, quiet=True)

    assert (with_it / "nomad/agent.hcl").read_text() == 'job "my-agent" {}\n'
    assert (with_it / "Makefile").read_text().endswith("nomad:  ## Run it on Nomad\n")
    assert "nomad" not in "".join(p.read_text() for p in without.rglob("*") if p.is_file()).lower()
    assert digest(with_it) == digest(tmp_path / "copier")
