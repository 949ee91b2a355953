"""Prometheus metrics. Labels come from the manifests and the routes, so their number is bounded."""

from typing import Any, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from agent import schemas as s
from agent.run import Code


class Metrics:
    """What one process counts. As an engine observer it counts runs, nodes, tokens and cost."""

    def __init__(self, given: s.Metrics):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        base: dict[str, Any] = {"registry": self.registry, "namespace": given.prefix}
        timed = base | {"buckets": given.buckets}
        self.active = Gauge("runs_active", "Runs in progress", **base)
        self.queued = Gauge("queue_depth", "Queued runs in the store, of all processes", **base)
        self.runs = Counter("runs", "Runs, by how they ended", ["status"], **base)
        self.run_seconds = Histogram("run_seconds", "Duration of runs", **timed)
        self.node_seconds = Histogram(
            "node_seconds", "Duration of nodes", ["node", "kind", "status"], **timed
        )
        self.tokens = Counter("tokens", "Tokens of models", ["direction"], **base)
        self.cost = Counter("cost_usd", "Cost of models in USD", **base)
        self.http_seconds = Histogram(
            "http_seconds", "HTTP requests", ["method", "route", "status"], **timed
        )
        self.failures = Counter("run_failures", "Failed runs, by code of error", ["code"], **base)
        for code in get_args(Code):
            self.failures.labels(code)  # at 0, so that Prometheus sees the first one as an increase
        self.overdue = Gauge("runs_overdue", "Runs waiting for a person for an hour", **base)
        self.store_seen = Gauge(
            "store_seen_timestamp_seconds", "When the store last worked", **base
        )

    def __call__(self, event: dict[str, Any]) -> None:
        match event:
            case {"event": "run_started"}:
                self.active.inc()
            case {"event": "node_finished", "id": node, "kind": kind, "status": status}:
                self.node_seconds.labels(node, kind, status).observe(event["seconds"])
            case {"event": "run_finished", "status": status}:
                self.active.dec()
                self.runs.labels(status).inc()
                self.run_seconds.observe(event["seconds"])
                self.tokens.labels("input").inc(event["input_tokens"])
                self.tokens.labels("output").inc(event["output_tokens"])
                self.cost.inc(event["cost_usd"])
                if error := event["error"]:
                    self.failures.labels(error["code"]).inc()
