"""What a member does, as Discord's own client lets them."""
