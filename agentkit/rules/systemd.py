"""SYS: units of systemd."""

import re
from collections.abc import Iterable, Iterator

from agentkit.rules import Finding, Rule
from agentkit.rules.view import View

UNITS = r"(.*/)?[\w@.-]+\.service(\.j2)?"
YES = ("yes", "true", "on", "1")
# What weighs most in `systemd-analyze security`; without these a unit stays above 2.0.
SWITCHES = (
    "NoNewPrivileges",
    "PrivateTmp",
    "PrivateDevices",
    "ProtectHome",
    "ProtectKernelTunables",
    "ProtectKernelModules",
    "ProtectKernelLogs",
    "ProtectControlGroups",
    "RestrictNamespaces",
    "RestrictSUIDSGID",
    "LockPersonality",
    "RestrictRealtime",
    "ProtectClock",
)
PRESENT = ("CapabilityBoundingSet", "SystemCallFilter", "RestrictAddressFamilies")


class Hardened(Rule):
    """Services of systemd are confined, and have limits"""

    id = "AK-SYS001"
    severity = "high"
    why = "an ordinary unit may do whatever its user may, and use the whole machine"
    fix = "systemd-analyze security --offline=true UNIT tells what is missing; aim at 2.0 or less"
    url = "https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Sandboxing"

    def applies(self, view: View) -> bool:
        return bool(view.matching(UNITS))

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(UNITS):
            values = settings(view, path)
            if "ExecStart" in values:
                for what in _loose(values):
                    yield self.at(path, values["ExecStart"][0], what)


def settings(view: View, path: str) -> dict[str, tuple[int, str]]:
    """The settings of a unit, with their lines; the last one counts."""
    found = {}
    for number, line in view.lines(path):
        if match := re.match(r"(\w+)\s*=\s*(.*)", line):
            found[match[1]] = (number, match[2].strip())
    return found


def _loose(values: dict[str, tuple[int, str]]) -> Iterator[str]:
    def on(name: str) -> bool:
        return values.get(name, (0, ""))[1].lower() in YES

    user = values.get("User", (0, "root"))[1]
    if not on("DynamicUser") and user in ("", "root", "0"):
        yield "runs as root: DynamicUser=yes"
    missing = [name for name in SWITCHES if not on(name) and not _stricter(name, values)]
    missing += [name for name in PRESENT if name not in values]
    if missing:
        yield f"is not confined: {', '.join(missing)}"
    if values.get("ProtectSystem", (0, ""))[1] != "strict":
        yield "may write to the system: ProtectSystem=strict"
    if "MemoryMax" not in values or "TasksMax" not in values:
        yield "has no limits: MemoryMax, TasksMax"
    if "EnvironmentFile" in values and "LoadCredential" not in values:
        yield "shows its secrets to every user of the machine: LoadCredential="
    if values.get("Restart", (0, "no"))[1] == "no":
        yield "stays down after a crash: Restart=on-failure"


def _stricter(name: str, values: dict[str, tuple[int, str]]) -> bool:
    """Is it confined in another way than by yes?"""
    if name in ("ProtectHome", "ProtectControlGroups", "PrivateTmp", "RestrictNamespaces"):
        return values.get(name, (0, "no"))[1] not in ("", "no", "false", "off", "0")
    return False
