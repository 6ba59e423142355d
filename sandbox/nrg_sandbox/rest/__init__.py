"""Discord's REST API, one room for each kind of resource."""

from __future__ import annotations

from nrg_sandbox.rest.api import RestApi

__all__ = ["RestApi"]
