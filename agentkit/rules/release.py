"""REL: what is published can be traced to what was looked at."""

import re
from collections.abc import Iterable, Iterator

from agentkit.rules import Finding, Rule, workflows
from agentkit.rules.view import View
from agentkit.rules.workflows import Workflow

PUBLISHING = re.compile(
    r"docker/build-push-action|gh-action-pypi-publish|\b(docker|podman|buildah) push\b|"
    r"\b(twine upload|uv publish|flit publish|poetry publish|helm push)\b"
)
SBOM = re.compile(r"sbom|cyclonedx|spdx|syft", re.I)
PROVENANCE = re.compile(r"attest|provenance|cosign|slsa", re.I)
SCAN = re.compile(r"trivy|grype|pip-audit|osv-scanner|uv audit|snyk|docker scout", re.I)


def publishing(view: View) -> Iterator[Workflow]:
    """The workflows that publish something."""
    for flow in workflows.all_of(view):
        if PUBLISHING.search(view.text(flow.path)):
            yield flow


class _Release(Rule):
    confidence = "structural"
    sought: re.Pattern[str]
    missing: str

    def applies(self, view: View) -> bool:
        return any(True for _ in publishing(view))

    def check(self, view: View) -> Iterable[Finding]:
        for flow in publishing(view):
            if not self.sought.search(view.text(flow.path)):
                yield self.at(flow.path, 1, self.missing, "missing")


class BillOfMaterials(_Release):
    """A release says what it is made of"""

    id = "AK-REL001"
    why = "on the day of the next hole, this answers whether you have it"
    fix = "build an SBOM and attach it: sbom: true of docker/build-push-action"
    url = "https://cyclonedx.org/guides/"
    sought, missing = SBOM, "publishes without an SBOM"


class Provenance(_Release):
    """A release proves where it comes from"""

    id = "AK-REL002"
    why = "without it nobody can tell your image from one that was pushed with a stolen token"
    fix = "actions/attest-build-provenance, or cosign"
    url = "https://slsa.dev/spec/v1.0/levels"
    sought, missing = PROVENANCE, "publishes without provenance"


class Scanned(_Release):
    """A release is looked through for known holes"""

    id = "AK-REL003"
    why = "a hole that everybody knows is the first that is tried"
    fix = "a step with trivy, grype or pip-audit that fails above a severity"
    url = "https://baseline.openssf.org/"
    sought, missing = SCAN, "publishes without a scan"
