"""What no library would send: the right refusal, and a server that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from nrg_sandbox import Sandbox

Json = dict[str, Any]
MEBIBYTE = 1024 * 1024


class Careless:
    """Sends bytes as they are given."""

    def __init__(self, discord: Sandbox, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._token = f"Bot {discord.token}"
        self.messages = f"{discord.api_url}/channels/{discord.channel('practice')['id']}/messages"

    async def post(self, data: Any, content_type: str | None = "application/json") -> tuple[int, Json]:
        headers = {"Authorization": self._token}
        if content_type is not None:
            headers["Content-Type"] = content_type
        async with self._session.post(self.messages, data=data, headers=headers) as response:
            return response.status, await response.json()


@pytest.fixture
async def careless(discord: Sandbox) -> AsyncIterator[Careless]:
    async with aiohttp.ClientSession() as session:
        yield Careless(discord, session)
        # Whatever was sent, the next call is served.
        assert (await Careless(discord, session).post(b'{"content": "still here"}'))[0] == 200


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"nope", b'{"content": "x"}}', b"[" * 5000])
async def test_no_json(careless: Careless, body: bytes) -> None:
    status, refusal = await careless.post(body)
    assert (status, refusal) == (400, {"message": "The request body contains invalid JSON.", "code": 50109})


@pytest.mark.parametrize("body", [b"5", b"[]", b"null", b'"x"'])
async def test_json_that_is_no_object(careless: Careless, body: bytes) -> None:
    status, refusal = await careless.post(body)
    assert (status, refusal["code"]) == (400, 50035)


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", "application/xml"])
async def test_a_wrong_content_type(careless: Careless, content_type: str) -> None:
    status, refusal = await careless.post(b'{"content": "x"}', content_type)
    assert (status, refusal["code"]) == (400, 50035)
    assert [fault["code"] for fault in refusal["errors"]["_errors"]] == ["CONTENT_TYPE_INVALID"]


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary="],
)
async def test_a_form_that_is_none(careless: Careless, content_type: str) -> None:
    status, refusal = await careless.post(b"no parts here", content_type)
    assert (status, refusal["code"]) == (400, 50035)


async def test_a_form_whose_json_is_none(careless: Careless) -> None:
    form = aiohttp.FormData({"payload_json": "{nope"})
    form.add_field("files[0]", BytesIO(b"x"), filename="x.txt")
    assert (await careless.post(form, None))[1]["code"] == 50109


@pytest.mark.parametrize(("files", "each"), [(1, 10 * MEBIBYTE + 1), (3, 9 * MEBIBYTE)])
async def test_files_too_large(careless: Careless, files: int, each: int) -> None:
    form = aiohttp.FormData({"payload_json": '{"content": "x"}'})
    for number in range(files):
        form.add_field(f"files[{number}]", BytesIO(b"x" * each), filename=f"{number}.bin")
    status, refusal = await careless.post(form, None)
    assert (status, refusal["code"]) == (413, 40005)


async def test_an_id_that_is_none(discord: Sandbox) -> None:
    headers = {"Authorization": f"Bot {discord.token}"}
    url = f"{discord.api_url}/channels/general/messages/7"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        assert response.status == 400
        told = (await response.json())["errors"]["channel_id"]["_errors"][0]
    assert told == {"code": "NUMBER_TYPE_COERCE", "message": 'Value "general" is not snowflake.'}


@pytest.mark.parametrize("token", ["", "Bot", "Bot wrong", "Bearer x", "Basic x"])
async def test_a_wrong_token(discord: Sandbox, token: str) -> None:
    url, headers = f"{discord.api_url}/users/@me", {"Authorization": token}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        assert response.status == 401
        assert await response.json() == {"message": "401: Unauthorized", "code": 0}
