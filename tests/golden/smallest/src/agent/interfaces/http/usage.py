"""/v1/usage: what the caller has used."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from agent.interfaces.http.auth import Runner
from agent.interfaces.http.errors import refusals
from agent.ledger import usage

router = APIRouter(prefix="/v1/usage", tags=["usage"], responses=refusals())


class DayUsage(BaseModel):
    """What one caller has used on one day (UTC)."""

    day: str
    user: str
    runs: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


@router.get("", response_model=list[DayUsage])
async def read(
    caller: Runner, days: Annotated[int, Query(ge=1, le=366)] = 7
) -> list[dict[str, Any]]:
    """The last days, the newest first; days without any use are left out. Admins see everybody."""
    everybody = caller.may("admin")
    return await usage(caller.service.store, days, "" if everybody else caller.name)
