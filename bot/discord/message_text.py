"""The words of a message, without the bot's name, markup and links.

On the bot's own cards these are the question or the quoted sentences.
"""

import re
from collections.abc import Iterator, Mapping

import discord

from bot.discord.escape import within
from bot.discord.views.buttons import asked_in
from index import InputError
from index.reading.segment import split_sentences

CLAIMS = 4  # of a message that is checked
# Characters of a question, however it is asked: its answer's footer may have all of it.
ASKED_MAX = 500
_LINK = re.compile(r"\[([^\]\n]+)\]\(<?https?://[^)\s]*\)|<?https?://\S+", re.IGNORECASE)
# People, roles, channels, emoji, times, commands: https://docs.discord.com/developers/reference
_MENTION = re.compile(r"<(@!?|@&|#|a?:\w+:|t:|/[^:>\n]+:)(-?\d+)(?::\w)?>|@everyone|@here")
_MARKUP = re.compile(
    r"""\*\*|__|~~|\|\||`+                                # bold, underlined, struck, hidden, code
      | ^\s*(?:>{1,3}|\#{1,3}|-\#)\s                      # quotes, headings, small text
      | (?<![\w\\])[*_](?=\S) | (?<=[^\s\\])[*_](?!\w)    # italics""",
    re.MULTILINE | re.VERBOSE,
)
_GREETING = re.compile(
    r"\W*(?:(?:hi|hey|hello|yo|ok|okay|so|well|please|dear|good (?:morning|evening|afternoon)"
    r"|there|all|everyone|folks|guys)\b\W*)*",
    re.IGNORECASE,
)


def asked_by(message: discord.Message, me: int) -> str:
    """What a message asks the bot, without the bot's name and a greeting before it."""
    before, _, after = re.sub(rf"<@!?{me}>", "\0", message.content).partition("\0")
    if _GREETING.fullmatch(before) and any(map(str.isalnum, after)):
        before = ""
    text = bare(f"{before} {after}".replace("\0", " "), names_in(message))
    return " ".join(text.split()).lstrip(" ,;:.!-–—")


def names_in(message: discord.Message) -> dict[int, str]:
    """The names of those whom a message mentions."""
    return {user.id: user.display_name for user in message.mentions}


def bare(text: str, names: Mapping[int, str]) -> str:
    """A text without markup and links; mentions become ``names``, or nothing."""

    def named(found: re.Match[str]) -> str:
        return names.get(int(found[2]), "") if found[1] in ("@", "@!") else ""

    text = _LINK.sub(lambda found: found[1] or "", text)
    text = _MARKUP.sub("", _MENTION.sub(named, text))
    return re.sub(r"[ \t,]+([,.;:?!])", r"\1", text)


def question_of(message: discord.Message, me: int) -> str:
    """A message's question: its last sentence with a question mark, else all of it."""
    if message.author.id == me:
        return asked_in(message)
    sentences = sentences_in(text_of(message))
    asking = [sentence for sentence in sentences if sentence.endswith("?")]
    *before, last = sentences
    ended = (s if s[-1] in ".!?…" else f"{s}." for s in before)  # a headline has no full stop
    return within((asking or [" ".join([*ended, last])])[-1], ASKED_MAX, str)


def claims_of(message: discord.Message, me: int) -> list[str]:
    """The sentences of a message that may claim something."""
    if message.author.id == me:
        return list(quotes_in(message)) or [asked_in(message)]
    text = text_of(message)
    claims = dict.fromkeys(
        within(sentence, ASKED_MAX, str)
        for sentence in sentences_in(text)
        if len(sentence.split()) > 2 and not _GREETING.fullmatch(sentence)
    )
    return list(claims) or [within(text, ASKED_MAX, str)]


def text_of(message: discord.Message) -> str:
    """All text of a message, with forwards and embeds; raises InputError if there is none."""
    said: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    shown = [
        part
        for one in said  # what it forwards is in the snapshots
        for part in (one.content, *(part for embed in one.embeds for part in parts_of(embed)))
    ]
    texts = [bare(part, names_in(message)).strip() for part in dict.fromkeys(shown)]
    text = "\n\n".join(text for text in texts if any(map(str.isalnum, text)))
    if not text:
        raise InputError("There are no words in this message.")
    return text


def parts_of(embed: discord.Embed) -> Iterator[str]:
    """The texts of a link preview or of another bot's card."""
    yield from filter(None, (embed.title, embed.description))
    yield from (f"{field.name}: {field.value}" for field in embed.fields)


def quotes_in(message: discord.Message) -> Iterator[str]:
    """The sentences that a card of the bot's quotes, unescaped."""
    for embed in message.embeds:
        for line in (embed.description or "").split("\n"):
            if line.startswith("> "):
                words = re.sub(r"(?<!\\)\*\*", "", line[2:])
                quote = re.sub(r"\\(.)", r"\1", words).replace("\u200b", "")
                yield within(quote, ASKED_MAX, str)


def sentences_in(text: str) -> list[str]:
    """The sentences of a message, each on one line."""
    return [" ".join(text[start:end].split()) for start, end in split_sentences(text)]
