"""The chat page: three files at /, which talk to /v1/runs like any other client."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

router = APIRouter(include_in_schema=False)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # the browser asks whether its copy is the newest
}


@router.get("/")
async def page() -> FileResponse:
    return _file("chat.html", "text/html")


@router.get("/chat.js")
async def script() -> FileResponse:
    return _file("chat.js", "text/javascript")


@router.get("/chat.css")
async def style() -> FileResponse:
    return _file("chat.css", "text/css")


def _file(name: str, media_type: str) -> FileResponse:
    return FileResponse(Path(__file__).with_name(name), media_type=media_type, headers=HEADERS)
