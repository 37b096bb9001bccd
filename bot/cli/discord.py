"""The Discord bot from the command line: running it, and inviting it."""

import click

from bot.cli.options import Chosen, print_json, shared
from bot.cli.terminal import Column, Line, draw, draw_table, line, linked
from index import InputError

# Discord numbers everything by the milliseconds since 2015, shifted.
_LOWEST_ID, _HIGHEST_ID = 10**14, 2**63 - 1


@click.group(invoke_without_command=True)
@shared
def discord(chosen: Chosen, /) -> None:
    """Run the Discord bot; DISCORD_TOKEN is its token."""
    if click.get_current_context().invoked_subcommand is None:
        from bot.discord.client import run_bot

        settings = chosen.settings
        run_bot(chosen.home, settings.token(), chosen.engine_of, settings)


@discord.command()
@click.option(
    "--application",
    type=click.IntRange(_LOWEST_ID, _HIGHEST_ID),
    metavar="ID",
    help="The application's id, where there is no token to take it from.",
)
@shared
def invite(chosen: Chosen, /, application: int | None) -> None:
    """Print the address that adds the bot to a server, and what it asks for."""
    from bot.discord.invite import PERMISSIONS, SCOPES, invite_address

    address = invite_address(application or known_application(chosen))
    asked = [*SCOPES.items(), *((p.name, p.reason) for p in PERMISSIONS)]
    if chosen.as_json:
        scopes = [{"scope": scope, "why": why} for scope, why in SCOPES.items()]
        permissions = [{"permission": p.name, "why": p.reason} for p in PERMISSIONS]
        told = {"schema_version": 1, "address": address}
        print_json(told | {"scopes": scopes, "permissions": permissions})
        return
    draw([line(linked(address, address)), Line()])
    draw_table((Column("asks for"), Column("why")), asked)


def known_application(chosen: Chosen) -> int:
    """The application that the token is of."""
    from bot.discord.invite import application_of

    token = chosen.settings.token()
    if not token:
        raise InputError(
            "there is no bot token to take the application's id from; set DISCORD_TOKEN, or give "
            "--application with the id on its page (General Information, Application ID)"
        )
    return application_of(token.get_secret_value().strip())
