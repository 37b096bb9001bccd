"""The one place where what goes wrong in a command becomes a sentence for who asked."""

import logging
import re
import secrets

import discord
from discord import app_commands

from bot import discord_render as render
from index import CorpusError, DatelineError, EmptyCorpus, ModelError

log = logging.getLogger(__name__)

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_INTERACTION, UNKNOWN_MESSAGE, ALREADY_ANSWERED, TOKEN_EXPIRED = 10062, 10008, 40060, 50027
UNKNOWN_WEBHOOK = 10015

# Errors of the layers below name the program's commands; in Discord they are these.
_COMMANDS = (
    (re.compile(r"`?\bdateline (add|remove|rebuild)\b[^`;.]*`?"), r"`/manage \1`"),
    (re.compile(r"`?\bdateline (list|show)\b[^`;.]*`?"), r"`/articles \1`"),
)


def is_gone(error: BaseException) -> bool:
    """Whether there is nobody left to answer: too late, deleted, or another copy was quicker."""
    return isinstance(error, discord.HTTPException) and error.code in {
        UNKNOWN_INTERACTION,
        UNKNOWN_MESSAGE,
        UNKNOWN_WEBHOOK,
        ALREADY_ANSWERED,
        TOKEN_EXPIRED,
    }


async def handle(interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
    """Answer a command that failed, and log what its user can do nothing about."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if is_gone(cause):
        log.info("an interaction is gone: %s", cause)
        return
    embed = embed_of(interaction, cause)
    try:
        await tell(interaction, embed)
    except discord.HTTPException as failed:
        level = logging.INFO if is_gone(failed) else logging.WARNING
        log.log(level, "an error could not be told: %s", failed)


def embed_of(interaction: discord.Interaction, cause: Exception) -> discord.Embed:
    """Return what to show for an error."""
    if isinstance(cause, EmptyCorpus):
        return render.first_step(manager=interaction.permissions.manage_guild)
    if isinstance(cause, CorpusError | ModelError):
        log.warning("%s", cause)
    if isinstance(cause, DatelineError):
        return render.sentence(in_discord(str(cause)), render.FAILED)
    if isinstance(cause, app_commands.CheckFailure):
        return render.sentence(str(cause), render.FAILED)
    if isinstance(cause, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        text = "This command has changed; restart Discord, or press Ctrl+R, and use it again."
        return render.sentence(text, render.FAILED)
    reference = secrets.token_hex(4)
    log.error("error %s in /%s", reference, name_of(interaction), exc_info=cause)
    return render.sentence(
        f"Something went wrong in Dateline; its log says what, under {reference}.", render.FAILED
    )


def in_discord(text: str) -> str:
    """Return a sentence of the layers below as one of a chat, with the commands of a chat."""
    for pattern, command in _COMMANDS:
        text = pattern.sub(command, text)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def name_of(interaction: discord.Interaction) -> str:
    """Return the command, as it was typed."""
    return interaction.command.qualified_name if interaction.command else "?"


async def tell(interaction: discord.Interaction, embed: discord.Embed) -> None:
    """Answer, by whatever way is open: a first answer, the deferred one, or a further one."""
    answered = interaction.response.type
    if answered is None:
        await interaction.response.send_message(embed=embed, ephemeral=True)
    elif answered is discord.InteractionResponseType.deferred_channel_message:
        await interaction.edit_original_response(embed=embed)
    else:
        await interaction.followup.send(embed=embed, ephemeral=True)
