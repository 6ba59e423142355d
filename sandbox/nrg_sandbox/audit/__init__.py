"""The referee that holds both sides of each REST call to Discord's official OpenAPI description.

Requests are closed: a field or query parameter that the description does not name is a fault, unless the call
was refused. Answers may have more fields than described. The validator comes with the extra ``check``;
this package imports without it.

Examples
--------
```python
if (path := find_description()) is not None:
    auditor = Auditor(path)
    query = list(request.query.items())
    for violation in auditor.check("POST", "/channels/7/typing", query, "", None, 204, None):
        print(violation)
```
"""

from __future__ import annotations

from nrg_sandbox.audit.auditor import Auditor, find_description
from nrg_sandbox.audit.violation import Violation

__all__ = ["Auditor", "Violation", "find_description"]
