"""What is owed: events that plugins have yet to see, and messages that Discord has yet to get.

Both are rows written in the unit of work that made them true, so neither is forgotten nor premature.
"""
