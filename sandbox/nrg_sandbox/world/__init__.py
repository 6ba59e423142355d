"""The state of the local Discord: servers, people, channels, and what was said in them."""
