"""`agentkit org`: write an org file, try it, follow it, and show what it decides."""

from dataclasses import dataclass, replace
from pathlib import Path

from agentkit import orgfile, orglint, orgown, orgpin, orgpolicy, orgsource, update
from agentkit.carry import Wish
from agentkit.errors import USAGE, AgentkitError
from agentkit.names import ANSWERS_FILE
from agentkit.orgfile import Org
from agentkit.rules.view import View
from agentkit.update import Agree, How, Outcome

START = """\
# The standards of {name}, for every repository that `agentkit new --org` makes or `agentkit org
# follow` names. docs/org.md of agentkit explains each key; `agentkit org lint` checks this file.
schema = 1
name = "{name}"

[answers.defaults]      # asked with these defaults
copyright_holder = "{name}"

[answers.locked]        # not asked, and put back by every update
license = "proprietary"

[answers.allowed]       # nothing else can be chosen
ci = ["github", "gitlab"]

# [[question]]          # asked beside those of the template; answers are in agentkit.toml
# name = "{prefix}cost_center"
# type = "str"          # str, int, float, bool or choice (with choices = ["a", "b"])
# help = "Who pays for it"
# default = "1000"      # without it, every project must answer
# pattern = "[0-9]{{4}}"

# [overlay]             # a folder beside this file: its files are in every project, and updated
# path = "overlay"      # NAME.jinja is rendered with all answers
# yours = ["docs/*"]    # written once, then the project's own

[checks]
fail_on = "medium"      # low, medium, high or critical
max_waiver_days = 90
not_waivable = ["AK-SEC001", "AK-SEC002"]

[checks.rules]          # a rule, or a family such as AK-K8S
"AK-DOC004" = {{status = "evaluated", options = {{required = true}}}}

[[rule]]                # a rule of your own, without Python
id = "{upper}-NET001"
title = "No service listens on every address of a machine"
why = "the firewall of the platform is not the only one that may fail"
fix = "AGENT_HOST=127.0.0.1"
severity = "medium"
paths = "[.]env[.]template"
lacks = "^AGENT_HOST=0[.]0[.]0[.]0"
"""


@dataclass(frozen=True)
class Linted:
    """What is wrong with an org file, and what it decides."""

    problems: tuple[str, ...]
    summary: str


def init(path: Path, name: str) -> Path:
    """Write an org file; raises AgentkitError where there is one."""
    path = path / orgfile.NAME if path.is_dir() else path
    if not name.isidentifier():
        raise AgentkitError(f"{name} is no name", fix="letters and digits: acme", code=USAGE)
    text = START.format(name=name, upper=name.upper(), prefix=orgown.prefix(name))
    orgfile.parse(text, str(path))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as e:
        raise AgentkitError("this file is there already", str(path), code=USAGE) from e
    except OSError as e:
        raise AgentkitError(f"this cannot be written: {e.strerror}", str(path)) from e
    return path


def lint(spec: str) -> Linted:
    """Check an org file against the built-in template; raises AgentkitError if it is no org file.

    The answers that it leads to, with nothing given, must be answers of the template.
    """
    org, pin = orgsource.fetch(spec)
    problems = tuple(orglint.problems(org, pin))
    told = org.answers
    counts = (
        f"{len(told.locked)} locked, {len(told.allowed)} limited, {len(told.defaults)} defaults",
        f"{len(org.standard.settings)} settings of rules, {len(org.declared)} rules of its own",
        f"{len(org.standard.waivers)} waivers",
        *([f"{len(org.questions)} questions"] if org.questions else []),
        *(["an overlay"] if org.overlay else []),
    )
    return Linted(problems, f"{org.name}: {', '.join(counts)}")


def follow(root: Path, spec: str, wish: Wish, how: How, agree: Agree) -> Outcome | str:
    """Let a project follow an org file, pinned to what it is now; raises AgentkitError.

    Where that has questions or an overlay, or the project had one, this is an update of the project
    at the version of the template that it has; else agentkit.toml is written, and no more.
    """
    if not (root / ANSWERS_FILE).is_file():
        fix = "agentkit adopt links it to a template; agentkit check --org needs none"
        raise AgentkitError("this is no project of a template", str(root), fix)
    org, pin = orgsource.fetch(spec)
    before = orgpin.recorded(root)
    if org.overlay or org.questions or wish.data or (before and before.overlay) or how != How():
        return update.run(root, replace(wish, same=True, follow=(org, pin)), how, agree)
    orgpin.follow(root, pin)
    at = pin.version or pin.commit or pin.sha256[:12]
    return f"{root / orgpin.SETTINGS} follows {org.name} at {at}: review and commit it"


def show(root: Path) -> str:
    """Which org file a project follows, and where each of its answers comes from."""
    found = orgsource.of(root)
    if found is None:
        return "this project follows no org file: agentkit org follow URL"
    org, pin = found
    at = pin.version or pin.commit or "a path"
    recorded = {**View(root).answers, **orgpin.answers(root)}
    lines = [f"{org.name}, {pin.source} at {at}", ""]
    for name, value in recorded.items():
        if not name.startswith("_"):
            lines.append(f"{name}: {_plain(value)}{_why(org, name, value)}")
    return "\n".join(lines)


def _why(org: Org, name: str, value: object) -> str:
    told = org.answers
    if name in told.locked:
        where = org.at(f"answers.locked.{name}")
        wrong = (
            "" if orgpolicy.same(value, told.locked[name]) else f" to {_plain(told.locked[name])}"
        )
        return f"  (locked{wrong} by {where})"
    if name in told.allowed:
        return f"  (one of {_plain(told.allowed[name])}, {org.at(f'answers.allowed.{name}')})"
    if name in told.defaults and orgpolicy.same(value, told.defaults[name]):
        return f"  (the default of {org.at(f'answers.defaults.{name}')})"
    return ""


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
