"""Any URL that speaks OpenAI's chat completions is a model."""

from fake_llm import ollama
from fake_llm.contract import ProviderContract


class TestCompatible(ProviderContract):
    wire = ollama
    model = "openai-chat:a-model-of-ours"
    base = "/v1"
