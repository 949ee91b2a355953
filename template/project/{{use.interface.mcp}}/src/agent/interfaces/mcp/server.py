"""The tools: one that runs the workflow, and one that answers what a run waits for."""

import asyncio
import re
from typing import Annotated, Any

from anyio import CancelScope
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

from agent.run import Answer, Run, Status, Superseded
from agent.service import Service

LOCAL = "mcp:local"  # whoever starts `agent mcp`, which needs no key
Input = Annotated[str, Field(min_length=1, description="What the agent is asked.")]
Session = Annotated[
    str | None,
    Field(pattern=r"^[\w.-]{1,128}$", description="The same one goes on with a conversation."),
]


class Question(BaseModel):
    """What a person must decide."""

    message: str
    choices: list[str]
    tool_calls: dict[str, Any]


class Result(BaseModel):
    """A run that has ended, or that waits for answers to the questions in `waiting`."""

    run_id: str
    status: Status
    output: Any
    waiting: dict[str, Question]
    usage: dict[str, int | float | None]


class Tools:
    """What the tools do. Their errors are words of ours, never the text of an exception."""

    def __init__(self, service: Service):
        self.service = service

    async def run(self, ctx: Context[Any, Any], input: Input, session_id: Session = None) -> Result:
        if len(input) > self.service.engine.manifests.policies.max_input_chars:
            raise ToolError("the input is too long")
        user = user_of(ctx, "run")
        session = f"{user}:{session_id}" if session_id else None
        return await self.finish(Run(input=input, session_id=session, user=user))

    async def resume(
        self, ctx: Context[Any, Any], run_id: str, node: str, choice: str, comment: str = ""
    ) -> Result:
        run, user = await self.service.get(run_id), user_of(ctx, "approve")
        if run is None or run.user != user:
            raise ToolError("no such run")
        if run.status != "waiting":
            raise ToolError(f"the run is {run.status}")
        if node not in run.waiting or choice not in run.waiting[node].choices:
            raise ToolError("answer a node that is waiting, with one of its choices")
        run.answers[node] = Answer(choice=choice, comment=comment[:4000], by=user)
        try:
            return await self.finish(run)
        except Superseded:
            raise ToolError("the run is being resumed already") from None

    async def finish(self, run: Run) -> Result:
        try:
            run = await self.service.finish(run)
        except asyncio.CancelledError:  # the caller has lost interest
            with CancelScope(shield=True):
                await self.service.cancel(run)
            raise
        if run.error:
            raise ToolError(f"{run.error.message} The log has the details under run {run.id}.")
        return result(run)


def build(service: Service) -> MCPServer[Any]:
    """A server with the name and the description of the workflow."""
    workflow, tools = service.engine.manifests.workflow, Tools(service)
    name = re.sub(r"[^a-zA-Z0-9_-]+", "_", workflow.name)[:50]
    server: MCPServer[Any] = MCPServer(name, version=workflow.version)
    server.add_tool(tools.run, name, description=workflow.description or "Ask the agent.")
    ask = f"Answer what a run of {name} waits for, by its node. Let the user decide which choice."
    server.add_tool(tools.resume, f"{name}_resume", description=ask)
    return server


def user_of(ctx: Context[Any, Any], scope: str) -> str:
    """Who calls: over HTTP the caller that was admitted, who needs the scope."""
    request = ctx.request_context.request
    if request is None:
        return LOCAL
    caller = request.state.caller
    if not caller.may(scope):
        raise ToolError(f"this needs the scope {scope}")
    return str(caller.name)


def result(run: Run) -> Result:
    counted = ("requests", "tool_calls", "input_tokens", "output_tokens")
    usage: dict[str, int | float | None] = {name: getattr(run.usage, name) for name in counted}
    usage["cost_usd"] = None if run.usage.cost is None else float(run.usage.cost)
    waiting = {node: Question(**w.model_dump()) for node, w in run.waiting.items()}
    return Result(run_id=run.id, status=run.status, output=run.output, waiting=waiting, usage=usage)
