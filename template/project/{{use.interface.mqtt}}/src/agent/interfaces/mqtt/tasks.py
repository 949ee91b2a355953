"""Tasks and their runs. The document of a task is its outbox: open until all has been told."""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from agent.interfaces.mqtt import protocol
from agent.interfaces.mqtt.protocol import Document, Envelope, Refused
from agent.run import Run
from agent.service import Service


@dataclass(frozen=True)
class News:
    """What others are to be told of a task, and its document once they have been."""

    run_id: str
    topic: str
    message: Document
    told: Document


class Tasks:
    """Everything is in the store before the broker may forget it, and stays there until the broker
    has the answer: a crash loses nothing, and at worst an answer is published again."""

    def __init__(self, service: Service, agent_id: str):
        self.service, self.store, self.agent_id = service, service.store, agent_id
        self.kind = self.user = f"mqtt:{agent_id}"

    def run_id(self, task_id: UUID) -> str:
        """Agents may share a store, and a task keeps its id on its way from one to the next."""
        return hashlib.sha256(f"{self.kind}\n{task_id}".encode()).hexdigest()[:32]

    async def accept(self, envelope: Envelope) -> None:
        """Start what the task asks for, unless it has come before. Raises `Refused`."""
        run_id, engine = self.run_id(envelope.task_id), self.service.engine
        if envelope.answers:
            await self.resume(run_id, envelope)
        elif not await self.store.get(self.kind, run_id):
            if not 0 < len(envelope.text) <= engine.manifests.policies.max_input_chars:
                raise Refused("invalid_input", "The input is empty or too long.", about(envelope))
            session = f"{self.user}:{envelope.conversation_id}"
            run = Run(id=run_id, input=envelope.text, session_id=session, user=self.user)
            await engine.put(run, new=True)  # it is there already if we crashed here
            task = about(envelope) | {"status": "open", "asked": None}
            await self.put(run_id, task, new=True)
        await self.service.take(run_id, "queued")

    async def resume(self, run_id: str, envelope: Envelope) -> None:
        run = await self.service.get(run_id)
        by = {"by": self.user}
        given = {node: answer.model_copy(update=by) for node, answer in envelope.answers.items()}
        if run and run.status != "waiting" and given.items() <= run.answers.items():
            return  # it has come before
        asked = run.waiting if run and run.status == "waiting" else {}
        if any(n not in asked or a.choice not in asked[n].choices for n, a in given.items()):
            wrong = "Answer what is waiting, with one of its choices."
            raise Refused("invalid_input", wrong, about(envelope))
        if run:
            run.answers |= given
            run.status = "queued"
            await self.service.engine.put(run, was="waiting")

    async def news(self, run_id: str) -> News | None:
        """What there is to tell now."""
        task = await self.store.get(self.kind, run_id)
        if not task or task["status"] != "open":
            return None
        run, done = await self.service.get(run_id), {"status": "done"}
        if run and run.status in ("queued", "running"):
            return None
        if run and run.status == "succeeded":
            return News(run_id, *self.answer(run, task), done)
        topic = self.conversation(task)
        if run and run.status == "waiting":
            asked = question(task["task_id"], run)
            new = asked != task["asked"]
            return News(run_id, topic, asked, task | {"asked": asked}) if new else None
        failed = protocol.run_error(task["task_id"], run.error if run else None)
        return News(run_id, topic, failed, done)

    def answer(self, run: Run, task: Document) -> tuple[str, Document]:
        """Where the output goes: to the next agent if there is one."""
        ids, topic = {"task_id": task["task_id"]}, self.conversation(task)
        message: Document = {"response": protocol.text_of(run.output), **ids}
        if following := task["next"]:
            topic = protocol.canonical(following["topic"])
            ids["conversation_id"] = task["conversation_id"]
            message = ids | following | {"topic": topic, "input": run.output}
        if len(json.dumps(message)) > protocol.MAX_BYTES:
            too_long = protocol.error(task["task_id"], "internal_error", "The output is too long.")
            return self.conversation(task), too_long
        return topic, message

    def conversation(self, task: Document) -> str:
        return protocol.conversation_topic(task["conversation_id"], self.agent_id)

    async def told(self, news: News) -> None:
        await self.put(news.run_id, news.told)

    async def put(self, run_id: str, task: Document, new: bool = False) -> None:
        ttl = 2 * self.service.engine.manifests.memory.run_ttl_s  # it outlives the run
        await self.store.put(self.kind, run_id, task, ttl, new=new)

    async def open(self) -> list[str]:
        """Tasks that may have news, such as those whose run ended in another process."""
        found = await self.store.find(self.kind, "open")
        for run_id in found:  # a store names a hundred at once: the others come next time
            await self.store.touch(self.kind, run_id, "open")
        return found


def about(envelope: Envelope) -> Document:
    kept = {"task_id", "conversation_id", "next"}
    return envelope.model_dump(mode="json", include=kept)


def question(task_id: str, run: Run) -> Document:
    """What a person must decide."""
    shown = {"message", "choices", "tool_calls"}
    waiting = {path: w.model_dump(mode="json", include=shown) for path, w in run.waiting.items()}
    return {"task_id": task_id, "status": "waiting", "waiting": waiting}
