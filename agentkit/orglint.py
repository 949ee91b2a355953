"""What is wrong with an org file, found by trying it on the built-in template."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from agentkit import (
    answers,
    explain,
    orgasked,
    orgcache,
    orgpolicy,
    overlay,
    render,
    source,
)
from agentkit.checks import tree
from agentkit.errors import AgentkitError
from agentkit.explain import EXPRESSION
from agentkit.orgfile import Org
from agentkit.orgown import Asking
from agentkit.orgpin import Pin
from agentkit.overlay import Layer

CHOSEN = re.compile(r"\{\{[^}]*\}\}/")
SAMPLES = {"int": 1, "float": 1.0, "bool": True}


def problems(org: Org, pin: Pin) -> Iterator[str]:
    """Each of them in a sentence, with its place. Nothing is written."""
    try:
        form = orgpolicy.bound(answers.load(source.builtin().root), org)
        given = {"project_name": "my-agent"} | dict.fromkeys(org.answers.required, "x")
        given, _ = orgasked.parted(org, given)
        given = {name: value for name, value in given.items() if name not in org.answers.locked}
        given, _ = orgasked.parted(org, orgpolicy.impose(org, {}, given)[0])
        filled = answers.fill(form, given)
    except AgentkitError as e:
        yield str(e)
        return
    own = {question.name: sample(org, question) for question in org.questions}
    told = org.answers.required
    known = filled | {n: v for n, v in own.items() if n not in told or n in org.answers.locked}
    for name, words in orgpolicy.problems(org, known):
        if name not in own or name not in told:
            yield f"{org.where}: {name} {words}"
    if org.overlay:
        yield from _of_overlay(org, pin, filled, own)


def sample(org: Org, question: Asking) -> Any:
    """An answer as a project may have it."""
    told, name = org.answers, question.name
    for value in (told.locked.get(name), told.defaults.get(name), question.default):
        if value is not None:
            return value
    first = [*told.allowed.get(name, ()), *question.choices, SAMPLES.get(question.type, "x")]
    return first[0]


def _of_overlay(
    org: Org, pin: Pin, filled: Mapping[str, Any], own: Mapping[str, Any]
) -> Iterator[str]:
    path = org.overlay.path if org.overlay else ""
    at = Path(pin.source)
    folder = orgcache.overlay(pin.overlay) or (at if at.is_dir() else at.parent) / path
    where = org.at("overlay.path")
    try:
        found = overlay.files(folder)
        if org.template.get("url"):
            return  # what that template has is for `new` and `update` to find
        taken = sorted(_taken(found))
        yield from (f"{where}: the template has {name} too" for name in taken)
        with TemporaryDirectory(prefix="agentkit-", ignore_cleanup_errors=True) as scratch:
            base = Path(scratch, "my-agent")
            base.mkdir()
            render.render(source.builtin(), filled, base)
            layer = Layer(org.name, folder, where, org.overlay.yours if org.overlay else (), own)
            if not taken:
                made = overlay.add(layer, filled, base)
                bad = [f for f in tree.findings(base, tree.files(base)) if f.path in made]
                yield from (f"{where}: {finding}" for finding in bad)
    except AgentkitError as e:
        yield f"{e.where}: {e.what}"


def _taken(names: list[str]) -> Iterator[str]:
    """The paths of an overlay that some choice of parts of the built-in template has, too."""
    form = answers.load(source.builtin().root)
    top = form.root / form.settings["_subdirectory"]
    files = {_plain(p.relative_to(top).as_posix()) for p in top.rglob("*") if p.is_file()}
    files = {name for name in files if EXPRESSION.sub("", name) and "_slots/" not in name}
    folders = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents}
    of_files, of_folders = (
        re.compile("|".join(map(explain.pattern, found))) for found in (files, folders)
    )
    for name in (plain for plain in map(_plain, names) if not EXPRESSION.search(plain)):
        above = [parent.as_posix() for parent in PurePosixPath(name).parents]
        if (
            name in overlay.RESERVED
            or of_folders.fullmatch(name)
            or any(of_files.fullmatch(path) for path in (name, *above) if path not in folders)
        ):
            yield name


def _plain(name: str) -> str:
    """A path without the folders that are there or not, as the parts are chosen."""
    return CHOSEN.sub("", name).removesuffix(".jinja")
