"""The store in Redis, as far as it goes without a server: test_store.py tries a real one."""

import pytest

from agent.errors import ConfigError
from agent.stores import open_store


@pytest.mark.anyio
async def test_a_server_that_is_away_is_told_in_a_sentence():
    store = open_store("redis://:s3cret@127.0.0.1:1/0")
    with pytest.raises(ConfigError, match="the Redis of AGENT_STORE_URL cannot be reached"):
        await store.get("run", "a")
    await store.close()


@pytest.mark.parametrize("url", ["redis://a:s3/cret@b", "rediss://a:s3cret@b?c=d"])
def test_a_wrong_url_is_told_without_its_password(url: str):
    with pytest.raises(ConfigError, match="AGENT_STORE_URL is no redis:// URL") as caught:
        open_store(url)
    assert "s3" not in str(caught.value)
