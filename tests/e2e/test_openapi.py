"""The API keeps to its own description: Schemathesis reads it, and sends what fits and what not.

The cases are the same in each run. That every valid request is accepted is left out: an
Idempotency-Key that was used for another one is refused, which no schema can say.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.e2e.installed import install
from tests.e2e.project import run, serve
from tests.template import projects

SCHEMATHESIS = str(Path(sys.executable).parent / "schemathesis")
BOUNDS = [
    "--generation-deterministic",
    "--max-examples=20",
    "--request-timeout=30",
]
NODES = [
    {"id": "answer", "kind": "agent", "agent": "assistant"},
    {"id": "review", "kind": "approval", "message": "Publish {{ answer }}?"},
]
MANIFESTS: dict[str, dict[str, Any]] = {
    "workflow": {"name": "reviewed", "nodes": NODES},
    "policies": {"rate_limit": "1000000/minute", "max_input_chars": 500},
}


def test_the_api_is_as_it_says(tmp_path: Path) -> None:
    given = {"interfaces": ["http"], "targets": [], "store": "sqlite"}
    folder = projects.make(tmp_path / "my-agent", given)
    for name, manifest in MANIFESTS.items():
        (folder / f"config/{name}.yaml").write_text(json.dumps({"version": "1.0.0"} | manifest))
    install(folder)
    key = "X-API-Key: alices-secret"
    checks = ["--checks=all", "--exclude-checks=positive_data_acceptance"]
    with serve(
        [".venv/bin/agent", "serve"], folder, AGENT_API_KEYS="alice:alices-secret"
    ) as server:
        api = f"{server.url}/openapi.json"
        told = run(tmp_path, SCHEMATHESIS, "run", api, "-H", key, *checks, *BOUNDS)
        assert re.search(r"Operations: +(\d+) selected / \1 total", told)
        assert server.stop() == 0
