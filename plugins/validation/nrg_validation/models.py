"""The table of who validated which session."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from nrg_core.storage.types import TableModel, created_at, uuid_key

__all__ = ["Validation"]


class Validation(TableModel, table=True):
    """A member's word that a peer's session was practice.

    The session's owner stands beside it, held to the truth by a foreign key over both: so the database
    itself can refuse a member who would validate a session of their own. It is erased with the validator; the
    session's ``is_validated`` stays, for a peer did see it.
    """

    __tablename__ = "validations"
    __table_args__ = (
        UniqueConstraint("session_id", "validator_user_id"),
        ForeignKeyConstraint(
            ["session_id", "owner_user_id"],
            ["practice_sessions.id", "practice_sessions.user_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("validator_user_id <> owner_user_id", name="not_ones_own"),
    )

    id: UUID = uuid_key()
    created_at: datetime = created_at()
    session_id: UUID = Field(index=True)
    owner_user_id: UUID = Field(index=True)
    validator_user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    message: str | None = Field(default=None, max_length=500)
