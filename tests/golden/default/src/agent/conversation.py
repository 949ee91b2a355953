"""What passes between a run, its agents, and the people who approve their tool calls."""

import json
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from pydantic_ai import (
    DeferredToolRequests,
    DeferredToolResults,
    ModelMessage,
    ModelMessagesTypeAdapter,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolDenied,
    UsageLimits,
)

from agent.budgets import account, limits
from agent.run import Deps, Observer, Paused, Run, Waiting

if TYPE_CHECKING:
    from agent.engine import Engine


class Conversation:
    """The half of an execution that asks agents."""

    engine: "Engine"
    run: Run
    stream: Observer | None
    emit: Callable[..., None]

    async def ask(
        self,
        name: str,
        prompt: str,
        path: str,
        choices: list[str] | None = None,
        session: bool = False,
    ) -> Any:
        """An agent's answer. A tool call that needs approval pauses the run."""
        run, memory, agent = self.run, self.engine.manifests.memory, self.engine.agents[name]
        key = f"{run.session_id}:{name}" if session and run.session_id else None
        history, results = await self.earlier(path, key)
        budget = self.engine.manifests.agents.agents[name].budget
        with account(agent, budget, run.usage, self.limits()) as paid:
            result = await agent.run(
                None if results else prompt,
                output_type=Literal[tuple(choices)] if choices else None,  # type: ignore[arg-type]
                instructions=self.described(choices or []),
                message_history=history,
                deferred_tool_results=results,
                deps=Deps(run.id, run.user, run.session_id),
                event_stream_handler=self.tokens(path) if self.stream else None,
                **paid,
            )
        if isinstance(result.output, DeferredToolRequests):
            asked = approval_request(name, result.output, result.all_messages_json())
            run.state[f"{path}?"] = asked.model_dump(mode="json")
            run.answers.pop(path, None)
            self.wait(path, asked)
        run.state.pop(f"{path}?", None)
        if key:
            messages = newest_turns(result.all_messages(), memory.max_turns)
            saved = {"messages": ModelMessagesTypeAdapter.dump_python(messages, mode="json")}
            await self.engine.store.put("session", key, saved, memory.session_ttl_s)
        return result.output

    async def earlier(self, path: str, session: str | None) -> tuple[Any, Any]:
        """The conversation so far, and what a person said about the tool calls it stopped at."""
        history, results, saved = None, None, self.run.state.get(f"{path}?")
        if saved:
            asked, answer = Waiting.model_validate(saved), self.run.answers.get(path)
            if answer is None:
                self.wait(path, asked)
            denied = ToolDenied(answer.comment or "The user denied this tool call.")
            verdict = True if answer.choice == "approve" else denied
            results = DeferredToolResults(approvals=dict.fromkeys(asked.tool_calls, verdict))
            history = ModelMessagesTypeAdapter.validate_python(asked.history)
        elif session and (saved := await self.engine.store.get("session", session)):
            history = ModelMessagesTypeAdapter.validate_python(saved["messages"])
        return history, results

    def wait(self, path: str, waiting: Waiting) -> NoReturn:
        self.run.waiting[path] = waiting
        self.emit("waiting", node=path, message=waiting.message, choices=waiting.choices)
        raise Paused

    def described(self, choices: list[str]) -> str | None:
        """What those of the choices are for that are agents."""
        agents = self.engine.manifests.agents.agents
        about = {name: agents[name].about for name in choices if name in agents}
        lines = [f"{name}: {text}" for name, text in about.items() if text]
        return "\n".join(["The choices:", *lines]) if lines else None

    def limits(self) -> UsageLimits:
        """The budget of the run. The offline model costs nothing."""
        return limits(self.engine.manifests.policies.budget, self.engine.mode == "live")

    def tokens(self, path: str) -> Callable[..., Awaitable[None]]:
        """Emits the text of an answer while the model writes it."""

        async def handle(_: Any, events: AsyncIterable[Any]) -> None:
            async for event in events:
                match event:
                    case (
                        PartStartEvent(part=TextPart(content=text))
                        | PartDeltaEvent(delta=TextPartDelta(content_delta=text))
                    ) if text:
                        self.emit("token", node=path, text=text)

        return handle


def approval_request(agent: str, requests: DeferredToolRequests, history: bytes) -> Waiting:
    """What a person is shown of the tool calls that an agent may not make alone."""
    calls = {c.tool_call_id: {"tool": c.tool_name, "args": c.args} for c in requests.approvals}
    names = ", ".join(sorted({c.tool_name for c in requests.approvals}))
    message, choices = f"{agent} wants to call {names}", ["approve", "reject"]
    return Waiting(message=message, choices=choices, tool_calls=calls, history=json.loads(history))


def newest_turns(messages: list[ModelMessage], most: int) -> list[ModelMessage]:
    """The cut is before a user prompt, so that no tool call loses its result."""
    prompts = [
        i for i, m in enumerate(messages) if any(p.part_kind == "user-prompt" for p in m.parts)
    ]
    return messages[prompts[-most] :] if len(prompts) > most else messages
