"""Which templates may run code: by --trust for once, by the user's own file for good."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import config
from tests.unit import templates
from tests.unit.support import Ran, commit, git, ordinary_user, spawn, write

Run = Callable[..., Ran]
TASK = {"copier.yml": "who: {type: str, default: you}\n_tasks: [touch ran]\n"}


@pytest.fixture
def settings(home: Path) -> Path:
    """The user's file, in which nothing is trusted yet."""
    folder = home / ".config/agentkit"
    folder.mkdir(parents=True, mode=0o755)
    path = folder / "config.toml"
    path.write_text("# mine\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    root = templates.folder(tmp_path / "theirs/template", **TASK)
    commit(root, tag="v1.0.0")
    return root


def generate(run: Run, address: object) -> Ran:
    ran = run("new", "it", "--template", str(address), "--defaults")
    assert ran.code in (0, 2), ran
    assert (ran.code == 0) == Path("it/ran").exists()
    return ran


def test_the_exact_address_is_trusted(agentkit: Run, settings: Path, theirs: Path) -> None:
    said = generate(agentkit, theirs).err
    line = f'trust = ["{theirs}"]'
    assert f"to trust it for good, write {line} in {settings}; for once, " in said
    settings.write_text(line + "\n")
    assert generate(agentkit, theirs).code == 0


@pytest.mark.parametrize("address", ["bare", "relative", "home"])
def test_however_it_is_written(
    agentkit: Run, settings: Path, theirs: Path, home: Path, tmp_path: Path, address: str
) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(theirs), "bare.git")
    (home / "t").symlink_to(theirs)
    url = (tmp_path / "bare.git").as_uri()
    written = {"bare": url, "relative": "../theirs/template", "home": "~/t"}[address]
    trusted = url if address == "bare" else str(theirs)
    settings.write_text(f'trust = ["{trusted}"]\n')
    assert generate(agentkit, written).code == 0


NEAR = {
    "prefix": "{folder}/",
    "parent": "{folder}",
    "slash": "{exact}/",
    "pattern": "{folder}/*",
    "pattern-of-all": "*",
    "longer": "{exact}x",
    "shorter": "{shorter}",
    "other-case": "{upper}",
    "relative": "../theirs/template",
    "empty": "",
}


@pytest.mark.parametrize("near", NEAR.values(), ids=NEAR)
def test_what_is_only_like_it_is_not(
    agentkit: Run, settings: Path, theirs: Path, near: str
) -> None:
    exact, folder = str(theirs), str(theirs.parent)
    entry = near.format(exact=exact, folder=folder, shorter=exact[:-1], upper=exact.upper())
    settings.write_text(f'trust = ["{entry}"]\n')
    assert generate(agentkit, theirs).code == 2
    assert generate(agentkit, "../theirs/template").code == 2


@pytest.mark.parametrize("broken", ["trust = [", "trust = 'x'", "trust = [1]", "[trust]", "\xff"])
def test_a_broken_file(agentkit: Run, settings: Path, theirs: Path, broken: str) -> None:
    settings.write_bytes(broken.encode("latin-1"))
    ran = agentkit("new", "it", "--template", str(theirs), "--defaults")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error: {settings}: ")
    assert not Path("it").exists()
    plain = templates.folder(theirs.parent / "plain")
    ran = agentkit("new", "it", "--template", str(plain), "--defaults")
    read = broken not in ("trust = [", "\xff")  # else they may name an org file that would lock
    assert (ran.code == 0) == read == Path("it").exists()


@pytest.mark.parametrize("who", ["group", "all", "folder"])
def test_a_file_that_others_can_write(
    agentkit: Run, settings: Path, theirs: Path, who: str
) -> None:
    settings.write_text(f'trust = ["{theirs}"]\n')
    changed, mode = {"group": (settings, 0o620), "all": (settings, 0o602)}.get(
        who, (settings.parent, 0o777)
    )
    changed.chmod(mode)
    ran = agentkit("new", "it", "--template", str(theirs), "--defaults")
    assert (ran.code, ran.out) == (1, "")
    assert f"{settings}: others can write this file" in ran.err
    assert not Path("it").exists()


def test_a_file_that_cannot_be_read(settings: Path, theirs: Path) -> None:
    settings.chmod(0)
    ran = spawn("new", "it", "--template", str(theirs), "--defaults", before=ordinary_user())
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error: {settings}: this cannot be read: ")


PLACES = {"agentkit": "AGENTKIT_CONFIG", "xdg": "XDG_CONFIG_HOME"}


@pytest.mark.parametrize("variable", PLACES.values(), ids=PLACES)
def test_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Path, variable: str
) -> None:
    settings.write_text("trust = ['of home']\n")
    path = write(tmp_path / "agentkit", {"config.toml": "trust = ['of variable', 'b']\n"})
    path = path / "config.toml"
    path.chmod(0o644)
    assert config.trusted() == {"of home"}
    monkeypatch.setenv(variable, str(path if variable == "AGENTKIT_CONFIG" else tmp_path))
    assert config.trusted() == {"of variable", "b"}
    path.unlink()
    assert config.trusted() == frozenset()
