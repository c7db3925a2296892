"""Marks from files: whose they are, what has changed since the file left, what would go in."""
