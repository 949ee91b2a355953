"""Several versions of one template from one clone, and the addresses that it may come from."""

import subprocess
from pathlib import Path

import pytest

from agentkit import address, source
from agentkit.errors import AgentkitError
from tests.unit import templates
from tests.unit.support import commit, git, program, tree, write


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return templates.repository(tmp_path / "their template")


def greeting(template: source.Template) -> str:
    return (template.root / "greeting.txt.jinja").read_text().split()[-1]


def test_versions_side_by_side(repo: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    real = subprocess.check_output(["sh", "-c", "command -v git"], text=True).strip()
    program(tmp_path / "bin", "git", f'echo "$@" >>{calls}; exec {real} "$@"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
        with source.versions(str(repo), "v1.0.0", "", "v3.0.0rc1", "main", "v1.0.0") as found:
            assert [greeting(t) for t in found] == ["1", "2", "3rc", "main", "1"]
            assert [t.version for t in found][:4] == ["v1.0.0", "v2.0.0", "v3.0.0rc1", "nightly"]
            assert {t.source for t in found} == {str(repo)}
            assert found[0] == found[4]
            for template in found:
                assert template.digest == git(repo, "rev-parse", f"{template.version}^{{commit}}")
                assert not [*template.root.rglob(".git")]
    assert sum(" clone " in line for line in calls.read_text().splitlines()) == 1
    assert not any(template.root.exists() for template in found)


def test_the_newest_of_what_has_no_release(tmp_path: Path) -> None:
    repo = templates.folder(tmp_path / "template")
    first = commit(repo)
    write(repo, {"greeting.txt.jinja": "Hello 2\n"})
    second = commit(repo)
    with source.versions(str(repo), first[:12], "") as (old, new):
        assert (greeting(old), greeting(new)) == ("1", "2")
        assert (old.version, new.version) == (first[:7], second[:7])


def test_what_git_describe_calls_it_is_found_again(repo: Path) -> None:
    git(repo, "tag", "-d", "nightly")
    with source.versions(str(repo), "main") as (there,):
        assert "-1-g" in there.version
    with source.versions(str(repo), there.version) as (again,):
        assert (again.digest, greeting(again)) == (there.digest, "main")


@pytest.mark.parametrize(
    "ref",
    ["v1.0.1", "-x", "--upload-pack=x", "v1.0.0\n", "a\nb", "v1.0.0 ", "\0", "v1.0.0:copier.yml"],
)
def test_a_version_that_is_not_there(repo: Path, ref: str) -> None:
    with pytest.raises(AgentkitError) as caught, source.versions(str(repo), "v1.0.0", ref):
        pass
    shown = ref.replace("\n", "?").replace("\0", "?")
    assert caught.value.what == f"the template has no tag, branch or commit {shown}"
    assert caught.value.where == str(repo)
    assert caught.value.fix.endswith("there are: v3.0.0rc1, v2.0.0, v1.0.0, nightly")
    assert ("did you mean v1.0.0? " in caught.value.fix) == (len(ref) < 8 and "1.0" in ref)


def test_only_some_of_many_versions_are_named(repo: Path) -> None:
    for number in range(10, 30):
        git(repo, "tag", f"v{number}.0.0")
    with pytest.raises(AgentkitError) as caught, source.versions(str(repo), "nonsense"):
        pass
    assert caught.value.fix.startswith("there are: v29.0.0, v28.0.0, ")
    assert caught.value.fix.endswith("v20.0.0, ...")


RECORDED = {"relative": "../their template", "home": "~/theirs"}


@pytest.mark.parametrize("recorded", RECORDED.values(), ids=RECORDED)
def test_a_path_stays_as_a_project_records_it(repo: Path, home: Path, recorded: str) -> None:
    (home / "theirs").symlink_to(repo)
    with source.versions(recorded, "v1.0.0") as (template,):
        assert (template.source, greeting(template)) == (recorded, "1")


def test_a_folder_that_looks_like_an_address(repo: Path, work: Path) -> None:
    """A cloned project cannot put itself in the place of what its user trusts."""
    templates.folder(work / "https:/localhost:1/trusted.git")
    with (
        pytest.raises(AgentkitError, match="cannot be cloned"),
        source.versions("https://localhost:1/trusted.git", ""),
    ):
        pass


@pytest.mark.parametrize(
    ("written", "cloned"),
    [
        ("gh:owner/name", "https://github.com/owner/name.git"),
        ("gh:/owner/name.git", "https://github.com/owner/name.git"),
        ("gl:owner/group/name", "https://gitlab.com/owner/group/name.git"),
        ("git+https://host/name.git", "https://host/name.git"),
        ("git@host:owner/name.git", "git@host:owner/name.git"),
    ],
)
def test_what_is_cloned(written: str, cloned: str) -> None:
    assert address.expanded(written) == cloned


SECRETS = {
    "https://me:s3cret@localhost:1/x.git": "https://localhost:1/x.git",
    "https://s3cret@localhost:1/x.git": "https://localhost:1/x.git",
    "http://me:s3@cret@localhost:1/x.git": "http://localhost:1/x.git",
    "ssh://git:s3cret@localhost:1/x.git": "ssh://git@localhost:1/x.git",
    "ssh://git@host/x.git": "ssh://git@host/x.git",
    "git@host:o/x.git": "git@host:o/x.git",
    "https://host/x@v1.git": "https://host/x@v1.git",
}


@pytest.mark.parametrize(("written", "shown"), SECRETS.items())
def test_passwords_are_not_shown(written: str, shown: str) -> None:
    assert address.redacted(f"fatal: '{written}' is bad") == f"fatal: '{shown}' is bad"
    if "localhost" in written:
        with pytest.raises(AgentkitError) as caught, source.versions(written, ""):
            pass
        assert "s3" not in str(caught.value)
        assert "cret" not in str(caught.value)
        assert caught.value.where == shown


@pytest.mark.parametrize(
    "written",
    [
        "ext::sh -c touch% x",
        "fd::17/x",
        "-x",
        "--upload-pack=touch x",
        "",
        "https://h/x\ny",
        "a\0b",
    ],
)
def test_an_address_that_is_none(written: str, work: Path) -> None:
    with pytest.raises(AgentkitError, match="cannot be cloned"), source.versions(written, ""):
        pass
    assert not [*work.iterdir()]


def test_a_submodule_by_command_is_refused(
    repo: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write('[protocol "ext"]\n\tallow = always\n')
    head = git(repo, "rev-parse", "HEAD")
    module = f'[submodule "x"]\n\tpath = x\n\turl = ext::touch {tmp_path}/ran\n'
    write(repo, {".gitmodules": module})
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{head},x")
    git(repo, "add", ".gitmodules")
    git(repo, "commit", "--quiet", "--message", "x")
    with (
        pytest.raises(AgentkitError, match="git submodule failed"),
        source.versions(str(repo), "main"),
    ):
        pass
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("inside", ["", "t/"])
def test_submodules_of_each_version(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    part = write(tmp_path / "part", {"licence.txt": "old"})
    commit(part)
    allowed = ("-c", "protocol.file.allow=always")
    git(repo, *allowed, "submodule", "--quiet", "add", str(part), f"{inside}part")
    commit(repo, tag="v5.0.0")
    write(part, {"licence.txt": "new"})
    commit(part)
    git(repo / inside / "part", "pull", "--quiet")
    commit(repo, tag="v6.0.0")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    with source.versions(str(repo), "v5.0.0", "", "v1.0.0") as found:
        texts = [t.root / f"{inside}part/licence.txt" for t in found]
        assert [p.read_text() for p in texts[:2]] == ["old", "new"]
        assert not texts[2].exists()
        assert not [name for t in found for name in tree(t.root) if ".git" in name.split("/")]


def test_line_ends_are_those_of_the_repository(repo: Path, home: Path) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write("[core]\n\tautocrlf = true\n")
    with source.versions(str(repo), "v1.0.0") as (template,):
        assert b"\r" not in (template.root / "greeting.txt.jinja").read_bytes()
