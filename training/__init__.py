"""How the reader that Dateline ships is trained: `python -m training DATA`."""
