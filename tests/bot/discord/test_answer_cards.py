"""Answers as cards within every limit, whatever the articles say."""

import datetime as dt
from collections.abc import Sequence

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.escape import safe_url
from bot.discord.views import answers as answer_cards
from bot.discord.views import cards
from index import Filters
from retrieval.answer import Citation, Note
from tests.bot.discord.card_parts import OURS, answer, checked, citation, hostile
from tests.discord_standin import rules
from tests.discord_standin.markdown import read


def test_an_answer_stands_in_large_type_over_its_sentence_and_source() -> None:
    embed = answer_cards.answer_card(answer())
    assert checked(embed) == (
        "## New York\n"
        "> Blinken met Han Zheng in **New York** on Monday.\n"
        "**1** Blinken meets Han · Reuters · <t:1695038400:D> · "
        "[open at the sentence](https://example.com/han#:~:text=Blinken%20met)"
    )
    assert embed.author.name == "where did Blinken meet Han Zheng"
    assert embed.footer.text == "Sure · every word quoted"


def test_of_a_digest_nobody_is_told_how_likely_it_is_right() -> None:
    notes = (Note(kind="digest", text="Sentences about New York."),)
    embed = answer_cards.answer_card(answer(notes=notes, score=0.1))
    assert embed.footer.text == "Every word quoted"


def test_small_talk_is_all_that_its_card_says() -> None:
    notes = (Note(kind="small_talk", text="Hello."),)
    nothing = answer(status="not_found", answer=None, citations=(), notes=notes)
    assert checked(answer_cards.answer_card(nothing)) == "-# Hello."


def test_further_quotes_say_what_they_are_for() -> None:
    more = (
        citation(),
        citation(
            n=2, start=44, role="context", quote="They met at the mission.", answer_start=None
        ),
        citation(n=3, role="differs", article_id="b", quote="In Washington.", answer_start=None),
    )
    note = Note(kind="differs", text="Two articles differ.")
    text = checked(answer_cards.answer_card(answer(citations=more, notes=(note,))))
    assert "-# Two articles differ." in text
    assert "-# Read with it\n> They met at the mission.\n**2** the same article · [open" in text
    listed = (
        "-# Other articles say, the newest first\n**3** <t:1695038400:D> · **In Washington\\.**"
    )
    assert listed.replace("\\", "") in text


def test_other_articles_are_listed_the_newest_first_with_their_days() -> None:
    def other(n: int, day: str, words: str, role: str = "differs", **more: object) -> Citation:
        quote = f"The flood killed {words} people."
        span = {"answer_start": 17, "answer_end": 17 + len(words)}
        about = {"n": n, "article_id": f"b{n}", "title": f"T{n}", "published": day, "role": role}
        return citation(quote=quote, **{**span, **about, **more})

    note = Note(kind="difference", text="Other articles say: …")
    made = answer(
        citations=(
            citation(),
            other(2, "2023-09-12", "5,300"),
            other(3, "2023-09-14", "11,300", url=None, deep_link=None),
            other(4, "2023-09-13", "New York", "support"),
        ),
        notes=(note,),
    )
    *_, agreeing, differing = checked(answer_cards.answer_card(made)).split("\n\n")
    link = "[open at the sentence](https://example.com/han#:~:text=Blinken%20met)"
    assert agreeing == f"-# So say, the newest first\n**4** <t:1694606400:D> · T4 · {link}"
    assert differing == (
        "-# Other articles say, the newest first\n"
        "**3** <t:1694692800:D> · **11,300** · T3\n"
        f"**2** <t:1694520000:D> · **5,300** · T2 · {link}"
    )


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ("Monday", "## Monday · 18 September 2023\n"),
        ("New York on Monday", "## New York on Monday\n"),
        ("New York", "## New York\n"),
    ],
)
def test_a_day_that_answers_is_told_in_words(words: str, heading: str) -> None:
    quote = "Blinken met Han Zheng in New York on Monday."
    start = quote.index(words)
    one = citation(answer_start=start, answer_end=start + len(words), published="2023-09-19")
    note = Note(kind="date", text="Monday, 18 September 2023.", n=1)
    told = answer(answer=words, citations=(one,), notes=(note,))
    shown = checked(answer_cards.answer_card(told))
    assert shown.startswith(heading)
    assert shown.count("18 September 2023") == 1
    undated = one.model_copy(update={"published": None})
    bare = checked(answer_cards.answer_card(answer(answer=words, citations=(undated,))))
    assert bare.startswith(f"## {words}\n")


def test_a_sentence_without_a_span_is_shown_once() -> None:
    whole = citation(answer_start=None)
    shown = answer(answer=whole.quote, citations=(whole,))
    text = checked(answer_cards.answer_card(shown))
    assert text.startswith("> Blinken met Han Zheng in New York on Monday.\n**1**")


def test_not_found_is_one_line_that_names_what_is_missing() -> None:
    none = {"status": "not_found", "answer": None, "citations": (), "closest": (citation(),)}
    embed = answer_cards.answer_card(answer(score=0.1, missing=("Atlantis", "@everyone"), **none))
    assert checked(embed) == (
        "**The articles here don't say.** None has **Atlantis**, **\\@\u200beveryone**."
    )
    near = answer_cards.answer_card(answer(score=0.3, **none))
    assert checked(near) == "**The articles here don't say, or not in so many words.**"
    assert embed.colour is not None
    assert embed.colour.value == cards.NOT_FOUND


@pytest.mark.parametrize(
    ("score", "band"),
    [(0.75, "Sure"), (0.749, "Probably"), (0.45, "Probably"), (0.449, "Uncertain")],
)
def test_a_probability_is_told_in_words(score: float, band: str) -> None:
    embed = answer_cards.answer_card(answer(score=score))
    assert embed.footer.text == f"{band} · every word quoted"


@st.composite
def hostile_citations(draw: st.DrawFn) -> list[Citation]:
    """Sentences with the words in them that answer: none, one, or the items of a list."""
    cited: list[Citation] = []
    for start in range(draw(st.integers(1, 8))):
        quote = draw(st.just("[x](https://evil.example) " * 400) | hostile) or "x"
        places = st.lists(st.integers(0, len(quote)), min_size=2, max_size=2, unique=True)
        about = draw(
            st.fixed_dictionaries(
                {
                    "role": st.sampled_from(["answer", "support", "context", "differs"]),
                    "title": hostile | st.just("**" * 3000),
                    "source": hostile | st.none(),
                    "url": hostile | st.none(),
                    "deep_link": st.none()
                    | st.just("https://example.com/x)[y](https://evil.example"),
                    "published": st.none() | hostile | st.just("2023-09-18"),
                }
            )
        )
        spans: Sequence[Sequence[int | None]] = draw(st.lists(places.map(sorted), max_size=6))
        for first, last in spans or [[None, None]]:
            words = {"quote": quote, "answer_start": first, "answer_end": last}
            cited.append(citation(n=len(cited) + 1, start=start, **words, **about))
    return cited


@given(
    hostile_citations(), hostile, st.lists(hostile, max_size=12), st.lists(hostile, max_size=4),
    st.booleans(),
)  # fmt: skip
def test_whatever_articles_say_a_card_is_within_limits_and_ours(
    citations: list[Citation], question: str, missing: list[str], notes: list[str], found: bool
) -> None:
    made = answer(
        question=question,
        status="answered" if found else "not_found",
        citations=citations if found else (),
        closest=() if found else citations,
        missing=missing,
        notes=[Note(kind="x", text=text) for text in notes],
    )
    text = checked(answer_cards.answer_card(made))
    _, marks = read(text)
    assert {mark.kind for mark in marks} <= OURS
    links = [mark.raw for mark in marks if mark.kind == "link"]
    assert all(link.startswith(("[open](", "[open at the sentence](")) for link in links)
    # An article's own address is where its link goes, whatever it is.
    own = {f"[open]({safe_url(one.url)})" for one in citations}
    assert not any("](https://evil" in link for link in links if link not in own)
    assert not [mark for mark in marks if mark.kind == "code"]
    assert not rules.pings({"content": text})


def test_a_very_long_sentence_is_cut_around_its_answer() -> None:
    quote = "before " * 900 + "the answer" + " after" * 900
    start = quote.index("the answer")
    long = citation(quote=quote, answer_start=start, answer_end=start + 10)
    text = checked(answer_cards.answer_card(answer(citations=(long,))))
    assert "> …before" in text
    assert "before **the answer** after" in text
    assert "after…\n" in text


def test_the_items_of_a_list_are_marked_in_one_quote() -> None:
    own = [citation(answer_start=0, answer_end=7), citation(n=2, answer_start=12, answer_end=21)]
    far = citation(n=3, start=44, quote="Wang Yi came along.", answer_start=0, answer_end=7)
    text = checked(answer_cards.answer_card(answer(citations=(*own, far))))
    assert text.startswith(
        "## Blinken · Han Zheng · Wang Yi\n"
        "> **Blinken** met **Han Zheng** in New York on Monday.\n**1, 2** Blinken meets Han"
    )
    assert "-# Also\n> **Wang Yi** came along.\n**3** the same article" in text
    assert text.count("\n> ") == 2


def test_a_long_sentence_with_many_items_is_within_limits() -> None:
    quote = "Anna, Berg; " * 600
    places = [(n, n + 4) for n in range(0, len(quote), 6)]
    cited = [
        citation(n=n, quote=quote, answer_start=a, answer_end=b) for n, (a, b) in enumerate(places)
    ]
    text = checked(answer_cards.answer_card(answer(citations=cited)))
    assert text.startswith("> **Anna**, **Berg**; **Anna**, **Berg**; ")
    assert text.endswith("[open at the sentence](https://example.com/han#:~:text=Blinken%20met)")


def test_what_does_not_fit_is_counted() -> None:
    many = tuple(
        citation(n=n, start=n, quote="long " * 200, answer_start=None) for n in range(1, 10)
    )
    text = checked(answer_cards.answer_card(answer(citations=many)))
    assert text.endswith("-# and 6 more that did not fit here")
    assert cards.fitted(["\\*" * 3000], 101).endswith("\\*…")


def test_an_answer_that_is_not_as_sure_as_is_wanted_is_said_to_be() -> None:
    none = answer(status="not_found", citations=(), notes=(Note(kind="unsure", text="May be."),))
    card = answer_cards.answer_card(none)
    assert card.description == "**No answer is sure enough for this server.**"


def test_a_card_says_what_it_was_limited_to() -> None:
    filters = Filters("Reuters", until=dt.date(2023, 9, 1))
    limits = answer_cards.scope(filters, of="the articles of News_room")
    assert limits == "from the articles of News\\_room · only: Reuters · until <t:1693569600:D>"
    assert f"\n\n-# {limits}" in str(answer_cards.answer_card(answer(), scope=limits).description)
    none = answer_cards.answer_card(answer(status="not_found", citations=()), scope=limits)
    assert none.description == f"**These articles don't say.**\n-# {limits}"
    assert answer_cards.scope(Filters()) == ""


def test_what_is_uncertain_is_not_green_nor_loud() -> None:
    shown = [answer_cards.answer_card(answer(score=score)) for score in (0.7, 0.5, 0.2)]
    assert [card.colour == discord.Colour(cards.ANSWERED) for card in shown] == [True, True, False]
    loud = [str(card.description).startswith("## ") for card in shown]
    assert loud == [True, True, False]


def test_where_no_article_is_within_limits_that_is_said() -> None:
    note = Note(kind="filters", text="No article passes the filters.")
    none = answer(status="not_found", citations=(), notes=(note,))
    text = checked(answer_cards.answer_card(none, scope="only: Reuters"))
    assert text.startswith("**There are no such articles here.**\n-# only: Reuters")
