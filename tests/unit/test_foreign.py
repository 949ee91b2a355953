"""Any copier template: where it lies, which version of it is taken, and what is recorded."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.unit import templates
from tests.unit.support import Ran, commit, committed, git, write
from tests.unit.terminal import CTRL_C, ENTER, Terminal

Run = Callable[..., Ran]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return templates.repository(tmp_path / "their template")


def made(run: Run, source: object, *args: str) -> str:
    ran = run("new", "it", "--template", str(source), "--defaults", *args)
    assert ran.code == 0, ran.err
    committed(Path("it"))
    return Path("it/greeting.txt").read_text().split()[-1]


def recorded(name: str = ".copier-answers.yml") -> dict[str, str]:
    answers: dict[str, str] = yaml.safe_load(Path("it", name).read_text())
    assert ("_commit" in answers) == (len(answers.pop("_digest", "")) == 40)
    return answers


def test_the_newest_release_is_taken(agentkit: Run, repo: Path) -> None:
    assert made(agentkit, repo) == "2"
    assert recorded() == {"_commit": "v2.0.0", "_src_path": str(repo), "who": "you"}
    assert git(Path("it"), "log", "--format=%s") == f"Generate from {repo.name} v2.0.0"


REFS = {
    "tag": ("v1.0.0", "1", "v1.0.0"),
    "prerelease": ("v3.0.0rc1", "3rc", "v3.0.0rc1"),
    "branch": ("main", "main", "nightly"),
    "head": ("HEAD", "main", "nightly"),
}


@pytest.mark.parametrize(("ref", "greeting", "version"), REFS.values(), ids=REFS)
def test_a_ref(agentkit: Run, repo: Path, ref: str, greeting: str, version: str) -> None:
    assert made(agentkit, repo, "--ref", ref) == greeting
    assert recorded()["_commit"] == version


def test_a_commit(agentkit: Run, repo: Path) -> None:
    write(repo, {"greeting.txt.jinja": "Hello 4\n"})
    wanted = commit(repo)
    write(repo, {"greeting.txt.jinja": "Hello 5\n"})
    commit(repo)
    assert made(agentkit, repo, "--ref", wanted[:10]) == "4"
    assert wanted[:7] in recorded()["_commit"]


def test_a_tag_comes_before_a_branch_of_its_name(agentkit: Run, repo: Path) -> None:
    git(repo, "branch", "v1.0.0", "main")
    assert made(agentkit, repo, "--ref", "v1.0.0") == "1"


def test_without_a_release_the_default_branch_is_taken(agentkit: Run, tmp_path: Path) -> None:
    repo = templates.folder(tmp_path / "template")
    wanted = commit(repo, tag="not-a-version")
    git(repo, "tag", "-d", "not-a-version")
    assert made(agentkit, repo) == "1"
    assert recorded()["_commit"] == wanted[:7]


def test_only_what_is_committed_counts(agentkit: Run, repo: Path) -> None:
    write(repo, {"greeting.txt.jinja": "Hello dirty\n"})
    assert made(agentkit, repo, "--ref", "main") == "main"


@pytest.mark.parametrize("kind", ["bare", "url", "relative", "home"])
def test_a_repository_by_another_address(
    agentkit: Run, repo: Path, tmp_path: Path, home: Path, kind: str
) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(repo), "bare.git")
    (home / "templates").symlink_to(tmp_path)
    address = {
        "bare": str(tmp_path / "bare.git"),
        "url": (tmp_path / "bare.git").as_uri(),
        "relative": f"../{repo.name}",
        "home": "~/templates/bare.git",
    }[kind]
    assert made(agentkit, address) == "2"
    wanted = {"relative": str(repo), "home": str(tmp_path / "bare.git")}.get(kind, address)
    assert recorded()["_src_path"] == wanted


def test_a_plain_folder(agentkit: Run, tmp_path: Path) -> None:
    folder = templates.folder(tmp_path / "template")
    assert made(agentkit, folder, "-d", "who=me") == "1"
    assert recorded() == {"_src_path": str(folder), "who": "me"}


@pytest.mark.parametrize(
    ("question", "given", "wanted"),
    [
        ("{type: int, default: 1}", "7", 7),
        ("{type: bool, default: false}", "yes", True),
        ("{type: str, multiselect: true, choices: [a, b, c]}", "[c, a]", ["a", "c"]),
        ("{type: yaml, default: {}}", "{a: [1]}", {"a": [1]}),
    ],
    ids=["int", "bool", "list", "yaml"],
)
def test_answers_of_every_type(
    agentkit: Run, tmp_path: Path, question: str, given: str, wanted: object
) -> None:
    folder = templates.folder(tmp_path / "template", **{"copier.yml": f"who: {question}\n"})
    made(agentkit, folder, "-d", f"who={given}")
    assert recorded()["who"] == wanted


def test_a_submodule_of_the_template(
    agentkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = write(tmp_path / "part", {"licence.txt": "free"})
    commit(part)
    repo = templates.folder(tmp_path / "template")
    commit(repo)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part), "part")
    commit(repo)
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    made(agentkit, repo)
    assert Path("it/part/licence.txt").read_text() == "free"


def test_copier_updates_the_project(agentkit: Run, repo: Path, work: Path) -> None:
    assert made(agentkit, repo, "--ref", "v1.0.0", "-d", "who=me") == "1"
    write(work, {"it/mine.txt": "mine"})
    commit(work / "it")
    command = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"]
    done = subprocess.run(command, cwd="it", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Path("it/greeting.txt").read_text() == "Hello me, 2\n"
    assert Path("it/mine.txt").read_text() == "mine"
    assert "_commit: v2.0.0\n_src_path" in Path("it/.copier-answers.yml").read_text()  # no digest


def test_the_answers_file_of_another_name(agentkit: Run, tmp_path: Path) -> None:
    settings = "_answers_file: .answers.of-theirs.yml\n_subdirectory: project\n"
    files = {"copier.yml": settings, "project/greeting.txt": "Hello 9"}
    files[f"project/{templates.ANSWERS}"] = templates.SMALL[templates.ANSWERS]
    repo = write(tmp_path / "template", files)
    commit(repo, tag="1.0")
    assert made(agentkit, repo) == "9"
    assert recorded(".answers.of-theirs.yml") == {"_commit": "1.0", "_src_path": str(repo)}


def test_what_json_tells_of_it(agentkit: Run, repo: Path) -> None:
    args = ["--template", str(repo), "--data", "who=me", "--format", "json", "--dry-run"]
    told = json.loads(agentkit("new", "it", *args).out)
    assert told["template"] == {"source": str(repo), "version": "v2.0.0"}
    assert told["answers"] == {"who": "me"}
    assert told["names"] == {}
    assert [f["path"] for f in told["files"]] == [".copier-answers.yml", "greeting.txt"]


def test_names_with_brackets_are_shown(agentkit: Run, tmp_path: Path) -> None:
    folder = templates.folder(tmp_path / "template", **{"[slug].txt": "", "[red]/[bold].md": ""})
    out = agentkit("new", "it", "--template", str(folder), "--dry-run").out
    assert {"[slug].txt", "[red]/", "[bold].md"} <= set(out.split())


def test_nothing_is_left_behind(agentkit: Run, repo: Path, tmp_path: Path, home: Path) -> None:
    before = git(repo, "for-each-ref"), git(repo, "status", "--porcelain")
    made(agentkit, repo)
    assert not list((tmp_path / "tmp").iterdir())
    assert {p.name for p in home.rglob("*")} <= {".gitconfig"}
    assert (git(repo, "for-each-ref"), git(repo, "status", "--porcelain")) == before


def test_its_own_questions_on_a_terminal(repo: Path, work: Path) -> None:
    with Terminal("new", "it", "--template", str(repo)) as terminal:
        terminal.see("who")
        terminal.press(f" there{ENTER}")
        terminal.see("Write them to")
        terminal.press(ENTER)
        assert terminal.code() == 0
    assert Path("it/greeting.txt").read_text() == "Hello you there, 2\n"


def test_ctrl_c_at_its_questions(repo: Path, work: Path) -> None:
    with Terminal("new", "a/it", "--template", str(repo)) as terminal:
        terminal.see("who")
        terminal.press(CTRL_C)
        assert terminal.code() == 130
        assert "Traceback" not in terminal.text
    assert not list(work.iterdir())
