"""The consumer: a request is committed when its result is in the other topic, and not before.

So it may be delivered more than once, and it is one run all the same: the id of the run is that of
the request, and the store knows it. Only its result may then be sent twice.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import (  # type: ignore[import-untyped]
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRecord,
)
from aiokafka.errors import KafkaError, MessageSizeTooLargeError  # type: ignore[import-untyped]

from agent.errors import ConfigError
from agent.incoming import Refused
from agent.interfaces.kafka.settings import KafkaSettings
from agent.logs import log
from agent.messages import ENDED, answer, once, read
from agent.run import Run
from agent.service import Service
from agent.working import told_to_stop, working

POLL_MS = 500
GRACE_S = 3.0  # to send what is left when the time of the runs is over
AGAIN_S = 5.0  # after a failure of Kafka or the store
ID = "run-id"  # the header that names a run
KNOWN_ID = re.compile(r"[\w.-]{1,128}")
MOST_BYTES = 16 * 2**20  # the broker has limits of its own


async def work(service: Service, settings: KafkaSettings) -> None:
    """Until told to stop. Raises `ConfigError` if Kafka cannot be reached."""
    async with working(service), connected(service, settings) as consumer:
        log.info("working", mode=service.engine.mode, topic=settings.requests_topic)
        serving = asyncio.create_task(consumer.serve())
        await told_to_stop()
        service.drain()
        await asyncio.wait([serving], timeout=service.settings.drain_seconds + GRACE_S)
        serving.cancel()  # Kafka does not answer: what it has not heard of is delivered again


@asynccontextmanager
async def connected(service: Service, settings: KafkaSettings) -> AsyncIterator["Consumer"]:
    workflow, common = service.engine.manifests.workflow, settings.connection()
    consumer = AIOKafkaConsumer(
        settings.requests_topic,
        group_id=settings.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_interval_ms=int(workflow.timeout_s * 2000) + 300_000,  # nothing polls meanwhile
        **common,
    )
    producer = AIOKafkaProducer(acks="all", max_request_size=MOST_BYTES, **common)
    try:
        await consumer.start()
        await producer.start()
        yield Consumer(service, settings, consumer, producer)
    except KafkaError as e:
        where = f"KAFKA_BOOTSTRAP_SERVERS={settings.bootstrap_servers}"
        raise ConfigError(f"{where}: {e}") from e
    finally:
        await consumer.stop()
        await producer.stop()


class Consumer:
    def __init__(
        self,
        service: Service,
        settings: KafkaSettings,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
    ):
        self.service, self.settings = service, settings
        self.consumer, self.producer = consumer, producer

    async def serve(self) -> None:
        """Take as many requests at a time as may run at once, until the service drains."""
        most = self.service.engine.manifests.policies.max_concurrent_runs
        while not self.service.draining:
            try:
                found = await self.consumer.getmany(timeout_ms=POLL_MS, max_records=most)
                await self.answer_all(found)
            except Exception:
                log.exception("requests_failed")
                await asyncio.sleep(AGAIN_S)
                await self.again()

    async def again(self) -> None:
        """Read once more what is not committed."""
        try:
            await self.consumer.seek_to_committed()
        except KafkaError:
            log.exception("kafka_failed")

    async def answer_all(self, found: dict[Any, list[ConsumerRecord]]) -> None:
        """Commit a batch, unless this process is being stopped and not all of it has an answer."""
        requests = [record for records in found.values() for record in records]
        answered = await asyncio.gather(*map(self.answer_one, requests))
        if requests and all(answered):
            await self.consumer.commit({tp: all_[-1].offset + 1 for tp, all_ in found.items()})

    async def answer_one(self, record: ConsumerRecord) -> bool:
        """Send the result, or say in the topic for dead letters why there is none."""
        try:
            run = await once(self.service, self.read(record))
        except Refused as e:
            await self.bury(record, str(e))
            return True
        if run.status not in ENDED:
            return False
        value = json.dumps(answer(run), ensure_ascii=False).encode()
        headers = [(ID, run.id.encode())]
        try:
            topic = self.settings.results_topic
            await self.producer.send_and_wait(topic, value, key=record.key, headers=headers)
        except MessageSizeTooLargeError:
            await self.bury(record, f"the result is too large: the store has it as run {run.id}")
        return True

    def read(self, record: ConsumerRecord) -> Run:
        """Raises `Refused`."""
        named = dict(record.headers).get(ID, b"").decode(errors="replace")
        if named and not KNOWN_ID.fullmatch(named):
            raise Refused(f"{ID}: at most 128 letters, digits, . _ -")
        policies = self.service.engine.manifests.policies
        return read(record.value or b"", policies, named or place(record))

    async def bury(self, record: ConsumerRecord, reason: str) -> None:
        log.warning("message_refused", offset=record.offset, reason=reason)
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        told = {"reason": reason} | where
        headers = [*record.headers, *((name, str(text).encode()) for name, text in told.items())]
        topic, key = self.settings.dead_letter_topic, record.key
        try:
            await self.producer.send_and_wait(topic, record.value, key=key, headers=headers)
        except MessageSizeTooLargeError:  # where it lies is in the headers
            await self.producer.send_and_wait(topic, None, key=key, headers=headers)


def place(record: ConsumerRecord) -> str:
    """The id of a request that names none: the same whenever it is delivered."""
    parts = record.topic, record.partition, record.offset, record.timestamp
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]
