"""``python -m bot`` is the program ``dateline``."""

from bot.cli import main

main()
