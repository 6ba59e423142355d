"""What several tests lean on: a small community, unreliable networks, child processes."""
