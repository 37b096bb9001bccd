"""The feeds that a corpus follows, and what comes in by them."""
