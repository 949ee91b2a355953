"""The chat page in a real browser, against a real server with the offline model."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.project import serve
from tests.template import projects

ANSWERS = {"pattern": "workflow", "providers": ["openai"], "interfaces": ["http", "chat", "cli"]}
ANSWERS |= {"targets": [], "store": "sqlite"}
SERVE = [sys.executable, "-m", "agent", "serve"]
KEY = "k" * 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat") / "project"
    projects.make(folder, ANSWERS)
    return folder


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 360, "height": 700})
        browser.close()


def ask(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("choice", ["approve", "stop"])
def test_a_person_decides(folder: Path, page: Page, choice: str) -> None:
    with serve(SERVE, folder, PYTHONPATH="src") as server:
        page.goto(server.url)
        ask(page, "Write to <script>document.title = 'bad'</script>Ann")
        page.get_by_label("Comment (optional)").fill("as agreed")
        page.get_by_role("button", name=choice).click()
        expect(page.locator(".agent").last).not_to_be_empty()
        expect(page.locator(".you").first).to_contain_text("<script>")
        expect(page).to_have_title("Chat")


def test_a_key_is_asked_for_when_it_is_needed(folder: Path, page: Page) -> None:
    with serve(SERVE, folder, PYTHONPATH="src", AGENT_API_KEYS=f"ann:{KEY}") as server:
        page.goto(server.url)
        ask(page, "What is 6 * 7?")
        page.get_by_label("API key").fill(KEY)
        page.get_by_role("button", name="Continue").click()
        expect(page.locator(".agent")).to_contain_text("42")
