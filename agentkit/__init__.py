"""Generates production-ready repositories for LLM-agent services, and keeps them up to date."""

__version__ = "0.3.0"
