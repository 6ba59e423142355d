"""The plugin host: manifest, discovery, enablement, life cycle."""
