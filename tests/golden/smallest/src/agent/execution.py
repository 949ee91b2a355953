"""One execution of one run: the graph is walked, and every output is kept under its node's path.

A node whose path (`plan`, `work[2].step`, `refine#1.draft`) is in the run's state is not run again.
That one rule serves resuming after a person's answer, after a crash, and on another machine.
"""

import asyncio
import inspect
import time
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_ai import UsageLimitExceeded
from pydantic_core import to_jsonable_python

from agent import nodes as n
from agent.checks import resolve
from agent.conversation import Conversation
from agent.expressions import evaluate, render
from agent.logs import log
from agent.remote import Remote
from agent.run import NodeFailed, Observer, Paused, Run, Superseded, Waiting

if TYPE_CHECKING:
    from agent.engine import Engine

Scope = dict[str, Any]


@dataclass
class Execution(Conversation):
    engine: "Engine"
    run: Run
    stream: Observer | None = None

    def __post_init__(self) -> None:
        self.started, self.usage_before = time.perf_counter(), copy(self.run.usage)
        sinks = self.engine.manifests.workflow.sinks
        self.last = sinks[0] if len(sinks) == 1 else ""  # with it the run ends, and is written

    def emit(self, event: str, **data: Any) -> None:
        for observer in (*self.engine.observers, *self.engine.plugins, self.stream):
            if observer:
                observer({"event": event, "run_id": self.run.id, **data})

    async def graph(self, graph: n.Graph, scope: Scope, path: str) -> tuple[Any, Scope]:
        """Run each node when every edge into it is settled and one is live; else skip it.

        Returns the output, and the scope with the output of every node (null if skipped).
        """
        scope, live = dict(scope), set[str]()
        tasks: dict[str, asyncio.Task[None]] = {}

        async def settle(node: Any) -> None:
            edges = graph.incoming[node.id]
            if edges:
                await asyncio.wait([tasks[e.source] for e in edges])
            for edge in edges:
                tasks[edge.source].result()  # what pauses or fails stops all that depends on it
            taken = [e.source for e in edges if e.source in live and chosen(e, scope)]
            inputs = {name: scope[name] for name in taken}
            if runs := bool(inputs or not edges):
                live.add(node.id)
            scope[node.id] = await self.node(node, scope, path, inputs) if runs else None

        tasks |= {node.id: asyncio.create_task(settle(node)) for node in graph.nodes}
        await together(tasks.values())
        if graph.output:
            return evaluate(graph.output, scope), scope
        ends = [name for name in graph.sinks if name in live]
        return (scope[ends[0]] if len(ends) == 1 else {name: scope[name] for name in ends}), scope

    async def node(self, node: Any, scope: Scope, path: str, inputs: Scope) -> Any:
        """The output of a node, from its checkpoint if there is one."""
        path += node.id
        if path in self.run.state:
            return self.run.state[path]
        about = {"node": path, "id": node.id, "kind": node.kind}
        self.emit("node_started", **about)
        started, status, output = time.perf_counter(), "failed", None
        try:
            output = to_jsonable_python(await self.attempt(node, scope, path, inputs))
            status = "succeeded"
        except (Paused, Superseded) as e:
            status = "waiting" if isinstance(e, Paused) else "cancelled"
            raise
        except Exception as e:
            failed = e if isinstance(e, NodeFailed) else NodeFailed(path, e)
            if not node.optional or isinstance(failed.cause, UsageLimitExceeded):
                raise failed from e
        finally:
            seconds = round(time.perf_counter() - started, 4)
            self.emit("node_finished", **about, status=status, seconds=seconds)
        self.run.state[path] = output
        if path != self.last and not await self.engine.put(self.run, was="running"):
            raise Superseded
        return output

    async def attempt(self, node: Any, scope: Scope, path: str, inputs: Scope) -> Any:
        work = getattr(self, f"_{node.kind}")
        for left in range(node.retries, -1, -1):
            try:
                async with asyncio.timeout(node.timeout_s):
                    return await work(node, scope, path, inputs)
            except (Paused, Superseded, NodeFailed, UsageLimitExceeded):
                raise
            except Exception:
                log.warning("node_attempt_failed", node=path, retries_left=left, exc_info=True)
                if not left:
                    raise
            await asyncio.sleep(min(0.5 * 2 ** (node.retries - left), 10))

    async def _agent(self, node: n.AgentNode, scope: Scope, path: str, _: Scope) -> Any:
        return await self.ask(node.agent, render(node.prompt, scope), path, session=node.session)

    async def _deterministic(
        self, node: n.DeterministicNode, scope: Scope, path: str, _: Scope
    ) -> Any:
        if node.expr:
            return evaluate(node.expr, scope)
        function = resolve(node.call or "")
        arguments = {name: evaluate(text, scope) for name, text in node.args.items()}
        if inspect.iscoroutinefunction(function):
            return await function(**arguments)
        return await asyncio.to_thread(function, **arguments)

    async def _decision(self, node: n.DecisionNode, scope: Scope, path: str, _: Scope) -> Any:
        if node.agent:
            return await self.ask(node.agent, render(node.prompt, scope), path, node.choices)
        choice = evaluate(node.expr or "", scope)
        if choice not in node.choices:
            raise ValueError(f"{choice!r} is none of {node.choices}")
        return choice

    async def _merge(self, node: n.MergeNode, scope: Scope, path: str, inputs: Scope) -> Any:
        return render(node.template, scope) if node.template else inputs

    async def _approval(self, node: n.ApprovalNode, scope: Scope, path: str, _: Scope) -> Any:
        if answer := self.run.answers.get(path):
            return answer.model_dump()
        self.wait(path, Waiting(message=render(node.message, scope), choices=node.choices))

    async def _map(self, node: n.MapNode, scope: Scope, path: str, _: Scope) -> list[Any]:
        gate = asyncio.Semaphore(node.max_parallel)

        async def one(index: int, item: Any) -> Any:
            async with gate:
                inner = scope | {"item": item, "index": index}
                return await self.node(node.body, inner, f"{path}[{index}].", {})

        items = evaluate(node.over, scope) or []
        return await together([asyncio.create_task(one(i, item)) for i, item in enumerate(items)])

    async def _loop(self, node: n.LoopNode, scope: Scope, path: str, _: Scope) -> Any:
        scope, output = scope | {inner.id: None for inner in node.nodes}, None
        for iteration in range(1, node.max_iterations + 1):
            scope = scope | {"iteration": iteration}
            output, scope = await self.graph(node, scope, f"{path}#{iteration}.")
            if evaluate(node.until, scope):
                break
        return output

    async def _workflow(self, node: n.WorkflowNode, scope: Scope, path: str, _: Scope) -> Any:
        workflow, depth = self.engine.manifests.workflow, scope.get("depth", 0) + 1
        if depth > workflow.max_depth:
            return None
        values = {name: evaluate(text, scope) for name, text in node.values.items()}
        inner = {"input": scope["input"], "depth": depth, **values}
        return (await self.graph(workflow.workflows[node.workflow], inner, f"{path}."))[0]

    async def _remote(self, node: n.RemoteNode, scope: Scope, path: str, _: Scope) -> Any:
        async with Remote(node, self.run, path) as remote:
            found = await remote.finish(render(node.prompt, scope))
        if found["status"] == "waiting":
            self.wait(path, remote.question())
        return found["output"]


def chosen(edge: n.Edge, scope: Scope) -> bool:
    value = scope[edge.source]
    return edge.when is None or edge.when == (value["choice"] if isinstance(value, dict) else value)


async def together(tasks: Collection[asyncio.Task[Any]]) -> list[Any]:
    """The results of all. A failure cancels the rest at once; a pause lets them finish first."""
    left = set(tasks)
    try:
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                if (error := task.exception()) and not isinstance(error, Paused):
                    raise error
        return [task.result() for task in tasks]
    finally:
        for task in left:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
