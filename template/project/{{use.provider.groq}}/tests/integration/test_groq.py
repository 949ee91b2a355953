from fake_llm import groq
from fake_llm.contract import ProviderContract


class TestGroq(ProviderContract):
    wire = groq
    model = "groq:openai/gpt-oss-120b"
