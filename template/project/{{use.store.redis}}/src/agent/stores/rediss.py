"""rediss:// is redis:// over TLS."""

from agent.stores.redis import open_store as open_store
