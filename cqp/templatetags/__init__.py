"""Template filters and tags every room may use."""
