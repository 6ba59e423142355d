"""Two weeks of a small community: what its members do, what should come of it, and what did."""
