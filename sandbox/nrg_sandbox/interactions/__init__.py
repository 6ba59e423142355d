"""Interactions: sent to the bot, answered once and in time."""
