"""The Celery application: one task, `agent.run`, and what it needs in each process of the pool.

The store has the results and knows every run by its id, which is that of the task. So a task that
is delivered again, because its worker was killed or the broker lost patience, goes on from the last
finished node, or waits for whoever executes it meanwhile.
"""

import asyncio
from typing import Any

from celery import Celery, signals  # type: ignore[import-untyped]
from celery.exceptions import Reject  # type: ignore[import-untyped]

from agent import secrets
from agent.errors import ConfigError
from agent.incoming import Refused
from agent.interfaces.celery.process import Process
from agent.logs import log, setup
from agent.messages import ENDED, answer, read
from agent.service import Service
from agent.settings import Settings

AGAIN: dict[str, Any] = {"autoretry_for": (Exception,), "max_retries": None, "retry_backoff": True}
AGAIN |= {"retry_backoff_max": 60, "dont_autoretry_for": (Refused, Reject)}

settings = Settings.load()  # and what .env says of the broker
app = Celery("agent")
app.conf.update(
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    broker_url=secrets.variable("CELERY_BROKER_URL") or None,
    task_acks_late=True,
    task_default_queue="agent",
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_proc_alive_timeout=60.0,
)


@app.task(name="agent.run", bind=True, throws=(Refused,), **AGAIN)  # type: ignore[untyped-decorator]
def run(
    task: Any,
    input: Any = None,
    session_id: Any = None,
    user: Any = "anonymous",
    *_: Any,
    **__: Any,
) -> dict[str, Any]:
    """Run the workflow, and return the run. Raises `Refused`, whatever the arguments are."""
    process = Process.of_this(settings)
    policies, run_id = process.service.engine.manifests.policies, task.request.id
    given = {"input": input, "session_id": session_id, "user": user}
    try:
        found = process.once(read(given, policies, run_id))
    except Refused as e:
        log.warning("message_refused", run_id=run_id, reason=str(e))
        raise
    if found.status not in ENDED:
        raise Reject("the worker is being stopped", requeue=True)
    return answer(found)


def work(options: list[str]) -> None:
    """Be a Celery worker until SIGTERM, then drain. Raises `ConfigError`."""
    if not app.conf.broker_url:
        raise ConfigError(
            "CELERY_BROKER_URL is not set: name the broker, such as redis://localhost:6379/0"
        )
    service = Service(settings)  # what is wrong with config/ is told here, before there are others
    asyncio.run(service.store.close())
    setup(settings)
    log.info("working", mode=service.engine.mode)
    app.worker_main(["--quiet", "worker", *options])


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def log_as_everywhere(**_: Any) -> None:
    setup(settings)


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def begin(**_: Any) -> None:
    Process.of_this(settings)


@signals.worker_shutting_down.connect  # type: ignore[untyped-decorator]
def stop(**_: Any) -> None:
    Process.stop_all()


@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def end(**_: Any) -> None:
    Process.of_this(settings).end()
