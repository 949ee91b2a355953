"""template/migrations.yml, on what the versions before it made: every line of it does something."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agentkit import answers, migrations, render, source
from tests.template import projects

DECLARED = migrations.load(projects.ROOT)
NEW = answers.load(projects.ROOT)
GIVEN = {"project_name": "my-agent", "providers": ["anthropic"], "license": "MIT"}


def test_the_released_versions_have_had_theirs() -> None:
    assert [m.version for m in DECLARED] == ["0.2.0"]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A project of 0.1.0."""
    template = source.builtin("0.1.0")
    filled = answers.fill(answers.load(template.root), GIVEN | {"author": "Ada"})
    (tmp_path / "old").mkdir()
    render.render(template, filled, tmp_path / "old")
    return tmp_path / "old"


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Path:
    """What the answers of the old project ask for now."""
    return projects.make(tmp_path / "new", _answers(old))


def _answers(old: Path) -> dict[str, Any]:
    recorded = yaml.safe_load((old / ".copier-answers.yml").read_text())
    kept = {name: value for name, value in recorded.items() if not name.startswith("_")}
    migrated, notes = migrations.migrate_answers(DECLARED, kept)
    assert notes == ("author is now copyright_holder",)
    return migrated


def test_the_answers_of_an_old_project_fit(old: Path, new: Path) -> None:
    assert answers.fill(NEW, _answers(old))["copyright_holder"] == "Ada"
    assert "Copyright (c) Ada\n" in (new / "LICENSE").read_text()
    assert 'authors = [{name = "Ada"}]' in (new / "pyproject.toml").read_text()


def test_every_move_leads_from_an_old_file_to_a_new_one(old: Path, new: Path) -> None:
    for migration in DECLARED:
        for was, now in migration.move.items():
            assert (old / was).exists() and not (old / now).exists(), was
            assert (new / now).exists() and not (new / was).exists(), now


def test_code_of_the_user_imports_what_is_there(new: Path) -> None:
    code = b"from agent.offline import OfflineModel\n"
    moved = migrations.rewritten(DECLARED, "src/agent/tools/mine.py", code)
    assert moved == b"from agent.providers.offline import OfflineModel\n"
    for module in (name for m in DECLARED for name in m.imports.values()):
        path = new / "src" / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__init__.py").exists(), module


def test_manifests_have_the_keys_that_the_new_engine_knows(old: Path, new: Path) -> None:
    name = "config/memory.yaml"
    edited = (old / name).read_bytes().replace(b"data/agent.db", b"mine.db")
    migrated = yaml.safe_load(migrations.rewritten(DECLARED, name, edited))
    assert migrated["store_url"] == "sqlite:///mine.db"
    fresh = set(yaml.safe_load((new / name).read_bytes()))
    assert fresh - set(migrated) == {"cache_ttl_s", "ledger_days"}  # which have defaults
    assert set(migrated) <= fresh
    overlay = b"policies: {}\nmemory:\n  url: sqlite:///other.db  # mine\n"
    changed = migrations.rewritten(DECLARED, "config/environments/staging.yaml", overlay)
    assert changed == overlay.replace(b" url:", b" store_url:")
