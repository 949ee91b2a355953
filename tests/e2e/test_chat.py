"""The chat page in headless Chromium, on a real `agent serve` of a generated project."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.installed import install
from tests.e2e.project import PATIENCE, Server, serve
from tests.template import projects

SERVE = [".venv/bin/agent", "serve"]
KEY = "alices-secret"
HOLD = '''

async def hold(text: str) -> None:
    """Keep a run that is about to end until the test has seen its page."""
    import asyncio
    from pathlib import Path

    if text == "fail":
        raise ValueError("a secret of the inside")
    while text.startswith("wait") and not Path("go").exists():
        await asyncio.sleep(0.02)
'''
NODES = [
    {"id": "answer", "kind": "agent", "agent": "assistant"},
    {"id": "held", "kind": "deterministic", "call": "agent.tools:hold", "args": {"text": "input"}},
    {"id": "route", "kind": "decision", "choices": ["ask", "tell"]}
    | {"expr": "'ask' if input.startswith('publish') else 'tell'"},
    {"id": "review", "kind": "approval", "message": "Publish <b>{{ answer }}</b>?"},
    {"id": "asked", "kind": "merge", "template": "{{ review.choice }}: {{ review.comment }}"},
    {"id": "told", "kind": "merge", "template": "{{ answer }}"},
]
EDGES = [
    {"from": "answer", "to": "held"},
    {"from": "held", "to": "route"},
    {"from": "route", "to": "review", "when": "ask"},
    {"from": "review", "to": "asked"},
    {"from": "route", "to": "told", "when": "tell"},
]
REPLIES = [
    {"when": "^html", "text": "<script>document.title = 'broken'</script><img src=x>"},
    {"when": "^long", "text": "x" * 400},
    {"text": "You said: {{ prompt }}"},
]
MANIFESTS: dict[str, dict[str, Any]] = {
    "workflow": {"name": "chat", "nodes": NODES, "edges": EDGES, "output": "asked or told"},
    "offline": {"replies": {"assistant": REPLIES}},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = {"interfaces": ["http", "chat"], "targets": [], "store": "sqlite"}
    folder = projects.make(tmp_path_factory.mktemp("chat") / "my-agent", given)
    for name, manifest in MANIFESTS.items():
        (folder / f"config/{name}.yaml").write_text(json.dumps({"version": "1.0.0"} | manifest))
    with (folder / "src/agent/tools/__init__.py").open("a") as tools:
        tools.write(HOLD)
    install(folder)
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    (folder / "go").unlink(missing_ok=True)
    with serve(SERVE, folder, AGENT_API_KEYS=f"alice:{KEY}") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE * 1000)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "the chat page is tested in a browser: on Debian, apt install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The page as somebody sees it whose key the tab knows; nothing may go wrong inside."""
    with browser.new_context(viewport={"width": 360, "height": 640}) as context:
        page, wrong = context.new_page(), list[str]()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
        page.on("request", lambda r: r.url.startswith(server.url) or wrong.append(r.url))
        page.goto(server.url)
        page.evaluate(f"sessionStorage.setItem('key', '{KEY}')")
        yield page
        told = "Failed to load resource: "  # how Chromium tells of a status that the page handles
        assert not [text for text in wrong if not text.startswith(told)]


def say(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()


def fits(page: Page) -> bool:
    """Nothing is to the right of a telephone's screen, and the newest is on it."""
    sizes = "document.documentElement.scrollWidth <= innerWidth && "
    sizes += "log.scrollTop + log.clientHeight >= log.scrollHeight - 2"
    return bool(page.evaluate(sizes))


def test_an_answer_is_seen_while_it_is_written(page: Page, folder: Path) -> None:
    say(page, "wait for it")
    expect(page.locator(".you")).to_have_text("wait for it")
    expect(page.locator(".agent")).to_have_text("You said: wait for it")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()  # the run has not ended yet
    (folder / "go").touch()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    page.get_by_label("Message").fill("two\nlines")
    page.get_by_label("Message").press("Enter")
    expect(page.locator(".agent").last).to_have_text("You said: two\nlines")
    say(page, "long")
    expect(page.locator(".agent").last).to_have_text("x" * 400)
    assert fits(page)


def test_who_has_no_key_is_asked_for_it_and_loses_nothing(page: Page) -> None:
    page.evaluate("sessionStorage.setItem('key', 'wrong')")
    say(page, "hello")
    expect(page.get_by_text("This service needs an API key.")).to_be_visible()
    assert fits(page)
    key = page.get_by_label("API key")
    expect(key).to_be_focused()
    key.fill(KEY)
    key.press("Enter")
    expect(page.locator(".agent")).to_have_text("You said: hello")
    expect(key).to_be_hidden()
    assert KEY not in page.content() and KEY not in page.url


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_person_decides(page: Page, choice: str) -> None:
    say(page, "long")
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    say(page, "publish")
    question = page.locator(".question")
    expect(question).to_contain_text("Publish <b>You said: publish</b>?")
    assert fits(page)
    question.get_by_label("Comment").fill("as I see it")
    question.get_by_role("button", name=choice).click()
    expect(page.locator(".agent").last).to_have_text(f"{choice}: as I see it")
    expect(page.get_by_role("button", name=choice)).to_have_count(0)


def test_what_a_model_writes_stays_text(page: Page) -> None:
    say(page, "html")
    expect(page.locator(".agent")).to_have_text(
        "<script>document.title = 'broken'</script><img src=x>"
    )
    assert page.title() == "Chat" and not page.locator("#log script, #log img").count()


def test_a_failure_is_told(page: Page, server: Server) -> None:
    say(page, "fail")
    expect(page.locator(".error")).to_have_text("A step failed.")
    say(page, "wait for ever")
    expect(page.locator(".agent").last).to_have_text("You said: wait for ever")
    server.process.kill()
    broke = "The connection broke before the answer was complete."
    expect(page.locator(".error").last).to_have_text(broke)
    say(page, "hello?")
    expect(page.locator(".error").last).to_have_text("The service cannot be reached.")
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
