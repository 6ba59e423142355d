"""Renders SVG to PNG in a process of its own: resvg holds the interpreter's lock while it works."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from nrg_core.errors import NrgError

from .worker import ANSWER, REQUEST

__all__ = ["PictureError", "Pictures"]

WORKER = Path(__file__).with_name("worker.py")


class PictureError(NrgError):
    """The picture could not be made; whoever asked for it answers without one."""


class _WorkerLostError(Exception):
    """The worker's process ended before it answered."""


class _Worker:
    """One rendering process, started at its first picture. It serves one caller at a time."""

    def __init__(self) -> None:
        self._process: Process | None = None

    async def render(self, svg: bytes, width: int) -> bytes:
        process = self._process or await self._start()
        try:
            return await _ask(process, REQUEST.pack(len(svg), width) + svg)
        except PictureError:
            raise
        except BaseException:
            # Lost, cancelled or late: an answer may be half-read, so the process cannot be used again.
            await self.stop()
            raise

    async def _start(self) -> Process:
        # A plain process, not concurrent.futures: that one would import the bot's main module (80 MB, 1.6 s).
        # A session of its own keeps Ctrl-C in the bot's terminal away from it.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", str(WORKER), stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        return self._process

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _ask(process: Process, request: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(request)
        await process.stdin.drain()
        ok, length = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
        body = await process.stdout.readexactly(length)
    except (OSError, asyncio.IncompleteReadError) as error:
        raise _WorkerLostError from error
    if not ok:
        raise PictureError(f"the SVG cannot be rendered: {body.decode()}")
    return body


class Pictures:
    """Makes PNG files of SVG, without holding up the event loop.

    Only the bundled fonts are used, so a picture looks the same on every machine. The family is
    "Noto Sans", in weights 400, 600 and 700. Processes start with the first picture; close with ``aclose``.

    Parameters
    ----------
    workers
        How many pictures may be rendered at the same time, each in a process of about 30 MB.
    deadline
        Seconds that one picture may take, waiting for its turn not included.
    """

    def __init__(self, *, workers: int = 1, deadline: float = 10.0) -> None:
        self._workers = [_Worker() for _ in range(workers)]
        # Last in, first out: a second process starts only when two pictures are wanted at once.
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._idle.put_nowait(worker)
        self._deadline = deadline
        self._closed = False

    async def png(self, svg: str, *, width: int | None = None) -> bytes:
        """Return the picture as the bytes of a PNG file.

        Parameters
        ----------
        svg
            The document. Text put in by people must have gone through `escape`.
        width
            Width in pixels, the height follows; by default the document's own size.

        Raises
        ------
        PictureError
            The SVG is not valid, the deadline passed, the process died twice in a row, or this is closed.
        """
        source = svg.encode(errors="replace")
        worker = await self._idle.get()
        try:
            async with asyncio.timeout(self._deadline):
                try:
                    return await self._render(worker, source, width or 0)
                except _WorkerLostError:
                    return await self._render(worker, source, width or 0)
        except TimeoutError as error:
            raise PictureError(f"rendering took longer than {self._deadline:g} s") from error
        except _WorkerLostError as error:
            raise PictureError("the rendering process died twice in a row") from error
        finally:
            self._idle.put_nowait(worker)

    async def _render(self, worker: _Worker, source: bytes, width: int) -> bytes:
        if self._closed:
            raise PictureError("rendering has been closed")
        return await worker.render(source, width)

    async def aclose(self) -> None:
        """End the processes; a picture still being made fails with `PictureError`."""
        self._closed = True
        for worker in self._workers:
            await worker.stop()
