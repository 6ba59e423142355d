"""A guide that tells something else than what happens is found out."""

from __future__ import annotations

import pytest

from tests.support.conversation import Misread, hold, read
from tests.support.scene import Scene


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        ("ana sings\n  NRG says nothing", "nobody can do this: 'ana sings'"),
        ("— some time later —", "nobody can do this"),
        ("ana: /journal\n  Everybody claps", "cannot show this: 'Everybody claps'"),
        ("ana: /journal\n  NRG …", "cannot show this"),
        ("ana: /journal\n  NRG to ana…: Hello", "cannot show this"),
        ("ana: /journal", "not said what the bot shows after 'ana: /journal'"),
        ("ana: /journal\n  NRG says nothing\n  NRG: …", "nothing and something"),
        ("  NRG: Hello", "belongs to nothing"),
        ("ana: /journal\n NRG: Hello", "belongs to nothing"),
        ("— 1 day later —\n    NRG: Hello", "belongs to nothing"),
    ],
)
def test_what_is_not_understood(conversation: str, reason: str) -> None:
    with pytest.raises(Misread, match=reason):
        read(conversation)


EMPTY = "There is nothing here yet. /journal with an entry writes the first one."
SAVED = "Saved. 5 min of Energy ball. …"
EARNED = "🌱 ana earned First session. …"


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        ("ana: /journal\n  NRG to ana alone: Your journal Here it is.", "missing  .*Here it is"),
        ("ana: /journal\n  NRG to ana alone: Your journal", "unsaid   .*Your journal There is nothing"),
        (f"ana: /journal\n  NRG: Your journal {EMPTY}", f"unsaid   NRG to ana alone: Your journal {EMPTY}"),
        (f"ana: /journal\n  NRG to ben alone: Your journal {EMPTY}", "missing  NRG to ben alone"),
        (f"ana: /journal\n  NRG writes to ana: Your journal {EMPTY}", "missing  NRG writes to ana"),
        ("ana: /journal\n  NRG says nothing", "unsaid   NRG to ana alone"),
        ("ana: /journal\n  NRG to ana alone: …\n  NRG to ana alone: …", "missing  NRG to ana alone"),
        ("ana: /checkin\n  NRG asks ana: How was it?", "unsaid   NRG asks ana: What did you practise"),
        (f"ana: /checkin hack:energy-ball\n  NRG: {SAVED}", "unsaid   NRG: 🌱 ana earned"),
        (
            f"ana: /checkin hack:energy-ball\n  NRG to ana alone: {SAVED}\n  NRG: {EARNED}",
            "unsaid   NRG: Saved",
        ),
        (
            f"ana: /checkin hack:energy-ball\n  NRG: {SAVED}\n  NRG: {EARNED}\n"
            "ben reacts ✅ to “Saved. 5 min”\n  NRG reacts 👍",
            "missing  NRG reacts 👍",
        ),
        (
            "ana: /practice start hack:energy-ball goal:5\n  NRG: …\n— 5 minutes later —",
            "after '— 5 minutes later —':\n  unsaid   NRG: @ana, your 5 min",
        ),
        (
            "ana: /practice start hack:energy-ball goal:5\n  NRG: …\n— 4 minutes later —\n  NRG: @ana, …",
            "missing  NRG: @ana",
        ),
    ],
)
async def test_what_goes_otherwise(conversation: str, reason: str, scene: Scene) -> None:
    with pytest.raises(AssertionError, match=reason):
        await hold(conversation, scene, patience=0.5)


@pytest.mark.parametrize("deed", ["presses Dance", "chooses nothing", "reacts ✅ to “Hello”"])
async def test_what_is_not_there_to_be_used(deed: str, scene: Scene) -> None:
    with pytest.raises(AssertionError, match="ana sees no message with"):
        await hold(f"ana {deed}\n  NRG says nothing", scene)


async def test_a_room_is_not_for_everybody(scene: Scene) -> None:
    request = "ana: /buddy request\n  NRG to ana alone: …\nben: /buddy request\n  NRG to ben alone: …\n"
    with pytest.raises(AssertionError, match="unsaid   NRG to ana and ben alone: Hello"):
        await hold(f"{request}  NRG: Hello …", scene, patience=0.5)
