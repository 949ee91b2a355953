"""postgresql:// and postgres:// are the same."""

from agent.stores.postgres import open_store as open_store
