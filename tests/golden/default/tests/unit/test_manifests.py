from pathlib import Path

import pytest

from agent.errors import ManifestError
from agent.json_schemas import render_all
from agent.manifests import load
from conftest import PROJECT

ENVIRONMENTS = [p.stem for p in (PROJECT / "config/environments").glob("*.yaml")]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_manifests_are_valid(environment: str):
    manifests = load(PROJECT / "config", environment)
    assert manifests.environment == environment
    assert {"workflow.yaml", f"environments/{environment}.yaml"} < set(manifests.hashes)
    assert all(len(sha) == 64 for sha in manifests.hashes.values())


def test_the_schemas_for_editors_are_up_to_date():
    for name, text in render_all().items():
        assert (PROJECT / "config/schemas" / name).read_text() == text, "run `agent schemas`"


WORKFLOW = """\
version: "1.0.0"
name: small
nodes:
  - id: plan
    kind: agent
    agent: {agent}
  - {{id: done, kind: merge, template: "{template}"}}
edges:
  - {{from: plan, to: done{edge}}}
"""
AGENTS = 'version: "1.0.0"\nagents:\n  planner:\n    {key}: Plan.\n    tools: [{tool}]\n'


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"agent": "plannr"}, 'workflow.yaml:6: nodes[0].agent: unknown agent "plannr", did you'),
        ({"template": "{{ plam }}"}, 'workflow.yaml:7: nodes[1].template: unknown name "plam", d'),
        ({"template": "{{ plan"}, "workflow.yaml:7: nodes[1].template: template: unexpected end"),
        ({"edge": ", when: no"}, 'workflow.yaml:9: edges[0].when: "plan" makes no decision'),
        ({"edge": "}\n  - {from: done, to: plan"}, "workflow.yaml:8: edges: cycle: "),
        ({"key": "instruction"}, "agents.yaml:4: agents.planner.instruction: Extra inputs are n"),
        ({"tool": "calc"}, 'agents.yaml:5: agents.planner.tools[0]: unknown tool "calc"'),
        ({"key": "tools"}, "agents.yaml:5: agents.planner.tools: duplicate key, first on line 4"),
        ({"key": "a: b"}, "agents.yaml:4: yaml: mapping values are not allowed here"),
    ],
)
def test_a_mistake_is_reported_where_it_is(tmp_path: Path, wrong: dict[str, str], expected: str):
    given = {"agent": "planner", "template": "{{ plan }}", "edge": "", "key": "instructions"}
    given = given | {"tool": ""} | wrong
    (tmp_path / "workflow.yaml").write_text(WORKFLOW.format(**given))
    (tmp_path / "agents.yaml").write_text(AGENTS.format(**given))
    (tmp_path / "models.yaml").write_text('version: "1.0.0"\n')
    with pytest.raises(ManifestError) as caught:
        load(tmp_path)
    assert f"{tmp_path.as_posix()}/{expected}" in str(caught.value)


@pytest.mark.parametrize(
    ("overlay", "expected"),
    [
        ("polices: {}", ':1: polices: unknown manifest "polices", did you mean "policies"?'),
        ("policies:\n  rate_limits: 1/day", ":2: policies.rate_limits: Extra inputs are not perm"),
        ("policies:\n  budget:\n    cost_usd: -1", ":3: policies.budget.cost_usd: Input should be"),
        ("policies: none", ":1: policies: Input should be a valid dictionary"),
        ("models:\n  default: nobody", ':2: models.default: unknown model "nobody"'),
    ],
)
def test_a_mistake_in_an_overlay_is_reported_there(config: Path, overlay: str, expected: str):
    (config / "environments/staging.yaml").write_text(overlay)
    with pytest.raises(ManifestError) as caught:
        load(config, "staging")
    assert f"{config.as_posix()}/environments/staging.yaml{expected}" in str(caught.value)


def test_an_environment_without_an_overlay_is_a_typo():
    with pytest.raises(ManifestError, match='"prodution", known: development, production'):
        load(PROJECT / "config", "prodution")
