"""Answers that are given again for `cache_ttl_s` of memory.yaml, without asking a model.

An answer is good for the same manifests, the same input and the same caller, and only where nothing
else could matter: no conversation, no person's decision, no failure.
"""

import hashlib
import json

from agent.manifests import Manifests
from agent.run import Run
from agent.stores import Store


async def answer(store: Store, manifests: Manifests, run: Run) -> bool:
    """Give a new run the answer of an earlier one, if there is one."""
    if run.state or not cacheable(manifests, run):
        return False
    found = await store.get("cache", key(manifests, run))
    if found:
        run.output, run.cached = found["output"], True
    return run.cached


async def keep(store: Store, manifests: Manifests, run: Run) -> None:
    """Keep the answer of a run that has succeeded."""
    if not run.cached and cacheable(manifests, run):
        body = {"output": run.output}
        await store.put("cache", key(manifests, run), body, manifests.memory.cache_ttl_s)


def cacheable(manifests: Manifests, run: Run) -> bool:
    return bool(manifests.memory.cache_ttl_s) and not (run.session_id or run.answers)


def key(manifests: Manifests, run: Run) -> str:
    text = json.dumps([manifests.hash, run.user, run.input])
    return hashlib.sha256(text.encode()).hexdigest()
