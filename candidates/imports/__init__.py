"""Lists of candidates from files: how a file is read, and what its lines mean."""
