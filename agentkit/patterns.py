"""Which files a template of others writes only once. It runs where that template is rendered."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

LONG = 1000  # characters of what is no pattern any more


def yours(job: Mapping[str, Any]) -> Iterator[str]:
    """The patterns of _skip_if_exists, rendered with the answers."""
    patterns = job["settings"].get("_skip_if_exists") or ()
    if not patterns:
        return
    from jinja2.sandbox import SandboxedEnvironment

    told = job["settings"].get("_envops") or {}
    envops = {name: value for name, value in told.items() if name != "undefined"}
    filters = "jinja2_ansible_filters.AnsibleCoreFiltersExtension"
    environment = SandboxedEnvironment(extensions=[filters], **envops)
    context = _answers(job)
    for name, question in job["settings"].items():
        default = question.get("default") if isinstance(question, dict) else question
        if not name.startswith("_") and name not in context:  # it is computed
            with suppress(Exception):
                context[name] = environment.from_string(str(default)).render(context)
    for pattern in patterns:
        with suppress(Exception):  # what does not render names no file
            if len(text := environment.from_string(pattern).render(context)) < LONG:
                yield text


def _answers(job: Mapping[str, Any]) -> dict[str, Any]:
    import yaml

    name = job["answers_file"] or job["settings"].get("_answers_file") or ".copier-answers.yml"
    with suppress(OSError, yaml.YAMLError, ValueError):
        recorded = yaml.safe_load((Path(job["dst"]) / str(name)).read_bytes())
        return {**job["answers"], **recorded} if isinstance(recorded, dict) else {}
    return dict(job["answers"])
