"""An agent among others on an MQTT broker: `agent mqtt`."""

import asyncio

import typer


def register(app: typer.Typer) -> None:
    app.command()(mqtt)


def mqtt() -> None:
    """Take tasks from the broker of MQTT_URL until told to stop, then drain."""
    from agent.interfaces.mqtt.broker import Broker
    from agent.interfaces.mqtt.member import work
    from agent.logs import setup
    from agent.service import Service
    from agent.settings import Settings

    settings = Settings.load()
    setup(settings)
    broker = Broker.from_environment(settings)
    asyncio.run(work(Service(settings), broker))
