"""Ending when asked to, without a traceback."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

__all__ = ["until_asked"]


async def until_asked(*, eof: bool = False) -> None:
    """Wait for Ctrl-C, SIGTERM, or the terminal to be closed.

    Asked twice, the signal does what it always does: whoever insists does not want to wait.

    Parameters
    ----------
    eof
        Whether the end of standard input asks, too: then whoever started us has died, however it died.
    """
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    heeded = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as it is under nohup
        heeded.append(signal.SIGHUP)
    for number in heeded:
        loop.add_signal_handler(number, asked.set)
    if eof:
        loop.add_reader(sys.stdin.fileno(), _read, asked)
    try:
        await asked.wait()
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)
        if eof:
            loop.remove_reader(sys.stdin.fileno())


def _read(ended: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        ended.set()
