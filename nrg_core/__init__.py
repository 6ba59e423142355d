"""NRG: a small host that runs practice communities on Discord; every feature is a plugin.

Importing this imports nothing else, so that the command line starts at once. A plugin's author begins with
``nrg_core.host.plugin`` (the manifest), ``nrg_core.hooks.specs`` (the hooks) and
``nrg_core.gateway.services`` (what commands work with).
"""
