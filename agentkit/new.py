"""`agentkit new`: from options to answers to a project."""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import typer
import yaml

from agentkit import answers, apply, orgasked, orgpin, orgpolicy, orgsource, report, source
from agentkit.errors import INTERRUPTED, USAGE, AgentkitError
from agentkit.orgfile import Org
from agentkit.orgpin import Pin
from agentkit.overlay import Layer


@dataclass(frozen=True)
class Options:
    """What stood on the command line."""

    path: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    answers_file: Path | None = None
    preset: str = ""
    interactive: bool = False
    everything: bool = False
    template: str = ""
    ref: str = ""
    trust: bool = False
    git: bool = True
    dry_run: bool = False
    json: bool = False
    org: str = ""


def run(options: Options) -> None:
    """Generate the project and report it; raises AgentkitError, and then nothing is written."""
    try:
        here = Path.cwd()
    except FileNotFoundError as e:
        raise AgentkitError("the folder you stand in is gone", fix='cd "$PWD"') from e
    if options.path:
        apply.guard(here / options.path)
    try:
        _run(options)
    except KeyboardInterrupt as e:
        raise AgentkitError("interrupted; nothing half-done was left", code=INTERRUPTED) from e


def _run(options: Options) -> None:
    org, pin = None, None
    if name := orgsource.named(options.org):
        from agentkit import orgtemplate  # with all that compares versions

        org, pin = orgsource.fetch(name)
        url = orgtemplate.url(org, options.template)
        ref = options.ref or orgtemplate.newest(org, url)
        options = replace(options, template=url, ref=ref)
    run = _run_foreign if options.template else _run_builtin
    run(options, _data(options), org, pin)


@dataclass(frozen=True)
class Extra:
    """What an organisation adds: the answers to its questions, its overlay, and what is recorded"""

    answers: Mapping[str, Any] = field(default_factory=dict)
    layer: Layer | None = None
    files: Mapping[str, str] = field(default_factory=dict)


def _extra(options: Options, org: Org | None, pin: Pin | None, given: Mapping[str, Any]) -> Extra:
    if org is None or pin is None:
        return Extra()
    answered = orgasked.fill(org, given, _prompt(options))
    layer = orgsource.layer(org, pin, answered)
    return Extra(answered, layer, {orgpin.SETTINGS: orgpin.text(pin, answers=answered)})


def _run_builtin(options: Options, given: dict[str, Any], org: Org | None, pin: Pin | None) -> None:
    template = source.builtin(options.ref)
    given = _preset(options.preset, template) | given
    if options.path:
        given.setdefault("project_name", Path(options.path).absolute().name)
    form = orgpolicy.bound(answers.load(template.root), org)
    given, _ = orgpolicy.impose(org, {}, given)
    given, own = orgasked.parted(org, given)
    filled = answers.fill(form, given, _prompt(options), options.everything)
    target = Path(options.path or filled["project_name"])
    shown = {k: filled[k] for k in answers.recorded(form)}
    _create(options, template, filled, target, shown, _extra(options, org, pin, own))


def _run_foreign(options: Options, given: dict[str, Any], org: Org | None, pin: Pin | None) -> None:
    if options.preset:
        raise AgentkitError("--preset is for the built-in template", code=USAGE)
    if not options.path:
        fix = "agentkit new PATH --template ..."
        raise AgentkitError("PATH is needed with --template", fix=fix, code=USAGE)
    with source.foreign(options.template, options.ref) as template:
        given, own = orgasked.parted(org, orgpolicy.impose(org, {}, given)[0])
        given = orgasked.parted(org, org.answers.defaults if org else {})[0] | given
        extra = _extra(options, org, pin, own)
        _create(options, template, given, Path(options.path), given, extra)


def _create(
    options: Options,
    template: source.Template,
    filled: Mapping[str, Any],
    target: Path,
    shown: dict[str, Any],
    added: Extra,
) -> None:
    request = apply.Request(
        template,
        filled,
        target,
        git=options.git,
        dry_run=options.dry_run,
        prompt=options.interactive,
        trust=options.trust,
        layer=added.layer,
        extra=added.files,
    )
    with ExitStack() as spinner:
        if not (options.template and options.interactive):  # copier asks, and needs the terminal
            spinner.enter_context(report.progress("Rendering"))

        def agree(planned: apply.Created) -> bool:
            spinner.close()
            return _agree(options, planned)

        created = apply.create(request, agree)
    if options.json:
        typer.echo(report.as_json(created, {**shown, **added.answers}, dry_run=options.dry_run))
    elif options.dry_run:
        report.preview(created)
    else:
        typer.echo(report.next_steps(created))


def _agree(options: Options, planned: apply.Created) -> bool:
    if not options.json and sys.stdout.isatty():
        report.preview(planned)
    if not options.interactive:
        return True
    from agentkit import prompts

    return prompts.agree(f"Write them to {planned.target}?")


def _prompt(options: Options) -> answers.Prompt | None:
    if not options.interactive:
        return None
    from agentkit import prompts

    return prompts.ask


def _data(options: Options) -> dict[str, Any]:
    """The answers given: of the file, then of --data."""
    given = _answers_file(options.answers_file) if options.answers_file else {}
    return {**given, **options.data}


def _answers_file(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as e:
        what = f"the answers cannot be read: {' '.join(str(e).split())}"
        raise AgentkitError(what, str(path), code=USAGE) from e
    if not isinstance(raw, dict):
        raise AgentkitError("answers are KEY: VALUE lines", str(path), code=USAGE)
    return {str(k): v for k, v in raw.items() if not str(k).startswith("_")}


def _preset(name: str, template: source.Template) -> dict[str, Any]:
    if not name:
        return {}
    presets = yaml.safe_load((template.root / "template/presets.yml").read_text("utf-8"))
    if name not in presets:
        fix = f"there are: {', '.join(presets)}"
        raise AgentkitError(f'there is no preset "{name}"', fix=fix, code=USAGE)
    return dict(presets[name])
