"""The commands for those who write an org file, and for projects that follow one."""

from pathlib import Path
from typing import Annotated

import typer

from agentkit.cli_options import (
    BRANCH,
    COMMIT,
    DATA,
    DEFAULTS,
    DRY_RUN,
    FORMAT,
    VERIFY,
    Format,
    agree,
    data_of,
    report,
    terminal,
)
from agentkit.errors import DONE, FAILED

app = typer.Typer(no_args_is_help=True, help="Standards of an organisation.")
ORG_FILE = Annotated[str, typer.Argument(metavar="URL[@REF]|PATH", help="The org file.")]


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("agentkit-org.toml"),
    name: Annotated[str, typer.Option(help="Of the organisation.")] = "acme",
) -> None:
    """Write an org file to begin with, and the first cases of its test."""
    from agentkit import orgcases, orgs

    written = orgs.init(path, name)
    for file in filter(None, (written, orgcases.begin(written, name))):
        typer.echo(f"wrote {file}")


@app.command()
def lint(org: ORG_FILE = "agentkit-org.toml") -> None:
    """Check an org file, and try it on the built-in template."""
    from agentkit import orgs

    told = orgs.lint(org)
    for line in told.problems:
        typer.echo(line)
    typer.echo(told.summary)
    raise typer.Exit(FAILED if told.problems else DONE)


@app.command()
def test(
    path: Annotated[Path, typer.Argument(help="The org file, or its folder.")] = Path(),
) -> None:
    """Try the cases of agentkit-org.test.toml, which lies beside the org file."""
    from agentkit import orgtest

    tried, untested = orgtest.run(path)
    for one in tried:
        typer.echo(f"{'FAIL' if one.problems else 'ok  '}  {one.case.name}")
        for problem in one.problems:
            typer.echo(f"      {problem}")
    failed = sum(bool(one.problems) for one in tried)
    typer.echo("\n".join([*untested, f"{len(tried)} cases, {failed} failed"]))
    raise typer.Exit(FAILED if failed else DONE)


@app.command()
def follow(
    org: ORG_FILE,
    path: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    data: DATA = None,
    defaults: DEFAULTS = False,
    dry_run: DRY_RUN = False,
    branch: BRANCH = "",
    commit: COMMIT = False,
    verify: VERIFY = "",
    format: FORMAT = Format.text,
) -> None:
    """Record in agentkit.toml which org file a project follows, pinned to what it is now.

    Where that has questions or an overlay, the project is updated to them, as a merge.
    """
    from agentkit import orgs, update
    from agentkit.carry import Wish

    prompt = terminal(defaults, format)
    how = update.How(dry_run, branch, commit, verify)
    wish = Wish(data=data_of(data), prompt=prompt)
    done = orgs.follow(path, org, wish, how, agree(prompt))
    if isinstance(done, str):
        typer.echo(done)
    else:
        report(done, format, seen=bool(prompt))


@app.command()
def show(path: Annotated[Path, typer.Argument(help="The project's folder.")] = Path()) -> None:
    """Show which org file a project follows, and what it says of each answer."""
    from agentkit import orgs

    typer.echo(orgs.show(path))
