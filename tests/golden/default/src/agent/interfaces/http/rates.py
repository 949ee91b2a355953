"""How often a caller may ask: windows of the clock, counted in the store for all processes."""

import math
import time

from agent.stores import Store

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


async def count(store: Store, rate: str, who: str) -> int:
    """Count one request of `who`. The seconds until the next is allowed; 0 if this one is.

    `rate` is such as `60/minute`: at most so many in each minute of the clock. Raises `StoreError`.
    """
    most, _, unit = rate.partition("/")
    seconds, now = SECONDS[unit], time.time()
    window = int(now // seconds)
    counted = await store.add("rate", f"{unit}:{window}:{who}", {"requests": 1}, seconds)
    if counted["requests"] <= int(most):
        return 0
    return max(1, math.ceil((window + 1) * seconds - now))
