"""Schedule: one tick a minute, in exactly one process."""
