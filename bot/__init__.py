"""Ways to ask: the command line, the Discord client, and how answers look in each."""
