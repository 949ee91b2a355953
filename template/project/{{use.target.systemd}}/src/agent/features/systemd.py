"""Tells systemd that the service is up, and every second that it still works: sd_notify(3)."""

import os
import socket

from agent import features
from agent.settings import Settings


def start(settings: Settings) -> None:
    if os.environ.get("NOTIFY_SOCKET"):
        features.chores.append(notify)


async def notify() -> None:
    address = os.environ["NOTIFY_SOCKET"]
    if address.startswith("@"):  # an abstract one
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.setblocking(False)
        to.sendto(b"READY=1\nWATCHDOG=1", address)
