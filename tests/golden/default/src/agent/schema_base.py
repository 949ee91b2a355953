"""What every manifest has."""

from typing import Annotated

from pydantic import Field

from agent.nodes import Strict

SemVer = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]


class Manifest(Strict):
    version: SemVer = Field(description="Semantic version of this file")
    description: str = ""
