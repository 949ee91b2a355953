"""Requests from one Kafka topic, results to another: `agent kafka`."""

import typer


def register(app: typer.Typer) -> None:
    app.command()(kafka)


def kafka() -> None:
    """Answer the requests of a Kafka topic until told to stop, then drain."""
    import asyncio

    from agent.interfaces.kafka.consumer import work
    from agent.interfaces.kafka.settings import KafkaSettings
    from agent.logs import setup
    from agent.settings import Settings
    from agent.working import start_service

    settings = Settings.load()
    kafka = KafkaSettings.load()
    setup(settings)
    asyncio.run(work(start_service(settings), kafka))
