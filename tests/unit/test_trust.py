"""Templates of others that run code: it is listed, and runs only for those who trust it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit import templates
from tests.unit.support import Ran, commit, committed

Run = Callable[..., Ran]

CODE = {
    "task": ('_tasks: ["touch ran"]', ["tasks: touch ran"]),
    "task-list": ('_tasks: [[touch, "ran"]]', ["tasks: touch ran"]),
    "task-mapping": (
        '_tasks: [{command: "touch ran", when: "{{ true }}"}]',
        ["tasks: touch ran"],
    ),
    "two-tasks": ('_tasks: ["touch ran", "touch too"]', ["tasks: touch ran", "tasks: touch too"]),
    "migration": (
        '_migrations: [{version: v1, command: "touch ran"}]',
        ["migrations: touch ran"],
    ),
    "old-migration": (
        '_migrations: [{version: v1, before: ["touch ran"], after: [[touch, "too"]]}]',
        ["migrations: touch ran", "migrations: touch too"],
    ),
    "extension": ("_jinja_extensions: [jinja2.ext.do]", ["jinja_extensions: jinja2.ext.do"]),
    "included": ("---\n_tasks: [touch ran]\n---\n_min_copier_version: '9'", ["tasks: touch ran"]),
    "text": ("_tasks: touch ran", ["tasks: touch ran"]),
}


@pytest.mark.parametrize(("settings", "listed"), CODE.values(), ids=CODE)
@pytest.mark.parametrize("kind", ["folder", "repository"])
def test_code_is_listed_and_refused(
    agentkit: Run, work: Path, tmp_path: Path, settings: str, listed: list[str], kind: str
) -> None:
    folder = templates.folder(tmp_path / "template", **{"copier.yml": settings})
    if kind == "repository":
        commit(folder, tag="1.0.0")
    ran = agentkit("new", "it", "--template", str(folder), "--defaults")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {folder}: this template runs code of its own:\n")
    assert ran.err.endswith("read it; then use --trust if you agree\n")
    assert [line.strip() for line in ran.err.splitlines()[1:-1]] == listed
    assert not list(work.iterdir())


def test_trusted_code_runs(agentkit: Run, tmp_path: Path) -> None:
    settings = 'who: {type: str, default: you}\n_tasks: ["echo task >ran", "git init --quiet"]\n'
    settings += "_jinja_extensions: [jinja2.ext.do]"
    text = "{% set a = [] %}{% do a.append(who) %}Hello {{ a[0] }}\n"
    files = {"copier.yml": settings, "greeting.txt.jinja": text}
    folder = templates.folder(tmp_path / "template", **files)
    ran = agentkit("new", "it", "--template", str(folder), "--trust", "--defaults")
    assert ran.code == 0, ran.err
    committed(Path("it"))
    assert Path("it/ran").read_text() == "task\n"
    assert Path("it/greeting.txt").read_text() == "Hello you\n"


def test_trust_is_for_this_template_and_this_time(agentkit: Run, tmp_path: Path) -> None:
    folder = templates.folder(tmp_path / "template", **{"copier.yml": "_tasks: [touch ran]"})
    command = ["new", "it", "--template", str(folder), "--defaults"]
    assert agentkit(*command, "--trust", "--dry-run").code == 0
    assert agentkit(*command).code == 2


def test_what_the_user_trusts_in_copier_is_not_trusted_here(
    agentkit: Run, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "settings.yml").write_text(f"trust: ['{tmp_path}/']\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(home / "settings.yml"))
    folder = templates.folder(tmp_path / "template", **{"copier.yml": "_tasks: [touch ran]"})
    assert agentkit("new", "it", "--template", str(folder), "--defaults").code == 2


def test_a_task_that_fails_writes_nothing(agentkit: Run, work: Path, tmp_path: Path) -> None:
    folder = templates.folder(tmp_path / "template", **{"copier.yml": '_tasks: ["exit 7"]'})
    ran = agentkit("new", "it", "--template", str(folder), "--trust", "--defaults")
    assert ran.code == 1
    assert "exit 7" in ran.err
    assert "7" in ran.err
    assert not list(work.iterdir())


def test_a_template_of_an_older_release_is_not_judged_by_its_newest(
    agentkit: Run, tmp_path: Path
) -> None:
    repo = templates.repository(tmp_path / "template")
    (repo / "copier.yml").write_text("_tasks: [touch ran]")
    commit(repo, tag="v4.0.0")
    command = ["new", "it", "--template", str(repo), "--defaults", "--dry-run"]
    assert agentkit(*command).code == 2
    assert agentkit(*command, "--ref", "v1.0.0").code == 0
