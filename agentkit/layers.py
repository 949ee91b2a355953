"""The overlay of a project, on both sides of an update: as it was written, and as it shall be."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agentkit import carry, git, orgasked, orgpin, orgpolicy, orgsource, origin, overlay
from agentkit.carry import Wish
from agentkit.errors import AgentkitError
from agentkit.orgfile import Org
from agentkit.orgpin import SETTINGS, Pin
from agentkit.overlay import Layer
from agentkit.project import Project

Following = tuple[Org, Pin] | None
AGAIN = "git log -p agentkit.toml has what it was"


@dataclass(frozen=True)
class Laid:
    """An overlay as it lies on a render."""

    layer: Layer | None = None
    owned: Mapping[str, bool] = field(default_factory=dict)  # its files: are they the user's?

    @property
    def parts(self) -> dict[str, str]:
        """What wrote each of its files."""
        return dict.fromkeys(self.owned, self.layer.part) if self.layer else {}

    @property
    def answers(self) -> Mapping[str, Any]:
        """The answers that it was rendered with."""
        return self.layer.answers if self.layer else {}


@dataclass(frozen=True)
class Coming:
    """What a project will follow, and be told of it."""

    org: Org | None
    pin: Pin | None
    layer: Layer | None
    answers: Mapping[str, Any]
    told: tuple[str, ...]


def lay(layer: Layer | None, answers: Mapping[str, Any], folder: Path) -> Laid:
    """Render an overlay into a folder with the template's files; raises AgentkitError."""
    return Laid(layer, overlay.add(layer, answers, folder)) if layer else Laid()


def recorded(project: Project, answers: Mapping[str, Any], folder: Path) -> Laid:
    """The same with the overlay that the project records.

    Its answers may have been edited by hand since it was rendered: the history of agentkit.toml
    names the candidates, and the project's files tell which of them it was. Raises AgentkitError
    when what it records cannot be had any more.
    """
    pin = orgpin.recorded(project.path)
    found = orgsource.of(project.path) if pin and pin.overlay else None
    if found is None:
        return Laid()
    layer = orgsource.layer(*found, orgpin.answers(project.path))
    if layer is None:
        return Laid()
    _complete(found[0], layer.answers)
    others = (told for told in _history(project, found[1]) if told != layer.answers)
    layers = [layer, *(replace(layer, answers=told) for told in others)]
    return lay(_written(project, layers, answers), answers, folder)


def _complete(org: Org, answers: Mapping[str, Any]) -> None:
    for question in org.questions:
        if question.name not in answers:
            what = f"[org.answers] has no answer for {question.name}"
            raise AgentkitError(what, SETTINGS, AGAIN)


def _history(project: Project, pin: Pin) -> Iterator[dict[str, Any]]:
    """The answers that were recorded with this pin, the latest first."""
    for content in origin.contents(project, SETTINGS):
        with suppress(ValueError):
            told = tomllib.loads(content.decode()).get("org")
            if not isinstance(told, dict) or told.get("sha256") != pin.sha256:
                return
            if isinstance(answers := told.get("answers"), dict):
                yield answers


def _written(project: Project, layers: Sequence[Layer], answers: Mapping[str, Any]) -> Layer:
    """The one whose files the project has; those that do not render are none."""
    layers = [layer for n, layer in enumerate(layers) if layer not in layers[:n]][: origin.MOST]
    if len(layers) == 1:
        return layers[0]
    with TemporaryDirectory(prefix="agentkit-", ignore_cleanup_errors=True) as scratch:
        folders = [Path(scratch, str(number)) for number in range(len(layers))]
        for folder in folders:
            folder.mkdir()
        failed = overlay.render(layers, answers, folders)
        sound = [n for n, words in enumerate(failed) if not words] or [0]
        return layers[sound[origin.choose(project, [folders[n] for n in sound])]]


def at_hand(project: Project) -> bool:
    """Can the overlay that a project records be had without the network, or has it none?"""
    pin = orgpin.recorded(project.path)
    return pin is None or not pin.overlay or orgsource.at_hand(pin)


def coming(project: Project, wish: Wish) -> Coming:
    """What the project follows after an update; raises AgentkitError when it cannot be had."""
    found: Following = wish.follow or orgsource.of(project.path)
    if found is None:
        return Coming(None, None, None, {}, ())
    org, pin = found
    before = orgpin.answers(project.path)
    taken, told = orgasked.carried(org, before)
    _, asked = orgasked.parted(org, wish.data)
    given, imposed = orgpolicy.impose(org, taken, asked)
    given = orgasked.parted(org, given)[1]
    answered = orgasked.fill(org, given, wish.prompt)
    new = [n for n in answered if n not in before and n not in asked and not wish.prompt]
    words = (*told, *imposed, *(f"new question {name}: {answered[name]}" for name in new))
    return Coming(org, pin, orgsource.layer(org, pin, answered), answered, words)


def settle(project: Project, to: Coming, old: Path, new: Path) -> bool:
    """Write agentkit.toml into both renders, if what the project records of its org file changes.

    So it is merged with all the rest, and written in the same step.
    """
    if to.pin is None:
        return False
    same = orgpin.recorded(project.path) == to.pin
    if same and orgpin.answers(project.path) == to.answers:
        return False
    shown = git.feed(project.path, "show", f"{project.head}:{project.prefix}{SETTINGS}")
    before = b"" if shown.returncode else shown.stdout
    if before:
        (old / SETTINGS).write_bytes(before)
    text = orgpin.text(to.pin, before.decode(), to.answers)
    (new / SETTINGS).write_bytes(text.encode())
    return True


def changed(old: Laid, to: Coming, project: Project) -> dict[str, tuple[Any, Any]]:
    """The answers to the organisation's questions that differ: before, after."""
    before = old.answers or orgpin.answers(project.path)
    return carry.changed(before, to.answers)


def followed(project: Project, to: Coming) -> str:
    """The org file and its version, if the project gets another one than it has."""
    if to.org is None or to.pin is None or orgpin.recorded(project.path) == to.pin:
        return ""
    return f"{to.org.name} {to.pin.version or to.pin.commit[:12] or to.pin.sha256[:12]}"
