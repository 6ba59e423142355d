"""Delivery: sending what the outbox holds."""
