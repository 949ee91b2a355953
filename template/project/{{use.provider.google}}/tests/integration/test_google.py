from fake_llm import google
from fake_llm.contract import ProviderContract


class TestGoogle(ProviderContract):
    wire = google
    model = "google:gemini-3.8-flash"
    attempts = 1  # unless `max_retries` says otherwise
