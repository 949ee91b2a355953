"""config/agents/NAME.yaml: one agent in a file of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.engine import Engine
from agent.errors import ManifestError
from agent.json_schemas import render_all
from agent.manifests import hashes, load
from agent.run import Run

POET = """\
# yaml-language-server: $schema=../schemas/agent.schema.json
version: "1.0.0"
description: Writes verses.
instructions: Rhyme.
tools: [calculator]
"""
WORKFLOW = """\
version: "1.0.0"
name: verse
nodes:
  - {id: write, kind: agent, agent: poet}
"""


@pytest.fixture
def poet(config: Path) -> Path:
    (config / "agents").mkdir()
    (config / "agents/poet.yaml").write_text(POET)
    return config / "agents/poet.yaml"


def problems(config: Path, environment: str = "development") -> str:
    with pytest.raises(ManifestError) as caught:
        load(config, environment)
    return str(caught.value).replace(f"{config.as_posix()}/", "")


@pytest.mark.anyio
async def test_an_agent_of_a_file_runs(config: Path, poet: Path):
    (config / "workflow.yaml").write_text(WORKFLOW)
    (config / "offline.yaml").write_text('version: "1.0.0"\nreplies: {poet: [{text: a verse}]}\n')
    (config / "agents.yaml").unlink()  # one file in agents/ is enough
    engine = Engine.from_config_dir(config)
    assert (await engine.execute(Run(input="hi"))).output == "a verse"
    assert engine.manifests.agents.agents["poet"].description == "Writes verses."


def test_its_hash_counts(config: Path, poet: Path):
    before = load(config).hashes
    poet.write_text(POET.replace("Rhyme", "Rhyme well"))
    changed = {name for name, sha in hashes(config).items() if sha != before[name]}
    assert changed == {"agents/poet.yaml"}


def test_both_ways_go_together_and_an_overlay_reaches_in(config: Path, poet: Path):
    overlay = "agents:\n  agents:\n    poet: {retries: 3}\n"
    (config / "environments/staging.yaml").write_text(overlay)
    agents = load(config, "staging").agents.agents
    assert {"assistant", "poet"} <= set(agents) and agents["poet"].retries == 3


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (("calculator", "calc"), 'agents/poet.yaml:5: tools[0]: unknown tool "calc"'),
        (("tools", "tool"), "agents/poet.yaml:5: tool: Extra inputs are not permitted"),
        (('"1.0.0"', "1"), "agents/poet.yaml:2: version: Input should be a valid string"),
        (("version", "model"), "agents/poet.yaml:2: version: Field required"),
        (("Rhyme.", "[a: b"), "agents/poet.yaml:5: yaml: "),
        ((POET, ""), "agents/poet.yaml:1: (file): Input should be a valid dictionary"),
    ],
)
def test_a_mistake_is_reported_in_its_file(config, poet, wrong: tuple[str, str], expected: str):
    poet.write_text(POET.replace(*wrong))
    assert expected in problems(config)


def test_a_mistake_in_the_overlay_is_reported_there(config: Path, poet: Path):
    overlay = "agents:\n  agents:\n    poet:\n      model: nobody\n"
    (config / "environments/staging.yaml").write_text(overlay)
    expected = 'environments/staging.yaml:4: agents.agents.poet.model: unknown model "nobody"'
    assert problems(config, "staging").startswith(expected)


def test_two_agents_of_one_name_are_an_error_that_names_both_files(config: Path, poet: Path):
    poet.rename(poet.with_name("assistant.yaml"))
    line = (config / "agents.yaml").read_text().split("assistant:")[0].count("\n") + 1
    expected = f"agents/assistant.yaml:2: (file): agents.yaml:{line} has an agent assistant too"
    assert problems(config) == expected


def test_the_name_of_the_file_must_do_as_a_name(config: Path, poet: Path):
    poet.rename(poet.with_name("My-Poet.yaml"))
    assert problems(config).startswith("agents/My-Poet.yaml:2: (file): an agent is named as its")


def test_no_agent_at_all_is_an_error(config: Path):
    (config / "agents.yaml").unlink()
    assert "agents.yaml:1: (file): this manifest is required" in problems(config)


def test_the_command_names_the_line(config: Path, poet: Path):
    poet.write_text(POET.replace("calculator", "calc"))
    command = [sys.executable, "-m", "agent", "validate"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "agents/poet.yaml:5: tools[0]: unknown tool" in done.stderr


def test_editors_know_the_keys():
    schema = json.loads(render_all()["agent.schema.json"])
    assert schema["required"] == ["version"]
    assert {"instructions", "model", "tools"} < set(schema["properties"])
