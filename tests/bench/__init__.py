"""The benchmark: what a check-in costs beside a bare command, through the real client."""
