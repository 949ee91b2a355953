"""`agentkit config`: what is set, where, and what that overrides. Reads only."""

import json
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from agentkit import answers, config, orgpin, orgsource, rules, source
from agentkit.errors import USAGE, AgentkitError, did_you_mean
from agentkit.names import ANSWERS_FILE
from agentkit.orgfile import Org
from agentkit.rules.view import View
from agentkit.standard import Standard

SETTINGS = ("org", "trust", "cache_dir", "template", "channel", "fail_on", "max_waiver_days")


@dataclass(frozen=True)
class Layer:
    """A value, and who says it."""

    value: str
    where: str


class Configured:
    """Every key of one folder: settings, the answers of a project, and rules by their ids."""

    def __init__(self, root: Path):
        self.root = root
        self.view = View(root)

    @cached_property
    def org(self) -> Org | None:
        """The org file that the project follows, else the one of whoever runs this."""
        found = orgsource.of(self.root) or (
            orgsource.fetch(name) if (name := orgsource.named()) else None
        )
        return found[0] if found else None

    @cached_property
    def questions(self) -> dict[str, Any]:
        """The questions of the template, with the defaults of those that the built-in one has."""
        recorded = {n: v for n, v in self.view.answers.items() if not n.startswith("_")}
        if self.view.answers.get("_src_path", source.BUILTIN) != source.BUILTIN:
            return dict.fromkeys(recorded)
        form = answers.load(source.builtin().root)
        filled = answers.fill(form, {"project_name": recorded.get("project_name", "my-agent")})
        return {n: filled[n] for n in answers.recorded(form) if n != "project_name"}

    @cached_property
    def own(self) -> dict[str, Any]:
        """The questions of the organisation, with their defaults."""
        return {q.name: q.default for q in (self.org.questions if self.org else ())}

    @property
    def keys(self) -> list[str]:
        """What can be explained, but for rules."""
        return [*SETTINGS, *self.questions, *self.own]

    def layers(self, key: str) -> list[Layer]:
        """From strong to weak who says something of a key; raises AgentkitError for others."""
        if key in SETTINGS:
            told = getattr(self, f"_{key}")()
        elif key in self.questions or key in self.own:
            told = self._answer(key)
        elif key in (known := rules.load()):
            told = self._rule(known[key])
        else:
            fix = f"{did_you_mean(key, [*self.keys, *known])}agentkit config lists them"
            raise AgentkitError(f"there is no setting {key}", fix=fix, code=USAGE)
        return [Layer(_plain(value), where) for value, where in told]

    def _org(self) -> Iterator[tuple[Any, str]]:
        if pin := orgpin.recorded(self.root):
            yield f"{pin.source}@{pin.version or pin.commit}".rstrip("@"), orgpin.SETTINGS
        yield from self._variable(orgsource.VARIABLE)
        yield from self._user("org")
        yield "", "the default"

    def _trust(self) -> Iterator[tuple[Any, str]]:
        yield from self._user("trust")
        yield "", "the default"

    def _cache_dir(self) -> Iterator[tuple[Any, str]]:
        yield from self._variable("AGENTKIT_CACHE_DIR")
        yield config.usual_cache_dir(), "the default"

    def _template(self) -> Iterator[tuple[Any, str]]:
        if recorded := self.view.answers.get("_src_path"):
            yield recorded, ANSWERS_FILE
        yield from self._of_org("template.url", lambda org: org.template.get("url"))
        yield source.BUILTIN, "the default"

    def _channel(self) -> Iterator[tuple[Any, str]]:
        yield from self._of_org("template.channel", lambda org: org.template.get("channel"))
        yield "every release", "the default"

    def _fail_on(self) -> Iterator[tuple[Any, str]]:
        yield from self._of_org("checks.fail_on", lambda org: org.standard.fail_on)
        yield Standard().fail_on, "the default"

    def _max_waiver_days(self) -> Iterator[tuple[Any, str]]:
        yield from self._of_org("checks.max_waiver_days", lambda org: org.standard.most_days)
        yield Standard().most_days, "the default"

    def _answer(self, key: str) -> Iterator[tuple[Any, str]]:
        yield from self._of_org(f"answers.locked.{key}", lambda org: org.answers.locked.get(key))
        for file, recorded in (
            (ANSWERS_FILE, self.view.answers),
            (orgpin.SETTINGS, orgpin.answers(self.root) if key in self.own else {}),
        ):
            if key in recorded:
                yield recorded[key], file
        yield from self._of_org(
            f"answers.defaults.{key}", lambda org: org.answers.defaults.get(key)
        )
        yield from self._of_org(f"question.{key}", lambda org: self.own[key])
        if self.questions.get(key) is not None:
            yield self.questions[key], "the template"

    def _rule(self, rule: rules.Rule) -> Iterator[tuple[Any, str]]:
        for name in (rule.id, f"AK-{rule.family}"):
            yield from self._of_org(f"checks.rules.{name}", partial(_status, name=name))
        yield Standard().status(rule, self.view.today), f"the default of {rule.confidence} rules"

    def _of_org(self, key: str, get: Callable[[Org], Any]) -> Iterator[tuple[Any, str]]:
        if self.org and key in self.org.lines and (value := get(self.org)) is not None:
            yield value, self.org.at(key)

    def _variable(self, name: str) -> Iterator[tuple[Any, str]]:
        if value := os.environ.get(name):
            yield value, f"the variable {name}"

    def _user(self, key: str) -> Iterator[tuple[Any, str]]:
        path = config.config_file()
        try:
            told = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as e:
            raise AgentkitError(f"this cannot be read: {e}", str(path), code=USAGE) from e
        if key in told:
            yield told[key], str(path)


def _status(org: Org, name: str) -> str | None:
    told = org.standard.settings[name]
    if told.enforce_from and told.status != "off":
        return f"evaluated, and enforced from {told.enforce_from}"
    return told.status


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def as_text(told: Mapping[str, Sequence[Layer]], *, whole: bool) -> str:
    """Each key with its value; the `whole` story has a line for each value that does not count."""
    lines = []
    for key, (first, *others) in told.items():
        lines.append(f"{key}: {first.value or '-'}  ({first.where})")
        if whole:
            lines += [f"  instead of {o.value or '-'}  ({o.where})" for o in others]
    return "\n".join(lines)


def as_json(told: Mapping[str, Sequence[Layer]]) -> str:
    """The same as a list."""
    found = [
        {"key": key, **vars(first), "overrides": [vars(other) for other in others]}
        for key, (first, *others) in told.items()
    ]
    return json.dumps(found, indent=2)
