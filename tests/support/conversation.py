"""Conversations as the plugins' guides tell them: read strictly, and held with a real bot.

What is done stands at the left, a line each:

    ana: /checkin hack:energy-ball notes:quiet       a command, with its options
    ana presses Lovely                               a button, on the latest message that has it
    ana chooses Someone validates …                  an entry of the latest menu, or nothing
    ana answers: How was it? Quiet · …               the fields of the form that opened
    ana replies pause to “on the clock”              to the latest message that holds these words
    ben reacts ✅ to “5 min of Energy ball”
    ben picks Validate this practice on “5 min of”   from the menu of a message
    ben picks Validate latest practice on ana        from the menu of a member
    ben leaves the server
    — 20 minutes later —                             or hours, days, weeks
    — NRG loses Manage Channels —                    or gains: a permission of the bot's role

What the bot shows upon it stands below, indented, in any order; a message that changes is shown anew:

      NRG: …                       everybody sees it
      NRG to ana alone: …          nobody else does; in a room of two: NRG to ana and ben alone
      NRG writes to ana: …         a direct message
      NRG asks ana: How was it?    a form, by its fields
      NRG reacts 🤝
      NRG says nothing

A line that is indented further goes on with the one above. ``…`` stands for anything, ``[Pause]`` for a
button, ``[Lovely ✓]`` for a green one, ``(picture)`` for a picture. All that the bot shows has to be there:
so a guide hides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from tests.support.scene import Scene

__all__ = ["Misread", "Step", "hold", "read"]

Deed = Callable[..., Awaitable[None]]

DEEDS: Final[dict[str, Deed]] = {
    r"(?P<who>\w+): /(?P<command>.+)": Scene.command,
    r"(?P<who>\w+) presses (?P<button>.+)": Scene.press,
    r"(?P<who>\w+) chooses (?P<choices>.+)": Scene.choose,
    r"(?P<who>\w+) answers: (?P<answers>.+)": Scene.fill_in,
    r"(?P<who>\w+) replies (?P<word>.+) to “(?P<words>.+)”": Scene.reply,
    r"(?P<who>\w+) reacts (?P<emoji>\S+) to “(?P<words>.+)”": Scene.react,
    r"(?P<who>\w+) picks (?P<entry>.+) on “(?P<words>.+)”": Scene.pick_on_message,
    r"(?P<who>\w+) picks (?P<entry>.+) on (?P<whom>\w+)": Scene.pick_on_member,
    r"(?P<who>\w+) leaves the server": Scene.leave,
    r"— (?P<number>\d+) (?P<unit>minute|hour|day|week)s? later —": Scene.wait,
    r"— NRG (?P<change>loses|gains) (?P<permission>.+) —": Scene.permit,
}

SHOWN: Final = re.compile(
    r"NRG( to \w+(, \w+)*( and \w+)? alone| writes to \w+| asks \w+)?: .+|NRG reacts \S+"
)
NOTHING: Final = "NRG says nothing"


class Misread(Exception):  # noqa: N818 - a verdict
    """A conversation that the notation does not know."""


@dataclass
class Step:
    """Something that is done, and what the bot shows upon it."""

    done: str
    shown: list[str] = field(default_factory=list[str])

    def deed(self) -> tuple[Deed, dict[str, str]]:
        """Return what does it, and with which words."""
        for pattern, deed in DEEDS.items():
            if found := re.fullmatch(pattern, self.done):
                return deed, found.groupdict()
        raise Misread(f"nobody can do this: {self.done!r}")

    def check(self) -> None:
        """See that everything about it is understood, and that it says what the bot shows."""
        self.deed()
        for line in self.shown:
            if line != NOTHING and not SHOWN.fullmatch(line):
                raise Misread(f"the bot cannot show this: {line!r}")
        if NOTHING in self.shown and len(self.shown) > 1:
            raise Misread(f"the bot shows nothing and something after {self.done!r}")
        # Around the members things happen by themselves, and mostly unnoticed.
        if not self.shown and not self.done.startswith("—"):
            raise Misread(f"it is not said what the bot shows after {self.done!r}")


def read(conversation: str) -> list[Step]:
    """Return a conversation step by step.

    Raises
    ------
    Misread
        A line is not understood, or is missing.
    """
    steps: list[Step] = []
    for line in filter(str.strip, conversation.splitlines()):
        said = line.lstrip()
        match len(line) - len(said):
            case 0:
                steps.append(Step(said))
            case 2 if steps:
                steps[-1].shown.append(said)
            case margin if margin > 2 and steps and steps[-1].shown:
                steps[-1].shown[-1] += f" {said}"
            case _:
                raise Misread(f"this belongs to nothing: {line!r}")
    for step in steps:
        step.check()
    return steps


async def hold(conversation: str, scene: Scene, *, patience: float = 5.0) -> None:
    """Do what is done, and see that the bot shows what it should, and nothing else.

    Parameters
    ----------
    patience
        Real seconds in which the bot has to show it.

    Raises
    ------
    Misread
        The conversation is not understood.
    AssertionError
        The bot showed something else, which is told in the notation.
    """
    for step in read(conversation):
        await _take(step, scene, patience)


async def _take(step: Step, scene: Scene, patience: float) -> None:
    wanted = [line for line in step.shown if line != NOTHING]
    before = {where: state for where, state, _ in scene.shown()}
    deed, words = step.deed()
    await deed(scene, **words)

    def compared() -> tuple[list[str], list[str]]:
        return _compare(wanted, [line for where, state, line in scene.shown() if before.get(where) != state])

    with suppress(AssertionError):  # told below, beside what came instead
        await scene.discord.wait_for(lambda: not compared()[0], timeout=patience)
    await scene.settle()
    missing, unsaid = compared()
    told = [f"  missing  {line}" for line in missing] + [f"  unsaid   {line}" for line in unsaid]
    assert not told, "\n".join([f"after {step.done!r}:", *told])


def _compare(wanted: Sequence[str], news: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what of the wanted was not shown, and what was shown that nobody wanted."""
    missing: list[str] = []
    unsaid = list(news)
    # What says most chooses first: "NRG: …" takes what is left.
    for line in sorted(wanted, key=len, reverse=True):
        found = next((each for each in unsaid if _fits(line, each)), None)
        if found is None:
            missing.append(line)
        else:
            unsaid.remove(found)
    return missing, unsaid


def _fits(line: str, shown: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, re.split(r"\s*…\s*", line))), shown) is not None
