"""Another pattern for a project that is older than the template."""

from pathlib import Path

import pytest

from agentkit import source
from tests.template import projects
from tests.unit.support import commit
from tests.update.released import Run, done, fresh, made, written_by

RELEASED = list(source.index())
WORKFLOW = "tests/integration/test_workflow.py"


@pytest.mark.parametrize("version", RELEASED)
def test_it_replaces_what_an_older_template_wrote(
    agentkit: Run, work: Path, tmp_path: Path, version: str
) -> None:
    project = made(agentkit, version)
    done(agentkit, "update", "my-agent", "--commit", "--defaults")
    for pattern in ("committee", "router"):
        done(agentkit, "set", "pattern", pattern, "my-agent", "--commit", "--defaults")
        wanted = projects.digest(fresh(tmp_path / pattern, project, "dev"))
        found = projects.digest(project)
        for path in written_by(pattern):
            assert found[path] == wanted[path], path


@pytest.mark.parametrize(
    ("version", "path", "line"),
    [
        ("0.1.0", WORKFLOW, "import pytest\n"),  # whose file is not today's
        ("0.2.0", WORKFLOW, "import pytest\n"),
        (RELEASED[0], "config/agents.yaml", "    instructions: |\n"),
    ],
)
def test_what_the_user_wrote_there_is_a_conflict(
    agentkit: Run, work: Path, version: str, path: str, line: str
) -> None:
    project = made(agentkit, version)
    text = (project / path).read_text()
    assert line in text
    (project / path).write_text(text.replace(line, f"{line}      # mine\n", 1))
    commit(project)
    done(agentkit, "update", "my-agent", "--commit", "--defaults")
    ran = agentkit("set", "pattern", "committee", "my-agent", "--defaults")
    assert ran.code == 3, ran.out + ran.err
    assert "1 file is in conflict" in ran.out
    assert "\n      # mine\n" in (project / path).read_text()


def test_an_older_render_that_was_configured_since(agentkit: Run, work: Path) -> None:
    """The history of the answers file is longer than one update."""
    made(agentkit, RELEASED[0])
    for words in (
        ("update", "my-agent", "--to", RELEASED[1]),
        ("add", "target", "systemd", "my-agent"),
        ("update", "my-agent"),
        ("set", "license", "Apache-2.0", "my-agent"),
        ("set", "pattern", "pipeline", "my-agent"),
    ):
        done(agentkit, *words, "--commit", "--defaults")


def test_without_the_history_it_is_a_conflict(agentkit: Run, work: Path) -> None:
    """What a shallow clone does not know is asked of the user."""
    from shutil import rmtree

    project = made(agentkit, RELEASED[0])
    done(agentkit, "update", "my-agent", "--commit", "--defaults")
    rmtree(project / ".git")
    commit(project)
    ran = agentkit("set", "pattern", "committee", "my-agent", "--defaults")
    assert (ran.code, WORKFLOW in ran.out) == (3, True), ran.out + ran.err
