"""OpenTelemetry traces, sent in the background, over HTTP.

The web framework makes a span of each request, within the trace of its caller; the agent library
those of agents, models and tools; runs and nodes are here. What was said is in them only where
LOG_CONTENT=true.
"""

import os
from collections.abc import Sequence
from contextvars import Token
from typing import Any

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import inject
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, TraceState
from opentelemetry.util.types import Attributes
from pydantic_ai import Agent
from pydantic_ai.models.instrumented import InstrumentationSettings
from structlog.typing import EventDict, WrappedLogger

from agent import __version__, features
from agent.settings import Settings

PATIENCE_S = 3.0  # with a collector; it is all that a dead one can hold up an exit
PROBES = ("/live", "/ready", "/health", "/metrics")


def begin(settings: Settings) -> None:
    """From now on, requests, runs, nodes and model calls have spans."""
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return  # a process has one
    about = {"service.name": "agent", "service.version": __version__}
    about["deployment.environment.name"] = settings.env
    named = Resource.create().merge(Resource(about)).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named)
    provider.sampler = WithoutProbes(provider.sampler)
    patience = float(os.environ.get("OTEL_EXPORTER_OTLP_TIMEOUT") or PATIENCE_S)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=patience)))
    trace.set_tracer_provider(provider)  # which sends what is left at the end of the process
    content = settings.log_content
    Agent.instrument_all(InstrumentationSettings(include_content=content))
    features.observers.append(Spans(provider.get_tracer("agent", __version__)))
    features.processors.append(name_trace)
    features.senders.append(inject)


class WithoutProbes(Sampler):
    """Health checks every few seconds would drown the rest."""

    def __init__(self, rest: Sampler):
        self.rest = rest

    def should_sample(
        self,
        parent_context: context.Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if (attributes or {}).get("url.path") in PROBES:
            return SamplingResult(Decision.DROP)
        given = name, kind, attributes, links, trace_state
        return self.rest.should_sample(parent_context, trace_id, *given)

    def get_description(self) -> str:
        return f"WithoutProbes{{{self.rest.get_description()}}}"


class Spans:
    """An engine observer. A run and a node begin and end in one task each, whose context has
    their span meanwhile."""

    def __init__(self, tracer: trace.Tracer):
        self.tracer = tracer
        self.open: dict[tuple[str, str], tuple[Span, Token[context.Context]]] = {}

    def __call__(self, event: dict[str, Any]) -> None:
        key = event["run_id"], event.get("node", "")
        match event:
            case {"event": "run_started"}:
                self.start(key, "run", {"agent.run.id": key[0]})
            case {"event": "node_started", "id": name, "kind": kind}:
                about = {"agent.node.path": key[1], "agent.node.kind": kind}
                self.start(key, f"node {name}", about)
            case {"event": "node_finished" | "run_finished"}:
                self.end(key, event)

    def start(self, key: tuple[str, str], name: str, attributes: dict[str, str]) -> None:
        span = self.tracer.start_span(name, attributes=attributes)
        self.open[key] = span, context.attach(trace.set_span_in_context(span))

    def end(self, key: tuple[str, str], event: dict[str, Any]) -> None:
        span, token = self.open.pop(key)
        context.detach(token)
        span.set_attribute("agent.status", event["status"])
        if event["status"] == "failed":
            span.set_status(StatusCode.ERROR)
        if error := event.get("error"):
            span.set_attribute("error.type", error["code"])
        span.end()


def name_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """In log lines, so that they are found from the trace, and the other way round."""
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        event["trace_id"] = trace.format_trace_id(found.trace_id)
        event["span_id"] = trace.format_span_id(found.span_id)
    return event
