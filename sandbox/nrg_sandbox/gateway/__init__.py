"""The gateway: websockets, and the sessions that outlive them."""
