#!/usr/bin/env python3
"""Ask the service on this machine how it is: 0 healthy, 1 unhealthy, 2 degraded.

    scripts/healthcheck.py [PATH]

PATH is /health, or another one such as /ready. Degraded means that it serves, but not what it was
told to: its changed manifests were rejected. Needs nothing but Python, and reads AGENT_HOST,
AGENT_PORT and PORT as the service does.
"""

import http.client
import json
import os
import sys


def main(path: str = "/health") -> int:
    host = os.environ.get("AGENT_HOST") or "127.0.0.1"
    if host in ("0.0.0.0", "::"):  # noqa: S104  it listens everywhere, here too
        host = "localhost"
    try:
        port = int(os.environ.get("AGENT_PORT") or os.environ.get("PORT") or 8080)
        connection = http.client.HTTPConnection(host, port, timeout=2)
        connection.request("GET", path)
        response = connection.getresponse()
        body = json.loads(response.read())
    except (OSError, ValueError, http.client.HTTPException) as e:
        print(f"unhealthy: {e}")
        return 1
    if response.status != 200:
        print(f"unhealthy: {response.status} {json.dumps(body)}")
        return 1
    if reason := body.get("reload_error"):
        print(f"degraded: {reason}")
        return 2
    print("healthy")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
