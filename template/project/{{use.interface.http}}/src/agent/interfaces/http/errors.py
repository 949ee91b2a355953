"""Errors in one form, and what the API's description says of them."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from agent.errors import StoreError
from agent.logs import log

MEANING = {
    400: "The body is not text in UTF-8",
    401: "No valid key or token",
    402: "The budget is used up",
    403: "The caller may not do this",
    404: "There is none, or it is somebody else's",
    409: "The run is in another state",
    413: "The body or the input is too long",
    422: "The request is not as described here",
    429: "Too many requests: see Retry-After",
    500: "A step of the run failed, or the service itself",
    502: "No model, or no other service, gave an answer that can be used",
    503: "The store or the issuer of tokens does not answer: see Retry-After",
    504: "The run took too long",
}


class Reason(BaseModel):
    code: str
    message: str
    request_id: str = ""


class Refusal(BaseModel):
    """What a request gets that is not answered."""

    error: Reason


def refusals(*more: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer instead, for its description."""
    statuses = sorted({401, 403, 422, 429, 500, 503, *more})
    return {status: {"model": Refusal, "description": MEANING[status]} for status in statuses}


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    app.add_exception_handler(StoreError, on_store_error)


def refuse(status: int, message: str, headers: Any = None) -> JSONResponse:
    error = {"code": f"http_{status}", "message": message}
    return JSONResponse({"error": error}, status, headers)


async def on_http_error(_: Request, error: Any) -> JSONResponse:
    return refuse(error.status_code, error.detail, error.headers)


async def on_invalid_request(_: Request, error: Any) -> JSONResponse:
    """The first thing that is wrong and where, without repeating what was sent."""
    first = error.errors()[0]
    return refuse(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


async def on_store_error(_: Request, error: Exception) -> JSONResponse:
    log.error("store_failed", error=str(error))
    return refuse(503, "the store does not answer now", {"Retry-After": "5"})
