"""Every target runs the same service: port, probes, environment, secrets, time to drain."""

import re
from pathlib import Path

from tests.template import projects
from tests.template.contracts import READERS

DRAIN = 30  # AGENT_DRAIN_SECONDS, as docs/DEPLOYMENT.md has it
NO_PLATFORM = {"nginx", "monitoring"}  # are for the service, and do not run it
UNASKED = ("_systemd", "_ec2", "_heroku", "_lambda")  # who restart what ends, and do not ask


def test_every_target_runs_the_same_service(tmp_path: Path) -> None:
    """One port, both probes, production's name, and all settings and secrets at once, by reference.

    None lists the secrets of the catalog by hand, so none can miss one that another has.
    """
    assert {*READERS} | NO_PLATFORM == {*projects.CATALOG["target"]}, "how does the new one do it?"
    project = projects.make(tmp_path / "my-agent", projects.FULL)
    documented = set(
        re.findall(r"^\| `(\w+)` \|", (project / "docs/DEPLOYMENT.md").read_text(), re.M)
    )
    listed = set(re.findall(r"^(\w+)=", (project / ".env.production.template").read_text(), re.M))
    parts = [p for kind in projects.CATALOG.values() for k, p in kind.items() if k != "redis"]
    of_parts = {variable["name"] for part in parts for variable in part.get("env", [])}
    assert of_parts <= listed
    for target, readers in READERS.items():
        for read in readers:
            facts = read(project)
            env = facts["env"]
            assert facts.get("port", 8080) == 8080 and facts.get("probed", {8080}) == {8080}, target
            assert env.get("AGENT_PORT", "8080") == "8080", target
            assert facts["settings"] and env["AGENT_ENV"] == "production", target
            assert {*env} <= documented | {"CREDENTIALS_DIRECTORY"}, target
            assert env.get("LOG_FORMAT", "json") == "json", target
            assert env.get("AGENT_METRICS_PORT", "8080") == "8080", target  # of a worker
            assert of_parts & {*env} <= {"AGENT_METRICS_PORT"}, target
            if read.__name__ not in UNASKED:
                assert "/ready" in facts["probes"], target
            if "grace" in facts:
                drain = int(env["AGENT_DRAIN_SECONDS"])
                assert drain <= DRAIN and drain + 3 <= facts["grace"], target
