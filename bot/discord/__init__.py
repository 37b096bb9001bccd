"""The Discord bot. Nothing outside this folder imports discord.py."""
