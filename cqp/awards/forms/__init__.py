"""What is filled in in this room."""
