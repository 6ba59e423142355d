"""The referee: holds the client's half and the sandbox's half of each call to the description."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from nrg_sandbox.audit.corrections import UNDESCRIBED, Undescribed
from nrg_sandbox.audit.routing import Routes
from nrg_sandbox.audit.violation import Violation

__all__ = ["Auditor", "find_description"]

_VARIABLE = "NRG_SANDBOX_OPENAPI"


def find_description() -> Path | None:
    """Return the description that the environment variable ``NRG_SANDBOX_OPENAPI`` names, or None."""
    named = os.environ.get(_VARIABLE)
    return Path(named) if named else None


class Auditor:
    """Checks calls against Discord's description; keeps no state but compiled schemas.

    Parameters
    ----------
    description
        The file ``openapi.json``.

    Raises
    ------
    ModuleNotFoundError
        Without the extra ``check``, which brings the validator.
    OSError
        When the file cannot be read.
    ValueError
        When it is not JSON.
    """

    def __init__(self, description: Path) -> None:
        # Here and not above, for the library behind it is optional.
        from nrg_sandbox.audit.description import Description

        self._description = Description(description)
        self._undescribed: Routes[Undescribed] = Routes()
        for route in UNDESCRIBED:
            self._undescribed.add(route.method, route.path, route)

    def check(
        self,
        method: str,
        path: str,
        query: Collection[tuple[str, str]],
        content_type: str,
        request_body: object,
        status: int,
        response_body: object,
    ) -> list[Violation]:
        """Return every breach in one call.

        A wrong request is one only when it was answered with success: either the client misspelled
        something or the sandbox is too lax. A refused request is not, but the refusal itself is checked.

        Parameters
        ----------
        method, path
            What was called, below ``/api/v10``.
        query
            Names and texts; a name may come more than once.
        content_type
            Of the request; parameters such as a charset are ignored.
        request_body, response_body
            JSON as Python values, None where there was none. Of a form it is ``payload_json``, or its text
            fields where no such field is described; files are not checked.
        status
            Of the answer.
        """
        call = (method, path, status)
        if status >= 500:
            return [Violation("response", *call, "", "the sandbox failed")]
        operation = self._description.find(method, path)
        if operation is None:
            return self._unknown_route(method, path, status)
        violations = [
            Violation("response", *call, *fault) for fault in operation.response_faults(status, response_body)
        ]
        if 200 <= status < 300:
            faults = [*operation.query_faults(query), *operation.request_faults(content_type, request_body)]
            violations += [Violation("request", *call, *fault) for fault in faults]
        return violations

    def _unknown_route(self, method: str, path: str, status: int) -> list[Violation]:
        if self._undescribed.find(method, path):
            return []
        methods = self._description.methods(path)
        message = f"only {', '.join(methods)} is described" if methods else "the path is not described"
        return [Violation("route", method, path, status, "", message)]
