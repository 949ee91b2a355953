"""What platforms ask: is it alive, is it ready, how is it, what did it count."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from agent.interfaces.http.errors import Refusal
from agent.service import Service

router = APIRouter(tags=["operations"])


class State(BaseModel):
    status: Literal["alive", "ready", "not ready"]


@router.get("/live")
async def live() -> State:
    """The process runs. Never looks at anything else."""
    return State(status="alive")


@router.get("/ready", responses={503: {"model": State, "description": "Not now"}})
async def ready(request: Request, response: Response) -> State:
    """Requests can be sent here."""
    found = await health(request, response)
    return State(status="ready" if found["status"] == "healthy" else "not ready")


@router.get("/health", responses={503: {"description": "Something is wrong, and this says what"}})
async def health(request: Request, response: Response) -> dict[str, Any]:
    """What is running, and what is wrong with it."""
    found: dict[str, Any] = await request.app.state.service.health()
    response.status_code = 200 if found["status"] == "healthy" else 503
    return found


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={404: {"model": Refusal, "description": "Disabled in config/metrics.yaml"}},
)
async def metrics(request: Request) -> Response:
    """For Prometheus."""
    service: Service = request.app.state.service
    if not service.engine.manifests.metrics.enabled:
        raise HTTPException(404, "disabled in config/metrics.yaml")
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)
