"""The commands that hold a repository to a standard."""

import datetime as dt
import gc
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentkit.cli_options import FORMAT, Format
from agentkit.errors import DONE, FAILED, USAGE, AgentkitError

if TYPE_CHECKING:
    from agentkit.check import Report
    from agentkit.orgfile import Org
    from agentkit.outputs import Output
    from agentkit.rules import Rule
    from agentkit.rules.view import View

app = typer.Typer()
FOLDER = Annotated[Path, typer.Argument(help="Any repository.", show_default=False)]
OUTPUT = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT[:FILE]",
        help="text, json, sarif, junit, github, gitlab, markdown or badge; repeatable.",
    ),
]
SELECT = Annotated[
    list[str] | None,
    typer.Option("--select", metavar="ID", help="Only these rules, or families; repeatable."),
]
IGNORE = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="ID", help="Not these; repeatable.")
]
ORG = Annotated[
    str, typer.Option("--org", metavar="URL[@REF]|PATH", help="The org file to hold it to.")
]


@app.command()
def check(
    path: FOLDER = Path(),
    output: OUTPUT = None,
    select: SELECT = None,
    ignore: IGNORE = None,
    org: ORG = "",
    fail_on: Annotated[
        str, typer.Option(metavar="SEVERITY", help="low, medium, high or critical.")
    ] = "",
    base: Annotated[
        str, typer.Option(metavar="COMMIT", help="Follow the org file that this commit records.")
    ] = "",
    as_of: Annotated[
        str, typer.Option(metavar="DATE", help="Another day than today, for dates of waivers.")
    ] = "",
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend.")] = False,
    unsafe_fixes: Annotated[
        bool, typer.Option("--unsafe-fixes", help="Mend what changes behaviour, too.")
    ] = False,
    verify_render: Annotated[
        bool, typer.Option("--verify-render", help="Ask a template on the network, too.")
    ] = False,
) -> None:
    """Hold a repository to a standard.

    It need not be made by agentkit. Nothing of it is run, and without --fix nothing is written.
    """
    from agentkit import orgsource, outputs, remembered
    from agentkit.rules.view import View

    wanted = outputs.parse(output or [])
    if not path.is_dir():
        raise AgentkitError("there is no such folder", str(path), code=USAGE)
    found = orgsource.found_unread(path, org, base)
    options = {"AK-TPL006": {"base": found[1].source}} if found and base and not org else {}
    view = View(path, _date(as_of), options)
    if fix or unsafe_fixes:
        _mend(view, found and found[0](), select or (), ignore or (), unsafe_fixes)
        view = View(path, _date(as_of), options)
    words = (select, ignore, fail_on, found and found[1], options, [o.format for o in wanted])
    name = remembered.key(view, words)
    answer = None if verify_render else remembered.recall(name)
    if answer is None:
        gc.disable()  # what is read now lives until the end, which is near
        answer = _examined(
            view, found and found[0](), wanted, select or (), ignore or (), fail_on, verify_render
        )
        if not answer["crashed"] and not answer["foreign"]:
            remembered.keep(name, answer)
    typer.echo(outputs.write(answer["texts"], wanted), nl=False)
    raise typer.Exit(DONE if answer["ok"] else FAILED)


def _mend(
    view: "View",
    org: "Org | None",
    select: Collection[str],
    ignore: Collection[str],
    unsafe: bool,
) -> None:
    """Fix, and say on stderr what was changed."""
    from agentkit import check as command
    from agentkit import fixes

    standard = command.standard(org)
    view.options |= standard.options() | command.of_answers(view, org)

    def look(view: "View", rules: "Sequence[Rule]") -> "Report":
        return command.examine(view, rules, standard)

    changed = fixes.apply(view, command.choose(org, select, ignore), look, unsafe)
    for path in changed:
        typer.echo(f"fixed {path}", err=True)


def _examined(
    view: "View",
    org: "Org | None",
    wanted: "list[Output]",
    select: Collection[str],
    ignore: Collection[str],
    fail_on: str,
    verify: bool,
) -> dict[str, Any]:
    """What the repository is found to be, as it is remembered."""
    from agentkit import check as command
    from agentkit import outputs, rules, verdicts

    standard = command.standard(org, fail_on)
    view.options |= standard.options() | command.of_answers(view, org)
    chosen = command.choose(org, select, ignore)
    others = verdicts.some(view.root, select, ignore, org, verify=verify)
    report = command.examine(view, chosen, standard, others)
    texts = [outputs.render(report, output) for output in wanted]
    told = {"crashed": bool(report.crashed), "foreign": rules.foreign()}
    return told | {"ok": report.ok, "texts": texts}


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as e:
        raise AgentkitError(f"{text} is no date", fix="write 2027-01-31", code=USAGE) from e


@app.command()
def rules(format: FORMAT = Format.text) -> None:
    """List the rules of `agentkit check`."""
    from agentkit import rules as package

    known = package.load().values()
    if format is Format.json:
        fields = ("id", "title", "family", "severity", "confidence", "why", "fix", "url")
        told = [{name: getattr(rule, name) for name in fields} for rule in known]
        typer.echo(json.dumps(told, indent=2))
        return
    for rule in known:
        typer.echo(f"{rule.id}  {rule.severity:<8}  {rule.title}")
