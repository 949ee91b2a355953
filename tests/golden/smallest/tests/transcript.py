"""Plays the workflow of a copy of config/ in this folder, and writes down who said what."""

import json
from typing import Any

from pydantic_ai import ModelMessage, ModelResponse
from pydantic_ai.models.wrapper import WrapperModel

from agent import Engine
from agent.run import Run


class Recorder(WrapperModel):
    """A line per question: `agent: its first line > tools it called > the first line it said`."""

    def __init__(self, agent: str, model: Any, lines: list[str]):
        super().__init__(model)
        self.agent, self.lines = agent, lines

    async def request(self, messages: list[ModelMessage], *args: Any) -> ModelResponse:
        asked = [p for p in messages[-1].parts if p.part_kind == "user-prompt"]
        if asked:
            self.lines.append(f"{self.agent}: {str(asked[0].content).splitlines()[0]}")
        at = max(i for i, line in enumerate(self.lines) if line.startswith(f"{self.agent}: "))
        response = await super().request(messages, *args)
        for part in response.parts:
            if part.part_kind == "tool-call":
                final = part.tool_name.startswith("final_result")
                said = json.dumps(part.args_as_dict()) if final else part.tool_name
                self.lines[at] += f" > {said}"
            elif part.part_kind == "text":
                self.lines[at] += f" > {part.content.splitlines()[0]}"
        return response


async def play(text: str, session_id: str | None = None) -> tuple[Run, list[str]]:
    engine, lines = Engine.from_config_dir("config"), list[str]()
    for name, agent in engine.agents.items():
        agent.model = Recorder(name, agent.model, lines)
    return await engine.execute(Run(input=text, session_id=session_id)), lines
