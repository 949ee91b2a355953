"""Write docs/reference.md from the code: `make docs`. A test fails when it is stale."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
EXITS = {
    0: "done, or clean",
    1: "an error, findings or drift; nothing was changed",
    2: "a wrong option or answer",
    3: "conflicts are left for you",
    10: "nothing to do (only with --exit-code)",
    130: "interrupted",
}


def help_of(*command: str) -> str:
    """What a command prints for --help."""
    run = [sys.executable, "-m", "agentkit", *command, "--help"]
    env = {"PATH": "", "COLUMNS": "100", "TERMINAL_WIDTH": "100"}
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT, env=env)
    text = done.stdout.replace("python -m agentkit", "agentkit").strip()
    return f"```text\n{text}\n```\n"


def commands() -> list[str]:
    """Every command, in the order of the help."""
    from typer.main import get_command

    from agentkit.cli import app

    found: Any = get_command(app)
    return list(found.commands)


def parts() -> str:
    """The catalog as a table."""
    catalog: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "template/parts.yml").read_text())
    rows = [
        f"| {kind} | `{key}` | {part['help']} | {', '.join(part.get('needs', []))} |"
        for kind, entries in catalog.items()
        for key, part in entries.items()
    ]
    return "\n".join(["| kind | part | | needs |", "|---|---|---|---|", *rows]) + "\n"


def text() -> str:
    """The whole page."""
    exits = "\n".join(f"| {code} | {meaning} |" for code, meaning in EXITS.items())
    return "\n".join(
        [
            "# Reference",
            "",
            "Written by `make docs` from the code.",
            "",
            *("## agentkit", "", help_of()),
            *(line for name in commands() for line in (f"## agentkit {name}", "", help_of(name))),
            *("## Parts", "", parts()),
            *("## Exit codes", "", f"| code | meaning |\n|---|---|\n{exits}\n"),
            *("## Environment", "", "| variable | meaning |\n|---|---|"),
            "| `AGENTKIT_CACHE_DIR` | where templates are unpacked; default: the user's cache |",
            "| `AGENTKIT_CONFIG` | your settings; default: agentkit/config.toml among them |",
            "| `NO_COLOR` | no colours |",
            "",
        ]
    )


def rules() -> str:
    """The page of the rules."""
    from agentkit import rules as package

    lines = [
        "# Rules",
        "",
        "Written by `make docs` from the code. [check.md](check.md) explains them.",
        "",
    ]
    for rule in package.load().values():
        lines += [
            f"## {rule.id}: {rule.title}",
            "",
            f"{rule.severity}, {rule.confidence}. Why: {rule.why}.",
            "",
            f"Fix: {_inline(rule.fix)}. See <{rule.url}>.",
            "",
        ]
    return "\n".join(lines)


def _inline(text: str) -> str:
    """The text, safe in Markdown."""
    return text.replace("<", "\\<").replace("*", "\\*")


if __name__ == "__main__":
    (ROOT / "docs/reference.md").write_text(text(), "utf-8")
    (ROOT / "docs/rules.md").write_text(rules(), "utf-8")
