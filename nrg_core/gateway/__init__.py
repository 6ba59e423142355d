"""The gateway: hikari and arc assembled, gates, components, and how errors are told."""
