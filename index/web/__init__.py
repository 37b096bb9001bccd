"""Pages of the web, fetched and parsed as what they are: bytes from strangers."""
