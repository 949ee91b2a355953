"""What a generated tree may hold: names that every system takes, and files that parse."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.checks import paths, tree
from tests.unit.support import write

NAMES = {
    ".git": "git's own folder",
    ".Git": "git's own folder",
    ".git ": "git's own folder",
    ".git...": "git's own folder",
    ".git::$INDEX_ALLOCATION": "git's own folder",
    "git~1": "git's own folder",
    "GIT~12": "git's own folder",
    ".g\u200dit": "git's own folder",
    "\ufeff.git": "git's own folder",
    ".\u202egit": "git's own folder",
    "a:b": "Windows refuses",
    "a?": "Windows refuses",
    'a"': "Windows refuses",
    "a|b": "Windows refuses",
    "a*": "Windows refuses",
    "<a>": "Windows refuses",
    "a\\b": "Windows refuses",
    "a\tb": "Windows refuses",
    "a\x7f": "Windows refuses",
    "a.": "Windows drops",
    "a ": "Windows drops",
    "...": "Windows drops",
    "con": "device",
    "Aux.py": "device",
    "nul.tar.gz": "device",
    "COM1": "device",
    "lpt9.txt": "device",
    "com²": "device",
    "CONIN$": "device",
    "x" * 201: "longer than 200 characters",
    "é" * 128: "longer than 255 bytes",
}
FINE = [
    *(".gitignore", ".github", ".gitattributes", "git", "agit", ".git-blame-ignore-revs", "git~a"),
    *(
        "con1",
        "console.py",
        "auxiliary",
        "com10",
        "lpt",
        "nul_",
        "a.con",
        "コン",
        "é",
        "a b",
        "[x]",
    ),
    *("{{x}}", "a'b", "$a", "%a%", "a;b", "#a", "-a", "~", ".env.template", "x" * 200),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("place", ["{}", "{}/below.txt", "above/{}"])
def test_a_name_that_some_system_refuses(tmp_path: Path, name: str, place: str) -> None:
    path = place.format(name)
    found = [str(f) for f in paths.findings(tmp_path, [path])]
    assert any(NAMES[name] in f and f.startswith(f"{path}: ") for f in found), found


@pytest.mark.parametrize("name", FINE, ids=ascii)
def test_a_name_that_every_system_takes(tmp_path: Path, name: str) -> None:
    assert not list(paths.findings(tmp_path, [name, f"{name}.d/x"[-200:]]))


SAME = {
    "case": ["README", "readme"],
    "sharp-s": ["straße", "strasse"],
    "composed": ["caf\u00e9", "cafe\u0301"],
    "folder-case": ["Docs/a", "docs/b"],
    "deep-folder": ["a/B/c/d", "a/b/x/y"],
    "file-and-folder": ["a/Lib", "a/lib/x"],
}


@pytest.mark.parametrize("names", SAME.values(), ids=SAME)
@pytest.mark.parametrize("order", [1, -1], ids=["as-is", "reversed"])
def test_two_names_that_are_one_elsewhere(tmp_path: Path, names: list[str], order: int) -> None:
    (found,) = paths.findings(tmp_path, names[::order])
    assert "on macOS and Windows" in found.message


def test_one_name_twice_is_one_file(tmp_path: Path) -> None:
    assert not list(paths.findings(tmp_path, ["a/b", "a/b", "a/c"]))


@given(st.text(min_size=1).filter(lambda t: "/" not in t and t not in (".", "..")))
def test_what_passes_can_be_written_in_ascii_or_not(name: str) -> None:
    if not list(paths.findings(Path(), [name])):
        assert len(name.encode("utf-8", "surrogatepass")) <= 255
        assert not set(name) & set('<>:"|?*\\\0\n')


TEXTS = {
    "a.yml": ("a: 1\n---\nb: [1, 2]\n", "a: [1\n"),
    "a.yaml": ("{{ .Values.x }}: 1\n", "\tb: 1\n"),
    "tag.yaml": ("a: !Ref b\n", "a: *nowhere: b: c\n"),
    "a.toml": ("[a]\nb = 1\n", "[a\n"),
    "a.json": ('{"a": [1]}', "{'a': 1}"),
    "a.py": ("print('ok')\n", "print 'old'\n"),
    "odd.py": ("x = '\\d'\n", "\tx\n  y"),
    "indent/a.py": ("if 1:\n    pass\n", "if 1:\npass\n"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_parses_or_is_named(tmp_path: Path, name: str) -> None:
    good, bad = TEXTS[name]
    write(tmp_path, {name: good})
    assert not tree.findings(tmp_path, tree.files(tmp_path))
    write(tmp_path, {name: bad})
    (found,) = tree.findings(tmp_path, tree.files(tmp_path))
    assert (found.path, found.message.split(":")[0]) == (name, "does not parse")
    assert "\n" not in str(found)


IGNORED = {
    "plain": ({".gitignore": "*.log\n", "a.log": ""}, ["a.log"]),
    "anchored": ({".gitignore": "/a\n", "a": "", "b/a": ""}, ["a"]),
    "folder": (
        {".gitignore": "build/\n", "build/x": "", "b/build/y": ""},
        ["b/build/y", "build/x"],
    ),
    "negated": ({".gitignore": "*.env\n!good.env\n", "good.env": "", "bad.env": ""}, ["bad.env"]),
    "nested": ({"a/.gitignore": "x\n", "a/x": "", "x": "", "ab/x": ""}, ["a/x"]),
    "comment": ({".gitignore": "# a.txt\n\n", "a.txt": ""}, []),
    "example": ({".gitignore": ".env\n", ".env.template": ""}, []),
    "not-a-gitignore": ({"x.gitignore": "*\n", "a": ""}, []),
}


@pytest.mark.parametrize(("files", "wanted"), IGNORED.values(), ids=IGNORED)
def test_what_git_would_ignore_is_named(
    tmp_path: Path, files: dict[str, str], wanted: list[str]
) -> None:
    write(tmp_path, files)
    found = tree.findings(tmp_path, tree.files(tmp_path))
    assert sorted(f.path for f in found) == wanted


def test_odd_gitignore_files_do_no_harm(tmp_path: Path) -> None:
    write(tmp_path, {"a/x": "", "b/.gitignore/y": ""})
    (tmp_path / ".gitignore").write_bytes(b"caf\xe9\n\\\n!\n[\n***/\n")
    (tmp_path / "a/.gitignore").symlink_to("nowhere")
    assert {f.path for f in tree.findings(tmp_path, tree.files(tmp_path))} == {".gitignore"}


def test_links(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"a.txt": "", "d/b.txt": ""})
    write(tmp_path, {"outside": ""})
    links = {
        "self": "self",
        "in": "a.txt",
        "d/up": "../a.txt",
        "folder": "d",
        "dangling": "later.txt",
    }
    bad = {"out": "../outside", "abs": "/etc", "d/out": "../../outside", "bad.py": "../x.py"}
    for name, target in (links | bad).items():
        (root / name).symlink_to(target)
    found = tree.findings(root, tree.files(root))
    assert {f.path for f in found} == set(bad)
    assert {f.message for f in found} == {"a link that leads out of the project"}


def test_every_file_is_listed_once_and_sorted(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"b": "", "a/c": "", ".git/config": "", ".github/x": ""})
    (root / "link").symlink_to("a")
    assert tree.files(root) == [".git/config", ".github/x", "a/c", "b", "link"]
    assert tree.files(root, own_git=True) == [".github/x", "a/c", "b", "link"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tsconfig.json", "{ // why\n}"),
        (".vscode/settings.json", "{ // why\n}"),
        ("chart/templates/deployment.yaml", "{{- if .Values.x }}\na: b\n{{- end }}"),
    ],
)
def test_a_file_that_is_loose_by_convention_passes(tmp_path: Path, path: str, text: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "chart").mkdir(exist_ok=True)
    (tmp_path / "chart/Chart.yaml").write_text("name: x\n")
    (tmp_path / path).write_text(text)
    assert tree.findings(tmp_path, [path]) == []
