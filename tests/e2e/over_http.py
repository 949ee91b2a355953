"""A conftest.py for transcripts that are pinned offline: here real SDKs ask for every answer.

A test lies in its pattern's folder, with `config/` beside it. Its agents get a real model, whose
server answers by the rules of config/offline.yaml, from nothing but the request that came.
"""

import json
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from pydantic_ai.messages import ModelRequest, ToolReturnPart, UserPromptPart
from pydantic_ai.models import override_allow_model_requests

from agent import agents
from agent.providers.offline import OfflineModel
from agent.schemas import Offline
from fake_llm import serve

MODELS = {"openai": "openai:gpt-6.1-terra", "anthropic": "anthropic:claude-sonnet-5-5"}
NATIVE = "(the answer itself)"
BASE = {"openai": "/v1", "anthropic": ""}


@pytest.fixture(autouse=True, params=list(MODELS))
def config(
    request: pytest.FixtureRequest, config: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The pattern's manifests, with a model of each provider in turn."""
    shutil.copytree(request.path.parent / "config", config, dirs_exist_ok=True)
    provider = request.param
    names = yaml.safe_load((config / "agents.yaml").read_text())["agents"]
    model = {"model": MODELS[provider], "api_key_env": "FAKE_API_KEY", "base_url_env": "FAKE_URL"}
    signed = {n: {"settings": {"extra": {"extra_body": {"agent": n}}}} for n in names}
    overlay = {"models": {"default": "live", "fallback": [], "models": {"live": model}}}
    overlay |= {"agents": {"agents": signed}}
    (config / "environments/development.yaml").write_text(json.dumps(overlay))
    with serve(import_module(f"fake_llm.{provider}")) as fake, override_allow_model_requests(True):
        monkeypatch.setenv("AGENT_MODEL_MODE", "live")
        monkeypatch.setenv("FAKE_API_KEY", "sk-test")
        monkeypatch.setenv("FAKE_URL", fake.url + BASE[provider])
        # what is recorded needs the model itself, not a name that a run would find it by
        monkeypatch.setattr(
            agents, "choose_model", lambda agent, given, live: (live.get("live"), [])
        )
        fake.answer = scripted(fake, config)  # type: ignore[method-assign]
        yield config
        assert fake.requests


def scripted(fake: Any, config: Path) -> Any:
    """`answer` of the fake server, with the reply that offline.yaml has for the request."""
    answer, one_at_a_time = fake.answer, Lock()

    def reply(path: str, request: dict[str, Any]) -> Any:
        script = yaml.safe_load((config / "offline.yaml").read_text())  # a test may change it
        name, schemas = request["agent"], outputs(request)
        replies = Offline.model_validate(script).replies.get(name, [])
        tools = [SimpleNamespace(name=n, parameters_json_schema=s) for n, s in schemas.items()]
        about: Any = SimpleNamespace(output_tools=tools, allow_text_output=not tools)
        part = OfflineModel(name, replies, "set OPENAI_API_KEY").part(messages(request), about)
        with one_at_a_time:
            fake.replies.append(said(part))
            return answer(path, request)

    return reply


def outputs(request: dict[str, Any]) -> dict[str, Any]:
    """The schemas of an answer that is no text: those of tools, or that of the answer itself."""
    tools = {tool["name"]: tool for tool in request.get("tools", ())}
    schemas = {n: t.get("parameters") or t.get("input_schema") for n, t in tools.items()}
    schemas = {name: schema for name, schema in schemas.items() if name.startswith("final_result")}
    if given := request.get("output_config", {}).get("format"):
        schemas[NATIVE] = given["schema"]
    return schemas


def said(part: Any) -> Any:
    if part.part_kind == "text":
        return part.content
    return json.dumps(part.args) if part.tool_name == NATIVE else (part.tool_name, part.args)


def messages(request: dict[str, Any]) -> list[ModelRequest]:
    """The prompts and results of a request, in either format."""
    parts, names = list[Any](), dict[str, str]()
    for item in request.get("input") or blocks(request["messages"]):
        match item:
            case {"type": "function_call" | "tool_use", "name": name}:
                names[item.get("call_id") or item["id"]] = name
            case {"type": "function_call_output" | "tool_result"}:
                called = item.get("call_id") or item["tool_use_id"]
                content = text(item.get("output") or item.get("content"))
                parts.append(ToolReturnPart(names[called], content, called))
            case {"role": "user", "content": content}:
                parts.append(UserPromptPart(text(content)))
    return [ModelRequest([part]) for part in parts]


def blocks(given: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The blocks of Anthropic's messages; each text is a message of its own, as with OpenAI."""
    for message in given:
        content = message["content"]
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            is_text = block["type"] == "text"
            yield {"role": message["role"], "content": block["text"]} if is_text else block


def text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(block["text"] for block in content)
