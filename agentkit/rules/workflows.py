"""Workflows of GitHub Actions, as jobs and steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agentkit.rules.objects import listed, mapping
from agentkit.rules.view import Mapping, View

FILES = r"\.github/workflows/[^/]+\.ya?ml"


@dataclass(frozen=True)
class Workflow:
    """One file."""

    path: str
    body: Mapping

    @property
    def triggers(self) -> set[str]:
        """The events that start it. YAML 1.1 reads the key `on` as true."""
        told: Any = self.body.get("on", self.body.get(True))
        if isinstance(told, str):
            return {told}
        return {str(event) for event in told} if isinstance(told, list | dict) else set()

    @property
    def jobs(self) -> list[tuple[str, Mapping]]:
        """Its jobs by name."""
        found = mapping(self.body, "jobs").items()
        return [(str(name), job) for name, job in found if isinstance(job, Mapping)]

    @property
    def steps(self) -> Iterator[Mapping]:
        """The steps of all jobs."""
        for _, job in self.jobs:
            yield from (step for step in listed(job, "steps") if isinstance(step, Mapping))

    @property
    def uses(self) -> Iterator[tuple[int, str]]:
        """Every action and workflow of others, with its line."""
        for body in (*(job for _, job in self.jobs), *self.steps):
            if isinstance(body.get("uses"), str):
                yield body.lines["uses"], body["uses"]

    @property
    def runs(self) -> Iterator[tuple[int, str]]:
        """Every script, with its line."""
        for step in self.steps:
            if isinstance(step.get("run"), str):
                yield step.lines["run"], step["run"]


def all_of(view: View) -> list[Workflow]:
    """Every workflow of a repository."""
    return [
        Workflow(path, document)
        for path in view.matching(FILES)
        for document in view.yaml(path)[:1]
        if isinstance(document, Mapping)
    ]
