"""The one place where an error becomes a sentence for the person who asked."""

import logging
import re
import secrets

import discord
from discord import app_commands

from bot.discord.channels import ElsewhereError
from bot.discord.delivery import UNSENT, is_gone, tell
from bot.discord.ops.metrics import AnswerOutcome
from bot.discord.service import BusyError
from bot.discord.views import articles as article_cards
from bot.discord.views import cards
from bot.discord.views.buttons import custom_id_of
from index import CorpusError, DatelineError, EmptyCorpus, InputError, ModelError

log = logging.getLogger(__name__)

# Errors from the lower layers name commands of the command line; these are Discord's.
_COMMANDS = (
    (re.compile(r"`?\bdateline (add|remove|rebuild)\b[^`;.]*`?"), r"`/manage \1`"),
    (re.compile(r"`?\bdateline (list|show)\b[^`;.]*`?"), r"`/articles \1`"),
    (re.compile(r"`?\bdateline feed add\b.*`?"), r"`/manage feeds add`"),
)
_WORD = re.compile(r"[a-z']+ ")


def outcome_of(error: Exception) -> AnswerOutcome:
    """What an error is counted as."""
    cause = cause_of(error)
    if isinstance(cause, BusyError):
        return "busy"
    if isinstance(cause, EmptyCorpus):
        return "not_found"
    return "refused" if isinstance(cause, InputError | app_commands.AppCommandError) else "failed"


def cause_of(error: Exception) -> Exception:
    """The error inside discord.py's wrapper."""
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


async def handle(interaction: discord.Interaction, error: Exception) -> None:
    """Tell the user what failed, and log what the user cannot do anything about."""
    cause = cause_of(error)
    if is_gone(cause):
        log.info("an interaction is gone: %s", cause)
        return
    manager = interaction.permissions.manage_guild
    embed = embed_of(cause, manager=manager, name=name_of(interaction))
    try:
        await tell(interaction, embed)
    except UNSENT as failed:
        level = logging.INFO if is_gone(failed) else logging.WARNING
        log.log(level, "an error could not be told: %s", failed)


def embed_of(cause: Exception, *, manager: bool, name: str) -> discord.Embed:
    """What to show for an error; ``name`` is the command or button, for the log."""
    if isinstance(cause, ElsewhereError):
        return cards.card([str(cause)], colour=cards.FAILED)
    if isinstance(cause, EmptyCorpus):
        return article_cards.first_step(manager=manager)
    if isinstance(cause, CorpusError | ModelError):
        log.warning("%s", cause)
    if isinstance(cause, DatelineError | app_commands.CheckFailure):
        return cards.sentence(in_discord(str(cause)), cards.FAILED)
    if isinstance(cause, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        text = "This command has changed; restart Discord, or press Ctrl+R, and use it again."
        return cards.sentence(text, cards.FAILED)
    if isinstance(cause, app_commands.TransformerError):
        return cards.sentence("What you chose is no longer there; choose again.", cards.FAILED)
    reference = secrets.token_hex(4)
    log.error("error %s in %s", reference, name, exc_info=cause)
    return cards.sentence(
        f"Something went wrong in Dateline; its log says what, under {reference}.", cards.FAILED
    )


def in_discord(text: str) -> str:
    """A lower layer's error as a sentence that names Discord's commands."""
    text = with_commands(text)
    begins = text[:1].upper() if _WORD.match(text) else text[:1]  # not an address or a name
    return begins + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def with_commands(text: str) -> str:
    """The text with Discord's commands for the command line's."""
    for pattern, command in _COMMANDS:
        text = pattern.sub(command, text)
    return text


def name_of(interaction: discord.Interaction) -> str:
    """The command as it was typed, or the button's action."""
    if interaction.command:
        return f"/{interaction.command.qualified_name}"
    return ":".join(custom_id_of(interaction).split(":")[:2])
