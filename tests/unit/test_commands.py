"""What a template may run and read: listed before it may, and left out of updates."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import render, sandbox, source
from agentkit.errors import AgentkitError
from tests.unit import templates
from tests.unit.support import Ran, commit, program, spawn, tree, write

Run = Callable[..., Ran]
TASK = {"copier.yml": "who: {type: str, default: you}\n_tasks: [touch ran]\n"}


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    root = templates.folder(tmp_path / "template", **TASK)
    commit(root, tag="v1.0.0")
    return root


@pytest.fixture
def settings(home: Path) -> Path:
    folder = home / ".config/agentkit"
    folder.mkdir(parents=True, mode=0o755)
    path = folder / "config.toml"
    path.touch(mode=0o600)
    return path


EXTERNAL = "_external_data: {env: .env, '{{ who }}': ../x.yml}\nwho: {type: str, default: you}\n"


@pytest.mark.parametrize("place", ["copier.yml", "copier.YAML", "copier.of-theirs.yml", "included"])
def test_files_that_it_would_read(agentkit: Run, tmp_path: Path, place: str) -> None:
    files = {"a.txt.jinja": "{{ _external_data.env }}", "copier.yml": ""}
    if place == "included":
        files |= {"copier.yml": "--- !include 'p/*.yml'\n---\nx: 1\n", "p/b.yml": EXTERNAL}
    else:
        del files["copier.yml"]
        files[place] = EXTERNAL
    root = write(tmp_path / "template", files)
    ran = agentkit("new", "it", "--template", str(root), "--defaults")
    assert (ran.code, ran.out) == (2, "")
    first, *listed, _ = ran.err.splitlines()
    assert first == f"error: {root}: this template reads other files:"
    assert listed == ["    external_data: env: .env", "    external_data: {{ who }}: ../x.yml"]
    with (root / (place if place in files else "copier.yml")).open("a") as more:
        more.write("_tasks: [touch ran]\n")
    ran = agentkit("new", "it", "--template", str(root), "--defaults")
    assert "template runs code of its own and reads other files:\n    tasks: touch ran\n" in ran.err


@pytest.mark.parametrize("how", ["trust", "file"])
def test_an_update_runs_no_task(settings: Path, theirs: Path, tmp_path: Path, how: str) -> None:
    settings.write_text(f'trust = ["{theirs}"]\n' * (how == "file"))
    migration = "_migrations: [{version: v1, command: touch ran}]\n"
    write(theirs, {"copier.yml": TASK["copier.yml"] + migration, "new.txt": "x"})
    commit(theirs, tag="v2.0.0")
    with source.versions(str(theirs), "v1.0.0", "") as (old, new):
        jobs = [
            render.Job(old, {"who": "me"}, tmp_path / "old", answers_file="a.yml"),
            render.Job(new, {}, tmp_path / "new", {"who": "me", "gone": 1}, "a.yml"),
        ]
        done = render.render_foreign(jobs, prompt=False, trust=how == "trust")
    assert [told.answers for told in done] == [{"who": "me"}] * 2
    assert sorted(tree(tmp_path / "old")) == ["a.yml", "greeting.txt"]
    assert sorted(tree(tmp_path / "new")) == ["a.yml", "greeting.txt", "new.txt"]


def test_nothing_is_hidden_in_the_list(agentkit: Run, tmp_path: Path) -> None:
    task = '_tasks: ["echo a\\nrm b \\x1b[2K\\u202e# harmless"]'
    root = templates.folder(tmp_path / "template", **{"copier.yml": task})
    said = agentkit("new", "it", "--template", str(root), "--defaults").err
    assert "    tasks: echo a\\nrm b \\x1b[2K\\u202e# harmless\n" in said


def test_no_git_runs_for_a_file(
    agentkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()
    program(tmp_path / "bin", "git", f'echo >>{calls}; exec {real} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    counts = []
    for number in (1, 30):
        files = {f"{n}.txt": "x" for n in range(number)}
        root = templates.folder(tmp_path / f"template{number}", **files)
        commit(root, tag="v1.0.0")
        calls.write_text("")
        target = f"it{number}"
        assert agentkit("new", target, "--template", str(root), "--defaults", "--trust").code == 0
        counts.append(len(calls.read_text().splitlines()))
    assert counts[0] == counts[1]


def test_an_update_needs_trust_only_for_what_runs(theirs: Path, tmp_path: Path) -> None:
    settings = "_jinja_extensions: [jinja2.ext.do]\n"
    write(theirs, {"copier.yml": TASK["copier.yml"] + settings})
    with source.versions(str(theirs), "") as (committed,):
        job = render.Job(committed, {}, tmp_path / "a", {})
        render.render_foreign([job], prompt=False, trust=False)
    commit(theirs, tag="v2.0.0")
    with source.versions(str(theirs), "") as (template,):
        job = render.Job(template, {}, tmp_path / "b", {})
        with pytest.raises(AgentkitError) as caught:
            render.render_foreign([job], prompt=False, trust=False)
        render.render_foreign([job], prompt=False, trust=True)
    listed = "this template runs code of its own:\n    jinja_extensions: jinja2.ext.do"
    assert caught.value.what == listed


COMMANDS = """
_tasks: [one, [two, "three four"], {command: five, when: false}]
_migrations:
- always
- {command: [a, b]}
- {version: v1.0.0, command: old}
- {version: v2.0.0, before: [before], after: [[after, x]]}
- {version: v3.0.0, command: later}
"""


def test_the_commands_that_an_update_leaves_to_the_user(tmp_path: Path) -> None:
    root = write(tmp_path / "template", {"copier.yml": COMMANDS})
    template = source.Template(root, "theirs", "v2.0.0")
    tasks, steps = ("one", "two 'three four'", "five"), ("always", "a b")
    assert render.commands(template, "v1.0.0") == (*tasks, *steps, "before", "after x")
    assert render.commands(template, "v2.0.0") == (*tasks, *steps)
    assert render.commands(template) == (*tasks, *steps, "old", "before", "after x", "later")
    plain = templates.folder(tmp_path / "plain")
    assert render.commands(source.Template(plain, "theirs", "")) == ()


def test_trusted_code_has_the_users_environment(
    agentkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("MY_TOKEN", "s3cret")
    task = (
        "_tasks: ['echo $HOME $MY_TOKEN >seen', 'git config user.name >>seen', 'ulimit -t >>seen']"
    )
    root = templates.folder(tmp_path / "template", **{"copier.yml": f"who: you\n{task}"})
    command = ["new", "it", "--template", str(root), "--defaults", "--trust", "--format", "json"]
    ran = agentkit(*command)
    assert ran.code == 0, ran.err
    cpu = subprocess.check_output(["sh", "-c", "ulimit -t"], text=True).strip()
    assert Path("it/seen").read_text().splitlines() == [f"{home} s3cret", "Ada", cpu]


def test_what_a_task_prints_is_not_in_the_report(tmp_path: Path, work: Path) -> None:
    root = templates.folder(tmp_path / "template", **{"copier.yml": "_tasks: ['echo chatter']"})
    ran = spawn("new", "it", "--template", str(root), "--defaults", "--trust", "--format", "json")
    assert (ran.code, ran.out.startswith("{")) == (0, True)
    assert "chatter" in ran.err


def test_what_it_sees_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secrets = (
        "OPENAI_API_KEY",
        "GH_TOKEN",
        "AWS_PROFILE",
        "MY_PASSWORD",
        "GIT_DIR",
        "SSH_AUTH_SOCK",
    )
    others = ("COPIER_SETTINGS_PATH", "COPIER_CACHE_DIR", "XDG_CONFIG_HOME", "AGENTKIT_CONFIG")
    for name in (*secrets, *others):
        monkeypatch.setenv(name, "s3cret")
    seen = sandbox.environment(tmp_path / "tmp")
    assert "s3cret" not in seen.values()
    assert not {*os.listdir(seen["HOME"]), *os.listdir(seen["PATH"])}
    assert seen["TERM"] == os.environ["TERM"]
    assert {"HOME", "PATH", "TMPDIR", "LC_ALL", "TERM"} <= set(seen)


def test_its_own_module_in_the_users_folder_is_not_run(
    agentkit: Run, tmp_path: Path, work: Path
) -> None:
    bad = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    write(work, {f"{name}.py": bad for name in ("copier", "yaml", "json", "jinja2", "agentkit")})
    folder = templates.folder(tmp_path / "template")
    assert agentkit("new", "it", "--template", str(folder), "--defaults").code == 0
    assert not (tmp_path / "ran").exists()
