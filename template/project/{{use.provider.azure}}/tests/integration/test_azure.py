from typing import ClassVar

from fake_llm import azure
from fake_llm.contract import ProviderContract


class TestAzure(ProviderContract):
    wire = azure
    model = "azure:gpt-6.1-terra"
    base = "/openai/v1"
    connection: ClassVar = {
        "api_key_env": "FAKE_API_KEY",
        "provider_env": {"azure_endpoint": "FAKE_BASE_URL"},
    }
