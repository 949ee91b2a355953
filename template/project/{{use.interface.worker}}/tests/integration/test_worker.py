"""A worker in a process of its own, and the store between it and whoever queues runs."""

import asyncio
import subprocess
import sys
import time

from agent import Engine
from agent.run import Run


def test_a_worker_takes_what_is_queued_and_stops_when_told(config, settings):
    engine, count = Engine.from_config_dir(config, settings), 3
    for _ in range(count):
        asyncio.run(engine.put(Run(input="hi")))
    command = [sys.executable, "-m", "agent", "worker"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while asyncio.run(engine.store.count("run", "succeeded")) < count:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        process.terminate()
        logs = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    assert process.returncode == 0 and '"event": "working"' in logs, logs
