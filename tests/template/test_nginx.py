"""What nginx/ says fits what config/ says, and compose can start it."""

import re
import subprocess
from pathlib import Path

import yaml

from tests.template import projects


def test_limits_are_those_of_the_service(tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "my-agent", {"targets": ["nginx"]})
    site = (folder / "nginx/site.conf").read_text()
    policies = yaml.safe_load((folder / "config/policies.yaml").read_text())
    assert f"client_max_body_size {policies['max_body_bytes']};" in site
    schemas = (folder / "src/agent/schemas.py").read_text()
    longest = re.search(r"timeout_s: float = Field\((\d+)", schemas)
    told = re.search(r"proxy_read_timeout (\d+)m;", site)
    assert longest and told and 60 * int(told[1]) > int(longest[1])
    assert "chat" not in site


def test_compose_puts_it_in_front_of_several(tmp_path: Path) -> None:
    given = {"targets": ["docker", "nginx"], "store": "postgres"}
    folder = projects.make(tmp_path / "my-agent", given)
    compose = yaml.safe_load((folder / "docker/compose.yaml").read_text())
    front = compose["services"]["nginx"]
    assert front["profiles"] == ["nginx"]
    assert all((folder / "docker" / mount.split(":")[0]).exists() for mount in front["volumes"])
    assert "server agent:8080;" in (folder / "docker/nginx-pool.conf").read_text()
    assert compose["services"]["agent"]["scale"] == "${REPLICAS:-1}"
    made = subprocess.run(
        ["make", "--dry-run", "front"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert "--profile nginx up" in made.stdout and "PGPASSWORD" in made.stdout
