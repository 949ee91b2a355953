"""Templates that are broken or mean harm: one clear sentence, and nothing is written."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit import templates
from tests.unit.support import Ran, commit, git, program, write

Run = Callable[..., Ran]


def refusal(run: Run, source: object, *args: str) -> str:
    ran = run("new", "a/it", "--template", str(source), "--defaults", *args)
    assert ran.code in (1, 2)
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert "Traceback" not in ran.err
    assert not list(Path().iterdir())
    return ran.err


OUTPUT = {
    "git-hook": ({"t/{{ '.git' }}/hooks/pre-commit": "x"}, "'.git' would be git's own folder"),
    "git-in-if": ({"t/{% if true %}.git{% endif %}/config": "x"}, "git's own folder"),
    "git-answer": ({"t/{{ d }}/hooks/post-commit": "x"}, "git's own folder"),
    "git-nested": ({"t/vendored/{{ '.git' }}/config": "x"}, "git's own folder"),
    "git-case": ({"t/.GIT/config": "x"}, "'.GIT' would be git's own folder"),
    "git-short-name": ({"t/git~1/config": "x"}, "git's own folder"),
    "git-dots": ({"t/.git. ./config": "x"}, "git's own folder"),
    "git-invisible": ({"t/.g\u200cit/config": "x"}, "git's own folder"),
    "git-file": ({"t/{{ '.git' }}": "gitdir: /"}, "git's own folder"),
    "up": ({"t/{{ '..' }}/out.txt": "x"}, '".." is forbidden'),
    "far-up": ({"t/{{ up }}": "x"}, "is forbidden"),
    "absolute": ({"t/{{ there }}": "x"}, "is forbidden"),
    "device": ({"t/src/aux.py": "x = 1"}, "'aux.py' is a device on Windows"),
    "device-plain": ({"t/NUL": "x"}, "device on Windows"),
    "colon": ({"t/a:b": "x"}, "character that Windows refuses"),
    "newline": ({"t/{{ 'a\\nb' }}": "x"}, "character that Windows refuses"),
    "dot-last": ({"t/a.": "x"}, "ends in a dot"),
    "case": ({"t/README.md": "x", "t/readme.md": "y"}, "the same as README.md"),
    "case-folder": ({"t/Docs/a.md": "x", "t/docs/b.md": "y"}, "docs: the same as Docs"),
    "case-both": ({"t/Docs": "x", "t/docs/b.md": "y"}, "the same as Docs"),
    "long": ({"t/" + "/".join(["a" * 60] * 4): "x"}, "longer than 200 characters"),
    "yaml": ({"t/a.yml": "a: [1"}, "a.yml: does not parse: "),
    "yaml-tab": ({"t/deep/a.yaml": "a:\n\tb: 1"}, "deep/a.yaml: does not parse: "),
    "toml": ({"t/a.toml": "a = "}, "a.toml: does not parse: "),
    "json": ({"t/a.json": '{"a": 1,}'}, "a.json: does not parse: "),
    "python": ({"t/a.py": "def f(:\n"}, "a.py: does not parse: "),
    "python-null": ({"t/a.py": "x = 1\0"}, "a.py: does not parse: "),
    "deep-json": ({"t/a.json": "[" * 200_000}, "a.json: does not parse: "),
    "deep-python": ({"t/a.py": "(" * 5_000}, "a.py: does not parse: "),
    "ignored": ({"t/.gitignore": "*.env\n", "t/a.env": "KEY=1"}, "a.env: .gitignore ignores it"),
    "ignored-below": ({"t/d/.gitignore": "/x\n", "t/d/x": "1"}, "d/x: d/.gitignore ignores it"),
    "ignores-all": ({"t/.gitignore": "*\n"}, ".gitignore: .gitignore ignores it"),
    "nothing": ({"t/{{ '' }}": "x"}, "rendered no file"),
    "undefined": ({"t/a.txt.jinja": "{{ who_is_this }}", "strict": ""}, "who_is_this"),
    "syntax": ({"t/a.txt.jinja": "{% if %}"}, "cannot be rendered"),
    "syntax-name": ({"t/{% if %}": "x"}, "{% if %}"),
    "no-filter": ({"t/a.txt.jinja": "{{ 'a' | nonsense }}"}, "nonsense"),
    "raises": ({"t/a.txt.jinja": "{{ 1 / 0 }}"}, "division by zero"),
    "unsafe": ({"t/a.txt.jinja": "{{ ''.__class__.__mro__[1].__subclasses__() }}"}, "rendered"),
    "include": ({"t/a.txt.jinja": "{% include '../../home/.gitconfig' %}"}, ".gitconfig"),
    "no-subdirectory": ({}, "template"),
}
SETTINGS = "_subdirectory: t\n_envops: {undefined: jinja2.StrictUndefined}\n"


@pytest.mark.parametrize(("files", "word"), OUTPUT.values(), ids=OUTPUT)
def test_bad_output(agentkit: Run, tmp_path: Path, files: dict[str, str], word: str) -> None:
    computed = f"d: .git\nthere: {tmp_path}/out.txt\nup: ../../out.txt\n"
    root = write(tmp_path / "template", {"copier.yml": SETTINGS + computed, **files})
    assert word in refusal(agentkit, root)
    assert not list(tmp_path.glob("out.txt"))
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize("name", ["a.yml", "a.py", "a.json", "a.toml"])
def test_output_that_is_no_text(agentkit: Run, tmp_path: Path, name: str) -> None:
    root = write(tmp_path / "template", {"copier.yml": SETTINGS, "t/b.txt": "x"})
    (root / "t" / name).write_bytes(b"caf\xe9 \xff\xfe\n")
    assert f"{name}: does not parse" in refusal(agentkit, root)


LINKS = {
    "absolute": "/etc/hostname",
    "up": "../../home/.gitconfig",
    "up-out": "../outside",
    "folder": "/etc",
}


@pytest.mark.parametrize("target", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("kept", ["true", "false"], ids=["as-link", "as-content"])
@pytest.mark.parametrize("kind", ["folder", "repository"])
def test_a_link_out_of_the_project(
    agentkit: Run, tmp_path: Path, target: str, kept: str, kind: str
) -> None:
    settings = f"_preserve_symlinks: {kept}\n_subdirectory: t\n"
    root = write(tmp_path / "template", {"copier.yml": settings, "t/a.txt": "x"})
    write(tmp_path, {"outside": "secret"})
    (root / "t/link").symlink_to(target)
    if kind == "repository":
        commit(root, tag="1.0.0")
    said = refusal(agentkit, root)
    assert "link" in said
    assert "Ada" not in said


def test_a_link_within_the_project_is_kept(agentkit: Run, tmp_path: Path) -> None:
    settings = {"copier.yml": "_preserve_symlinks: true\n_subdirectory: t\n", "t/a.txt": "x"}
    root = write(tmp_path / "template", settings)
    (root / "t/link").symlink_to("a.txt")
    assert agentkit("new", "it", "--template", str(root), "--defaults").code == 0
    assert Path("it/link").is_symlink()


QUESTIONS = {
    "required": ("who: {type: str}", [], "who"),
    "choice": ("who: {type: str, choices: [me, you]}", ["-d", "who=them"], "who"),
    "type": ("n: {type: int, default: 1}", ["-d", "n=many"], "n"),
    "validator": (
        "n: {type: int, default: 1, validator: '{% if n > 3 %}at most three{% endif %}'}",
        ["-d", "n=4"],
        "at most three",
    ),
    "broken-settings": ("a: [", [], "copier.yml does not parse: "),
    "list-settings": ("- a", [], "copier.yml holds no questions"),
    "unknown-type": ("n: {type: colour, default: red}", [], "colour"),
    "newer-copier": ("_min_copier_version: '99'", [], "99"),
    "include-outside": ("a: !include ../home/.gitconfig", [], "copier"),
    "not-utf-8": ("who: caf\udce9", [], "copier.yml does not parse"),
}


@pytest.mark.parametrize(("settings", "args", "word"), QUESTIONS.values(), ids=QUESTIONS)
def test_bad_questions_and_answers(
    agentkit: Run, tmp_path: Path, settings: str, args: list[str], word: str
) -> None:
    root = templates.folder(tmp_path / "template")
    (root / "copier.yml").write_text(settings, "utf-8", errors="surrogateescape")
    assert word in refusal(agentkit, root, *args)


def test_settings_that_lie_elsewhere(agentkit: Run, tmp_path: Path) -> None:
    root = write(tmp_path / "template", {"a.txt": "x"})
    (root / "copier.yml").symlink_to("../home/.gitconfig")
    assert "copier.yml is a link that leads out" in refusal(agentkit, root)
    commit(root, tag="1.0.0")
    said = refusal(agentkit, root)
    assert "Ada" not in said


def test_what_cannot_be_had(agentkit: Run, tmp_path: Path, work: Path) -> None:
    repo = templates.repository(tmp_path / "template")
    plain = templates.folder(tmp_path / "plain")
    empty = tmp_path / "empty"
    git(tmp_path, "init", "--quiet", str(empty))
    said = refusal(agentkit, repo, "--ref", "v9")
    assert "has no tag, branch or commit v9" in said
    assert "no tag, branch or commit --upload-pack=x" in refusal(
        agentkit, repo, "--ref=--upload-pack=x"
    )
    assert "--ref needs a git repository" in refusal(agentkit, plain, "--ref", "v1.0.0")
    assert "cannot be cloned" in refusal(agentkit, tmp_path / "nowhere")
    assert "cannot be cloned" in refusal(agentkit, (tmp_path / "nowhere").as_uri())
    assert "no commit" in refusal(agentkit, empty)
    assert "--preset is for the built-in" in refusal(agentkit, plain, "--preset", "minimal")
    ran = agentkit("new", "--template", str(plain))
    assert (ran.code, "PATH is needed" in ran.err) == (2, True)


def test_an_address_that_runs_a_command_is_refused(
    agentkit: Run, tmp_path: Path, home: Path
) -> None:
    program(home, "evil", f"touch {tmp_path}/ran")
    for address in (f"ext::{home}/evil", f"--upload-pack={home}/evil"):
        assert "cannot be cloned" in refusal(agentkit, address)
    assert not (tmp_path / "ran").exists()


def test_hooks_of_the_template_do_not_run(agentkit: Run, tmp_path: Path) -> None:
    repo = templates.repository(tmp_path / "template")
    program(repo / ".git/hooks", "post-checkout", f"touch {tmp_path}/ran")
    program(tmp_path / "home/skeleton", "x", "x")
    assert agentkit("new", "it", "--template", str(repo), "--defaults").code == 0
    assert not (tmp_path / "ran").exists()
    subprocess.run(["git", "fsck", "--strict"], cwd="it", check=True, capture_output=True)
