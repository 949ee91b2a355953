"""Traces are on where OTEL_EXPORTER_OTLP_ENDPOINT is set; elsewhere nothing of them is imported."""

import os

from agent.settings import Settings

ENDPOINTS = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"


def start(settings: Settings) -> None:
    if any(os.environ.get(name) for name in ENDPOINTS):
        from agent.tracing import begin

        begin(settings)
