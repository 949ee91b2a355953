import socket
import urllib.request

import pytest


def test_the_network_is_unplugged():
    with pytest.raises(RuntimeError, match=r"unplugged, and this one wants example\.com"):
        urllib.request.urlopen("https://example.com")
    with socket.socket() as s, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        s.connect(("192.0.2.1", 80))
