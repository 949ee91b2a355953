from fake_llm import mistral
from fake_llm.contract import ProviderContract


class TestMistral(ProviderContract):
    wire = mistral
    model = "mistral:mistral-medium-2604"
    attempts = 1  # the SDK leaves retrying to the fallback
