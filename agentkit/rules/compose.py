"""CMP: compose files."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from agentkit.rules import Finding, Rule, images
from agentkit.rules.objects import listed, mapping
from agentkit.rules.view import Mapping, View

STORES = re.compile(
    r"(^|/)(postgres|mysql|mariadb|mongo|redis|valkey|rabbitmq|elasticsearch|kafka)"
)


def services(view: View) -> Iterator[tuple[str, str, Mapping]]:
    """Path, name and body of every service."""
    for path in view.matching(images.COMPOSE):
        for document in view.yaml(path):
            for name, body in mapping(document, "services").items():
                if isinstance(body, Mapping):
                    yield path, str(name), body


class ClosedContainers(Rule):
    """Containers may do little, and databases are not reached from outside"""

    id = "AK-CMP001"
    severity = "high"
    why = "a port without an address is open to the whole network, firewalls notwithstanding"
    fix = 'ports: ["127.0.0.1:5432:5432"] or none; cap_drop: [ALL]; no-new-privileges:true'
    url = "https://docs.docker.com/engine/network/packet-filtering-firewalls/"

    def applies(self, view: View) -> bool:
        return any(True for _ in services(view))

    def check(self, view: View) -> Iterable[Finding]:
        for path, name, body in services(view):
            for what in _open(body):
                yield self.at(path, body.line, f"{name}: {what}", f"{name} {what}")


class NothingIgnored(Rule):
    """Compose files have no `version`"""

    id = "AK-CMP002"
    severity = "low"
    why = "Compose ignores it, and warns on each command: nobody reads the next warning"
    fix = "take the line out"
    url = "https://docs.docker.com/reference/compose-file/version-and-name/"

    def check(self, view: View) -> Iterable[Finding]:
        for path in view.matching(images.COMPOSE):
            for document in view.yaml(path)[:1]:
                if isinstance(document, Mapping) and "version" in document:
                    yield self.at(path, document.lines["version"], "version is obsolete", "version")


def _open(body: Mapping) -> Iterator[str]:
    if STORES.search(str(body.get("image", ""))) and any(map(_public, listed(body, "ports"))):
        yield "its port is open to the network"
    if body.get("privileged") is True:
        yield "is privileged"
    if any("docker.sock" in str(volume) for volume in listed(body, "volumes")):
        yield "has the socket of Docker, which is root on this machine"
    if not {"image", "build", "extends"} & {*body}:
        return  # it changes a service of another file, which says the rest
    if "ALL" not in listed(body, "cap_drop"):
        yield "keeps capabilities"
    if not any("no-new-privileges" in str(option) for option in listed(body, "security_opt")):
        yield "may gain privileges"


def _public(port: Any) -> bool:
    if isinstance(port, Mapping):
        return "published" in port and str(port.get("host_ip", "")) not in ("127.0.0.1", "::1")
    text = str(port)
    return ":" in text and not text.startswith(("127.", "localhost", "[::1]", "${"))
