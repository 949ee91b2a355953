"""The engine: a loaded configuration that takes runs as far as they can go."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import structlog
from pydantic_ai import RunUsage

from agent import __version__, cache, credentials, features, ledger, readiness
from agent import schemas as s
from agent.agents import Agents, build_agents
from agent.errors import ManifestError
from agent.execution import Execution
from agent.graph_checks import check_workflow
from agent.logs import log
from agent.manifests import Manifests, load
from agent.plugins import load_observers
from agent.providers import Mode
from agent.run import NodeFailed, Observer, Paused, Run, Superseded, safe_error
from agent.settings import Settings
from agent.stores import Store, open_store
from agent.yaml_source import Source


@dataclass(frozen=True)
class Metadata:
    """What exactly is running."""

    engine_version: str
    manifest_hashes: Mapping[str, str]
    schema_version: str
    environment: str
    loaded_at: datetime


@dataclass(frozen=True)
class Dag:
    """The graph of config/workflow.yaml."""

    workflow: s.Workflow

    @property
    def order(self) -> list[str]:
        """The top-level nodes, each after all it depends on."""
        return list(self.workflow.sorter().static_order())

    def validate(self) -> bool:
        """True. Raises `ManifestError` if the graph cannot be run."""
        source = Source(Path("workflow"))
        check_workflow(self.workflow, source.problem)
        if source.problems:
            raise ManifestError(source.problems)
        return True


@dataclass
class Engine:
    """Nothing in it changes: reloading the manifests makes another engine."""

    manifests: Manifests
    agents: Agents
    store: Store
    mode: Mode
    observers: list[Observer] = field(default_factory=list)

    @classmethod
    def from_config_dir(
        cls,
        config_dir: Path | str = "config",
        settings: Settings | None = None,
        store: Store | None = None,
        observers: list[Observer] | None = None,
        checks: Sequence[readiness.Check] = (),
    ) -> "Engine":
        """Load, check and build everything; `checks` are more of what may refuse to start.

        Raises `ConfigError` with every reason.
        """
        settings = settings or Settings.load()
        manifests = load(config_dir, settings.env)
        credentials.supply(manifests)
        mode = readiness.check(settings, manifests, *checks)
        store = store or open_store(settings.store_url or manifests.memory.store_url)
        return cls(manifests, build_agents(manifests, mode), store, mode, observers or [])

    def __post_init__(self) -> None:
        hashes, environment = MappingProxyType(self.manifests.hashes), self.manifests.environment
        now = datetime.now(UTC)
        self.metadata = Metadata(__version__, hashes, s.SCHEMA_VERSION, environment, now)
        self.dag = Dag(self.manifests.workflow)
        self.plugins = [*features.observers, *load_observers(self.manifests.plugins)]

    def run(self, text: str, session_id: str | None = None) -> Run:
        """Run the workflow on a text and wait for it, where no event loop is running."""
        return asyncio.run(self.execute(Run(input=text, session_id=session_id)))

    async def execute(self, run: Run, stream: Observer | None = None) -> Run:
        """Take a run as far as it can go: to its end, or to what a person must decide.

        `run` is new, claimed, or waiting with answers. Raises `Superseded` if somebody else is
        already resuming it, and whatever the store raises; all other failures are in `run.error`.
        """
        if run.status == "waiting" and not await self.claim(run):
            raise Superseded
        run.status, run.waiting, run.manifests = "running", {}, self.manifests.hash
        job, workflow = Execution(self, run, stream), self.manifests.workflow
        with structlog.contextvars.bound_contextvars(run_id=run.id):
            job.emit("run_started")
            try:
                async with asyncio.timeout(workflow.timeout_s):
                    await self._answer(job)
                run.status = "succeeded"
            except Paused:
                run.status = "waiting"
            except Superseded:
                run.status = "cancelled"
            except asyncio.CancelledError:  # by a caller, or by a shutdown that a start mends
                run.status = "cancelled" if run.cancelling else "queued"
                raise
            except Exception as e:
                run.status, run.error = "failed", safe_error(e)
                told = NodeFailed, ledger.DayBudgetExceeded  # the attempts of a node are in the log
                untold = not isinstance(e, told)
                log.error("run_failed", **run.error.model_dump(), exc_info=untold)
            finally:
                await self._finish(job)
        return run

    async def _answer(self, job: Execution) -> None:
        run, store, manifests = job.run, self.store, self.manifests
        if await cache.answer(store, manifests, run):
            return
        if not run.state:  # what has begun may end
            await ledger.check(store, manifests, run.user)
        run.output, _ = await job.graph(manifests.workflow, {"input": run.input}, "")
        await cache.keep(store, manifests, run)

    async def _finish(self, job: Execution) -> None:
        run, before = job.run, job.usage_before
        used = ledger.take(run)
        try:
            if not await self.put(run, was="running"):
                run.status = "cancelled"  # by somebody else, or taken over: theirs is stored
            await ledger.book(self.store, self.manifests, run.user, used)
        except Exception:
            run.status = "failed"  # nobody will find this end
            raise
        finally:
            self._tell(job, before)

    def _tell(self, job: Execution, before: RunUsage) -> None:
        run = job.run
        job.emit(
            "run_finished",
            status=run.status,
            cached=run.cached,
            output=run.output,
            error=run.error and run.error.model_dump(),
            seconds=round(time.perf_counter() - job.started, 4),
            input_tokens=run.usage.input_tokens - before.input_tokens,
            output_tokens=run.usage.output_tokens - before.output_tokens,
            cost_usd=float((run.usage.cost or 0) - (before.cost or 0)),
        )

    async def claim(self, run: Run, idle: float = 0) -> bool:
        """Make a stored run ours, unless it has changed since; `idle` as in `Store.put`."""
        was, run.status = run.status, "running"
        return await self.put(run, was, idle)

    async def put(self, run: Run, was: str = "", idle: float = 0, new: bool = False) -> bool:
        ttl = self.manifests.memory.run_ttl_s
        body = run.model_dump(mode="json")
        return await self.store.put("run", run.id, body, ttl, was, idle, new)
