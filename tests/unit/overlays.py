"""An organisation with questions and files of its own, and a small template to put them on."""

from pathlib import Path

from tests.unit.support import commit, write

ORG = """\
schema = 1
name = "acme"

[overlay]
path = "overlay"
yours = ["ops/*"]

[answers.locked]
acme_region = "eu"

[answers.allowed]
acme_tier = ["gold", "silver"]

[[question]]
name = "acme_cost_center"
type = "int"
help = "Who pays"

[[question]]
name = "acme_tier"
type = "choice"
choices = ["gold", "silver", "bronze"]
default = "silver"

[[question]]
name = "acme_region"
pattern = "[a-z]{2}"
default = "us"

[[question]]
name = "acme_audited"
type = "bool"
default = false

[[question]]
name = "acme_budget"
type = "float"
default = 1
"""
CATALOG = """\
name: {{ project_name }}
cost: {{ acme_cost_center }}
tier: {{ acme_tier }} in {{ acme_region }}
{% if acme_audited %}
audited: yes
{% endif %}
a: 1
b: 2
c: 3
d: 4
"""
FILES = {
    "agentkit-org.toml": ORG,
    "overlay/catalog-info.yaml.jinja": CATALOG,
    "overlay/ops/NOTES.md": "{{ not rendered }}\n",
    "overlay/{{use.docker}}/registry.txt": "registry.acme.io\n",
    "overlay/{{use.cluster}}/cluster.txt": "eu-1\n",
    "overlay/{{ acme_tier }}.txt": "",
}
TEMPLATE = {
    "copier.yml": """\
project_name: {type: str}
cluster: {type: str, default: "no"}
use:
  type: yaml
  when: false
  default: "{docker: '.', cluster: '{{ '.' if cluster == 'yes' else '' }}'}"
catalog: {type: yaml, when: false, default: "{}"}
_subdirectory: template/project
_exclude: [_slots]
_skip_if_exists: [README.md, "*.yaml"]
""",
    "template/shared.yml": "[]\n",
    "template/project/Makefile": "test:\n\ttrue\n",
    "template/project/{{use.cluster}}/k8s/pod.yaml": "a: 1\n",
    "template/project/{{_copier_conf.answers_file}}.jinja": "{{ _copier_answers|to_nice_yaml -}}\n",
}


def organisation(folder: Path) -> Path:
    """The repository of its standards, at v1.0.0."""
    write(folder, FILES)
    (folder / "overlay/ops/NOTES.md").chmod(0o755)
    commit(folder, tag="v1.0.0")
    return folder


def template(checkout: Path) -> None:
    """Make a small checkout of agentkit the one whose template is built in."""
    (checkout / "template/project/{{where}}/über.txt").unlink()
    (checkout / "template/project/{{where}}").rmdir()
    (checkout / "template/project/scratch.txt").unlink()
    write(checkout, TEMPLATE)
