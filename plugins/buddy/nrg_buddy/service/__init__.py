"""What happens: plain functions over a database connection, without Discord."""
