"""What clients send, and the rules that Discord holds it to."""
