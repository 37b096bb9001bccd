"""``python -m bot`` is the program ``dateline``."""

from bot.cli.main import main

main()
