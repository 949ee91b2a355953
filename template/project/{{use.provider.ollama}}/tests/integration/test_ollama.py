from fake_llm import ollama
from fake_llm.contract import ProviderContract


class TestOllama(ProviderContract):
    wire = ollama
    model = "ollama:qwen3"
    base = "/v1"
