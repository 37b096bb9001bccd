"""What people thought of answers in Discord, as an evaluation set."""

from dataclasses import asdict

import click

from bot.cli.options import Chosen, print_json, shared
from index import InputError


@click.group()
@shared
def feedback(_: Chosen) -> None:
    """What people thought of answers in Discord."""


@feedback.command()
@click.option("--guild", type=int, metavar="ID", help="Only those of this server.")
@shared
def export(chosen: Chosen, /, guild: int | None) -> int:
    """Print the votes as JSON lines, the oldest first.

    Each has the question and those before it, the answer, whether it helped, and where the answer
    was quoted from.
    """
    from bot.discord.store import Store

    votes = list(Store(chosen.home.path).feedback(guild))
    for vote in votes:
        print_json({"schema_version": 1, **asdict(vote), "guild": str(vote.guild)})
    if not votes:
        raise InputError(
            "there are no votes yet; they come from the buttons below answers in Discord"
        )
    return 0
