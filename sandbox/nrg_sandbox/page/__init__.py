"""What the web page asks and is told."""
