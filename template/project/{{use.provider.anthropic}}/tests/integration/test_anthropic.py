from fake_llm import anthropic
from fake_llm.contract import ProviderContract


class TestAnthropic(ProviderContract):
    wire = anthropic
    model = "anthropic:claude-sonnet-5-5"
