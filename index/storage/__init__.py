"""A corpus on disk: written, searched, verified and recovered."""
