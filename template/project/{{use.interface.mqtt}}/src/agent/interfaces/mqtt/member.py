"""The life of an agent among others: available, taking tasks, telling what became of them."""

import asyncio
import json
import signal
import time
from contextlib import suppress
from typing import Any, Literal

from aiomqtt import Client, Message, MqttError

from agent.interfaces.mqtt import protocol
from agent.interfaces.mqtt.broker import Broker, acknowledge
from agent.interfaces.mqtt.tasks import Tasks
from agent.logs import log
from agent.service import Service

SCAN_S = 5.0
PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0


class Member:
    """An agent of one broker."""

    def __init__(self, service: Service, broker: Broker):
        self.service, self.broker, self.stop = service, broker, asyncio.Event()
        self.tasks, self.ended = Tasks(service, broker.agent_id), asyncio.Queue[str]()
        service.engine.observers.append(self.hear)

    def hear(self, event: dict[str, Any]) -> None:
        if event["event"] == "run_finished":
            self.ended.put_nowait(event["run_id"])

    async def live(self) -> None:
        """Until told to stop, however often the broker goes away."""
        pause = PAUSE_S
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                async with await self.broker.client() as client:
                    await self.attend(client)
            except* MqttError as e:
                log.warning("mqtt_disconnected", error=str(e.exceptions[0]), retry_s=pause)
            except* Exception:  # of the store: what is not acknowledged comes again
                log.exception("mqtt_failed", retry_s=pause)
            held = time.monotonic() - started > LONGEST_PAUSE_S
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), pause)
            pause = PAUSE_S if held else min(2 * pause, LONGEST_PAUSE_S)

    async def attend(self, client: Client) -> None:
        """Work on one connection. Raises when it or the store fails."""
        topic, self.ended = protocol.input_topic(self.broker.agent_id), asyncio.Queue()
        await client.subscribe(topic, qos=1)
        await self.announce(client, "available")
        log.info("mqtt_connected", topic=topic, mode=self.service.engine.mode)
        try:
            async with asyncio.TaskGroup() as group:
                taking = group.create_task(self.take(client))
                telling = group.create_task(self.tell(client))
                scanning = group.create_task(self.scan())
                await self.stop.wait()
                taking.cancel()  # the broker keeps what comes now
                await self.announce(client, "unavailable")
                await self.drain()
                telling.cancel()
                scanning.cancel()
        except* Exception:
            with suppress(MqttError):  # the last will is for those who lose the connection
                await self.announce(client, "unavailable")
            raise

    async def announce(self, client: Client, status: Literal["available", "unavailable"]) -> None:
        agent_id = self.broker.agent_id
        payload = protocol.status(agent_id, status)
        await client.publish(protocol.status_topic(agent_id), payload, qos=1, retain=True)

    async def take(self, client: Client) -> None:
        async for message in client.messages:
            if not message.retain:
                await self.receive(client, message)
            acknowledge(client, message)

    async def receive(self, client: Client, message: Message) -> None:
        """What is no task for us is answered and forgotten, or it would come again forever."""
        try:
            if envelope := protocol.parse(message.payload, str(message.topic)):
                await self.tasks.accept(envelope)
            else:
                log.warning("mqtt_topic_mismatch")
        except protocol.Refused as e:
            log.warning("mqtt_refused", code=e.code, task_id=e.task_id)
            if e.conversation_id:
                topic = protocol.conversation_topic(e.conversation_id, self.broker.agent_id)
                await client.publish(topic, json.dumps(e.document), qos=1)

    async def tell(self, client: Client) -> None:
        while True:
            if news := await self.tasks.news(await self.ended.get()):
                await client.publish(news.topic, json.dumps(news.message), qos=1)
                await self.tasks.told(news)
            self.ended.task_done()

    async def scan(self) -> None:
        """Find what ended elsewhere, or here before a crash."""
        while True:
            for run_id in await self.tasks.open():
                self.ended.put_nowait(run_id)
            await asyncio.sleep(SCAN_S)

    async def drain(self) -> None:
        """Let open runs end, and tell of them."""
        self.service.drain()
        runs = [task for _, task in self.service.active.values()]
        await asyncio.gather(*runs, return_exceptions=True)
        await self.ended.join()


async def work(service: Service, broker: Broker) -> None:
    """Until SIGTERM or SIGINT; being told to stop is not a failure."""
    member, loop = Member(service, broker), asyncio.get_running_loop()
    for signal_ in signal.SIGTERM, signal.SIGINT:
        loop.add_signal_handler(signal_, member.stop.set)
    async with service.running():
        await member.live()
