"""What keeps the bot running: health, metrics, logs, connections, and deleting what is due."""
