"""The store in Postgres, as far as it goes without a database: test_store.py tries a real one."""

import pytest

from agent.errors import ConfigError
from agent.stores import open_store, postgres


@pytest.mark.anyio
async def test_a_database_that_is_away_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(postgres, "PATIENCE_S", 0.1)
    store = open_store("postgresql://127.0.0.1:1/agent")
    with pytest.raises(ConfigError, match="the database of AGENT_STORE_URL cannot be reached"):
        await store.get("run", "a")
    await store.close()


@pytest.mark.parametrize("url", ["postgres://a:s3:cret@[", "postgresql+psycopg://a:s3cret@b?c=d"])
def test_a_wrong_url_is_told_without_its_password(url: str):
    with pytest.raises(ConfigError, match="AGENT_STORE_URL is no postgresql:// URL") as caught:
        open_store(url)
    assert "s3" not in str(caught.value)


def test_the_other_names_of_a_url():
    for url in "postgres://db/agent", "postgresql+psycopg://db/agent":
        assert open_store(url).pool.conninfo == open_store("postgresql://db/agent").pool.conninfo
