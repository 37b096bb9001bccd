"""Answers and articles to make cards of, with text that may say anything."""

import dataclasses

import discord
from hypothesis import strategies as st

from index import Article, ArticleHead, Published
from index.types import Sentences
from retrieval.answer import Answer, Citation
from tests.discord_standin import rules

MARKS = [
    "@everyone", "@here", "<@123456>", "<@!123456>", "<@&123456>", "<#123456>", "</ask:123>",
    "<t:0:R>", "<:smile:123>", "<a:smile:123>", ":smile:", "<id:customize>", "**bold**", "*it*",
    "_it_", "__under__", "~~gone~~", "||spoiler||", "`code`", "```\ncode\n```", "# heading",
    "## heading", "-# small", "> quote", ">>> quote", "- list", "* list", "+ list", "1. list",
    "2) list", "[label](https://evil.example)", "[a](b) [c]", "https://evil.example/x",
    "<https://evil.example>", "http://evil.example", "discord.gg/abc", "discord.com/invite/abc",
    "](https://evil.example) [", "\\", "\\\\", "\\*", "*", "**", "_", "|", "<", ">", "[", "]", "(",
    ")", "<someone@evil.example>", "<+4420>", "\u202egnirts", "word", "Ł", "漢字", "😀", " ", "\n",
]  # fmt: skip
hostile = st.lists(st.sampled_from(MARKS) | st.text(max_size=8), max_size=12).map("".join)
OURS = {"heading", "small", "quote", "bold", "time", "link", "code"}


def citation(**changes: object) -> Citation:
    fields: dict[str, object] = {
        "n": 1,
        "role": "answer",
        "quote": "Blinken met Han Zheng in New York on Monday.",
        "answer_start": 25,
        "answer_end": 33,
        "article_id": "a1",
        "title": "Blinken meets Han",
        "source": "Reuters",
        "url": "https://example.com/han",
        "deep_link": "https://example.com/han#:~:text=Blinken%20met",
        "published": "2023-09-18",
        "start": 0,
        "end": 43,
        "text_sha256": "0" * 64,
    }
    return Citation.model_validate(fields | changes)


def answer(**changes: object) -> Answer:
    fields: dict[str, object] = {
        "corpus_version": "c1",
        "question": "where did Blinken meet Han Zheng",
        "standalone_question": "where did Blinken meet Han Zheng",
        "status": "answered",
        "answer": "New York",
        "score": 0.9,
        "citations": (citation(),),
    }
    return Answer.model_validate(fields | changes)


def article(text: str, **changes: object) -> Article:
    made = Article("a1", 1, "A title", text, "0" * 64, Sentences.of([]), source="Reuters")
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def head(**changes: object) -> ArticleHead:
    day = Published("2023-09-18", "day", None, "given")
    made = ArticleHead("a1", 1, 1, "A title", "Reuters", None, day, 3, "2024-01-01")
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def checked(embed: discord.Embed) -> str:
    """The text of a card that Discord would take."""
    payload = embed.to_dict()
    rules.message({"embeds": [payload]}, rules.EDIT_FIELDS)
    return payload.get("description") or ""
