"""Which files a template of others writes only once. It runs where that template is rendered."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

LONG = 1000  # characters of what is no pattern any more


def yours(job: Mapping[str, Any]) -> dict[str, list[str]]:
    """The patterns of _skip_if_exists, rendered with the answers; and why others are `lost`."""
    found: dict[str, list[str]] = {"yours": [], "lost": []}
    patterns = job["settings"].get("_skip_if_exists") or ()
    if not patterns:
        return found
    environment, context = _prepared(job)
    for pattern in patterns:
        try:
            text = environment.from_string(pattern).render(context)
        except MemoryError:
            raise
        except Exception as e:  # whatever an expression of others can raise
            found["lost"].append(f"{_short(pattern)}: {_short(e)}")
            continue
        if len(text) < LONG:
            found["yours"].append(text)
        else:
            found["lost"].append(f"{_short(pattern)}: it has {len(text)} characters")
    return found


def _prepared(job: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What renders a pattern, and the answers; a computed one that does not render is an error."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    told = job["settings"].get("_envops") or {}
    envops = {name: value for name, value in told.items() if name != "undefined"}
    filters = "jinja2_ansible_filters.AnsibleCoreFiltersExtension"
    environment = SandboxedEnvironment(extensions=[filters], **envops)
    context = _answers(job)
    for name, question in job["settings"].items():
        default = question.get("default") if isinstance(question, dict) else question
        if not name.startswith("_") and name not in context:  # it is computed
            try:
                context[name] = environment.from_string(str(default)).render(context)
            except MemoryError:
                raise
            except Exception as e:
                context[name] = StrictUndefined(f"{name} does not render: {_short(e)}")
    return environment, context


def _short(said: object) -> str:
    text = " ".join(str(said).split())
    return text if len(text) <= 100 else f"{text[:99]}…"


def _answers(job: Mapping[str, Any]) -> dict[str, Any]:
    import yaml

    name = job["answers_file"] or job["settings"].get("_answers_file") or ".copier-answers.yml"
    with suppress(OSError, yaml.YAMLError, ValueError):  # a template need not write one
        recorded = yaml.safe_load((Path(job["dst"]) / str(name)).read_bytes())
        return {**job["answers"], **recorded} if isinstance(recorded, dict) else {}
    return dict(job["answers"])
