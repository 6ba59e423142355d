"""The domain: members, techniques, sessions, streaks, criteria, achievements. No Discord, no plugins."""
