"""What is rendered of another template is what copier renders by itself, to the byte."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentkit import render, source
from tests.unit import templates
from tests.unit.support import commit, git, tree, write

PARTIAL = "by {{ _copier_answers._src_path }} {{ _copier_answers._commit }}"
RICH = {
    "copier.yml": "who: {type: str, default: you}\n"
    "slug: {type: str, default: \"{{ who | lower | replace(' ', '-') }}\", when: false}\n"
    "kinds: {type: str, multiselect: true, choices: [a, b, c], default: [a, b]}\n"
    "more: {type: yaml, default: {x: [1, 2]}}\n"
    "secret: {type: str, default: hidden, secret: true}\n"
    "_skip_if_exists: ['{{ slug }}.md', '*.local']\n",
    templates.ANSWERS: "# by hand\n{{ _copier_answers|to_nice_yaml }}",
    "facts.md.jinja": "{{ _copier_answers._commit }} of {{ _copier_answers['_src_path'] }}\n"
    "{{ _commit }} of {{ _src_path }}\n{{ _copier_conf.vcs_ref_hash }}\n"
    "{% for key in _copier_answers %}{{ key }} {% endfor %}\n{{ _folder_name }}\n",
    "defined.md.jinja": "{% if _copier_answers._commit %}from git{% endif %}\n",
    "including.md.jinja": "{% include 'parts/part.txt' %}\n"
    "{% import 'parts/m.jinja' as m %}{{ m.f() }}",
    "imported.jinja": "{% from 'parts/c.jinja' import g with context %}{{ g() }}\n",
    "child.md.jinja": "{% extends 'parts/base.md' %}{% block b %}{{ _copier_answers._commit }}"
    "{% endblock %}",
    "{% if kinds %}parts{% endif %}/part.txt": PARTIAL,
    "parts/part.txt": PARTIAL,
    "parts/m.jinja": "{% macro f() %}macro{{ _copier_answers is defined }}{% endmacro %}",
    "parts/c.jinja": "{% macro g() %}{{ _copier_answers._commit }}{% endmacro %}",
    "parts/base.md": "<{% block b %}{% endblock %}>{{ _copier_answers._src_path }}\n",
    "verbatim.txt": "{{ _copier_answers._commit }} stays\n",
    "raw.txt.jinja": "\n\n  {% raw %}{{ _copier_answers }}{% endraw %}\n",
    "{% yield k from kinds %}{{ k }}{% endyield %}.txt.jinja": "{{ k }} {{ _copier_answers.who }}",
    "{{ slug }}.md.jinja": "{{ more }} {{ secret }}",
    "run.sh": "#!/bin/sh\n",
    "import.py.jinja": "import os\n",
}
TRIMMED = {
    "copier.yml": "_envops: {trim_blocks: true, lstrip_blocks: true}\nwho: you\n",
    templates.ANSWERS: "{{ _copier_answers|to_nice_yaml }}",
    "blank.txt.jinja": "\n{{ _copier_answers._commit }}\n",
    "indented.txt.jinja": "    {% if who %}\n{{ _copier_answers._commit }}\n    {% endif %}\nend",
}
BRACKETS = {
    "copier.yml": "_envops: {block_start_string: '[%', block_end_string: '%]', "
    "variable_start_string: '[[', variable_end_string: ']]'}\n_templates_suffix: .tmpl\nwho: you\n",
    "[[ _copier_conf.answers_file ]].tmpl": "[[ _copier_answers|to_nice_yaml ]]",
    "facts.txt.tmpl": "[% if who %][[ _copier_answers._commit ]][% endif %] {% no block %}\n",
}
ALL = {
    "copier.yml": "_templates_suffix: ''\n_subdirectory: t\n_answers_file: .theirs.yml\nwho: you\n",
    "t/.theirs.yml": "{{ _copier_answers|to_nice_yaml }}",
    "t/facts.txt": "{{ _copier_answers._commit }}\n",
    "copy/t.txt": "outside",
}
PLAIN = {**templates.SMALL, "b.txt.jinja": "{{ _copier_answers }} {{ _copier_conf.src_path }}"}
KINDS = {"rich": RICH, "trimmed": TRIMMED, "brackets": BRACKETS, "all": ALL}


def by_copier(address: str, ref: str, dst: Path, *data: str) -> dict[str, bytes]:
    given = [word for item in data for word in ("--data", item)]
    command = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet", *given]
    done = subprocess.run(
        [*command, *(["--vcs-ref", ref] if ref else []), address, str(dst)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tree(dst)


def by_agentkit(
    address: str, ref: str, dst: Path, answers: dict[str, Any], **more: Any
) -> tuple[dict[str, bytes], render.Rendered]:
    """The same files but for the digest of the commit, which copier does not record."""
    with source.versions(address, ref) as (template,):
        job = render.Job(template, answers, dst, **more)
        (told,) = render.render_foreign([job], prompt=False, trust=False)
    found = tree(dst)
    for name in found:
        digest = f"_digest: {template.digest}\n".encode()
        assert found[name].count(digest) == (bool(template.digest) and name.endswith(".yml"))
        found[name] = found[name].replace(digest, b"")
    return found, told


@pytest.mark.parametrize("files", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("kind", ["path", "url", "odd"])
def test_a_repository(files: dict[str, str], kind: str, tmp_path: Path) -> None:
    root = write(tmp_path / ("template" if kind != "odd" else "té \"m'p #1"), files)
    if "run.sh" in files:
        (root / "run.sh").chmod(0o755)
        (root / "link.txt").symlink_to("verbatim.txt")
    commit(root, tag="v1.0.0")
    write(root, {"later.txt": "not of v1.0.0"})
    commit(root)
    address = str(root)
    if kind == "url":
        git(tmp_path, "clone", "--quiet", "--bare", str(root), "bare.git")
        address = (tmp_path / "bare.git").as_uri()
    wanted = by_copier(address, "v1.0.0", tmp_path / "a/it", "who=Ada L")
    found, told = by_agentkit(address, "v1.0.0", tmp_path / "b/it", {"who": "Ada L"})
    assert found == wanted
    modes = [(tmp_path / side / "it/run.sh") for side in "ab" if "run.sh" in files]
    assert len({path.stat().st_mode for path in modes}) <= 1
    assert told.yours == (("ada-l.md", "*.local") if "run.sh" in files else ())
    assert told.answers["who"] == "Ada L"
    assert not [name for name in told.answers if name.startswith("_")]


def test_a_folder(tmp_path: Path) -> None:
    root = write(tmp_path / "template", PLAIN)
    before = tree(root)
    wanted = by_copier(str(root), "", tmp_path / "a/it")
    found, _ = by_agentkit(str(root), "", tmp_path / "b/it", {})
    assert found == wanted
    assert tree(root) == before


def test_a_commit_between_releases(tmp_path: Path) -> None:
    root = write(tmp_path / "template", RICH)
    commit(root, tag="v1.0.0")
    write(root, {"later.txt": "x"})
    wanted = commit(root)
    git(root, "tag", "not-a-version")
    for ref in (wanted, wanted[:9], "main", "v1.0.0"):
        there = by_copier(str(root), ref, tmp_path / f"a/{ref}/it")
        here, _ = by_agentkit(str(root), ref, tmp_path / f"b/{ref}/it", {})
        assert here == there


def test_recorded_answers(tmp_path: Path) -> None:
    """From a project's answers, copier recopies the same."""
    root = write(tmp_path / "template", RICH)
    commit(root, tag="v1.0.0")
    project = tmp_path / "a/it"
    by_copier(str(root), "v1.0.0", project, "who=Ada L", "kinds=[c]")
    recorded = render.bounded.load((project / ".copier-answers.yml").read_bytes(), "")[0]
    shutil.rmtree(project)
    old = recorded | {"kinds": ["gone"], "unknown": "kept nowhere", "more": {"y": 1}}
    write(project, {".copier-answers.yml": render.yaml.safe_dump(old)})
    command = [sys.executable, "-m", "copier", "recopy", "--defaults", "--quiet", "--overwrite"]
    done = subprocess.run([*command, str(project)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found, told = by_agentkit(str(root), "v1.0.0", tmp_path / "b/it", {}, recorded=old)
    assert found == tree(project)
    assert told.answers == {"kinds": ["a", "b"], "more": {"y": 1}, "who": "Ada L"}
    shutil.rmtree(tmp_path / "b")
    found, told = by_agentkit(str(root), "", tmp_path / "b/it", {"who": "Bo"}, recorded=old)
    assert told.answers["who"] == "Bo"
    assert b"bo.md" in b"\0".join(map(str.encode, found))
