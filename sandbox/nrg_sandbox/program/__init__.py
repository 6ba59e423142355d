"""Members as programs use them: they run commands, press buttons, fill in forms, and read the answers."""

from __future__ import annotations

from nrg_sandbox.program.answer import Answer, Choice
from nrg_sandbox.program.member import Member

__all__ = ["Answer", "Choice", "Member"]
