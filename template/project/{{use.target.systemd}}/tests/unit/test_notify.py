"""What systemd is told, at a socket as it makes one."""

import socket

from agent import features
from agent.features import systemd
from agent.settings import Settings


async def test_systemd_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(features, "chores", [])
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind("notify")
        monkeypatch.setenv("NOTIFY_SOCKET", "notify")
        systemd.start(Settings())
        for chore in features.chores:
            await chore()
        assert heard.recv(100) == b"READY=1\nWATCHDOG=1"
