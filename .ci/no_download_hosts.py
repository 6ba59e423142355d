"""Fail if a tracked file names a host from which packages are downloaded.

Versions and hashes pin what is installed; where it comes from is each machine's own business.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Put together here, so that this file does not name them either.
HOSTS = [".".join(parts) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"),
    ("deb", "debian", "org"), ("security", "debian", "org"), ("crates", "io"),
)]  # fmt: skip
ARCHIVE = re.compile(r"https?://\S+\.(?:whl|tgz|tar\.gz|zip|deb)\b")


def main() -> int:
    """Print every offending line; return 1 if there is any."""
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True).stdout
    found = 0
    for name in filter(None, tracked.split("\0")):
        path = Path(name)
        if not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8", errors="ignore").splitlines(), 1):
            if any(host in line for host in HOSTS) or ARCHIVE.search(line):
                print(f"{name}:{number}: names a package download address")
                found += 1
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
