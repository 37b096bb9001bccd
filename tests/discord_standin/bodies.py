"""Requests and answers as they go over the wire: JSON, and JSON with files."""

import json
from typing import Any

from aiohttp import BodyPartReader, web

from tests.discord_standin.payloads import ATTACHMENT_SIZE, attachment
from tests.discord_standin.rules_base import RejectedError, invalid, text
from tests.discord_standin.world import Clock

REQUEST_SIZE = 25 * 1024 * 1024


def answer(data: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON as Discord labels it: with a charset, discord.py takes it for text."""
    encoded = json.dumps(data).encode()
    return web.Response(
        body=encoded, status=status, headers=headers, content_type="application/json"
    )


def no_content() -> web.Response:
    return web.Response(status=204)


def object_of(data: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(data)
    except ValueError:
        raise RejectedError(400, 50109, "The request body contains invalid JSON.") from None
    if not isinstance(payload, dict):
        raise invalid("an object is expected")
    return payload


class Uploads:
    """All files by their ids, whoever uploaded them."""

    def __init__(self, clock: Clock) -> None:
        self.url = ""
        self._clock = clock
        self._files: dict[int, tuple[str, bytes, int]] = {}

    def keep(self, name: str, data: bytes, size: int | None = None) -> int:
        """Keep a file; ``size`` is what Discord says of it."""
        number = self._clock.snowflake()
        self._files[number] = name, data, len(data) if size is None else size
        return number

    def payload(self, number: int, **more: object) -> dict[str, Any]:
        name, _, size = self._files[number]
        url = f"{self.url}/attachments/{number}/{name}"
        return attachment(number, name, size, url, **more)

    def data(self, number: int) -> bytes:
        return self._files[number][1]

    async def serve(self, request: web.Request) -> web.Response:
        """Hand out a file, as Discord's CDN does."""
        number = int(request.match_info["id"])
        if number not in self._files:
            raise web.HTTPNotFound
        return web.Response(body=self.data(number))

    async def body(self, request: web.Request) -> dict[str, Any]:
        """What was sent, with the attachments as they are from now on."""
        if (request.content_length or 0) > REQUEST_SIZE:
            raise RejectedError(413, 40005, "Request entity too large")
        if request.content_type == "application/json":
            return self._attached(object_of(await request.read()), [])
        if request.content_type != "multipart/form-data":
            raise invalid(f"Content-Type {request.content_type!r}")
        payload: dict[str, Any] = {}
        files: list[tuple[str, bytes]] = []
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            data = bytes(await part.read(decode=True))
            if part.name == "payload_json":
                payload = object_of(data)
            elif part.name == f"files[{len(files)}]":
                if len(data) > ATTACHMENT_SIZE:
                    raise RejectedError(413, 40005, "Request entity too large")
                files.append((part.filename or "", data))
            else:
                raise invalid(f"part {part.name!r}")
        return self._attached(payload, files)

    def _attached(self, payload: dict[str, Any], files: list[tuple[str, bytes]]) -> dict[str, Any]:
        # In the first answer to an interaction, the message is one level down.
        holder = payload.get("data") if "type" in payload else payload
        if not isinstance(holder, dict) or not (files or holder.get("attachments")):
            return payload
        attached = []
        for one in holder.get("attachments") or []:
            number = int(one["id"])
            if number < len(files):
                name, data = files[number]
                if one.get("filename") not in {None, name}:
                    raise invalid("attachment.filename")
                text(one.get("description"), 1024, "attachment.description")
                number = self.keep(name, data)
            elif number not in self._files:
                raise invalid("attachment.id")
            attached.append(self.payload(number))
        if not len(files) <= len(attached) <= 10:
            raise invalid("attachments: 10 at most, and every file is described")
        holder["attachments"] = attached
        return payload
