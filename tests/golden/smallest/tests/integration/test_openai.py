from fake_llm import openai
from fake_llm.contract import ProviderContract


class TestOpenAI(ProviderContract):
    wire = openai
    model = "openai:gpt-6.1-terra"
    base = "/v1"
