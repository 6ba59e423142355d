"""For tests: a real bot on a real database, talking to a sandbox over real sockets.

Needs the extra ``nrg-core[testing]``, which brings the sandbox. A plugin's author needs only the fixtures of
``fixtures``, which pytest finds by itself; ``bots`` and ``databases`` are what they are made of.
"""
