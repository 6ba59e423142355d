"""What happens: plain functions over the database, without Discord."""
