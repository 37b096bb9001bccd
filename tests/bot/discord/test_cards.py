"""Cards within every limit, in which an article's text can never ping, link or format."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.errors import in_discord
from bot.discord.escape import escape, escaped_line, length, plain, safe_url, timestamp, within
from bot.discord.ingest import added, added_card, listed
from bot.discord.views import answers as answer_cards
from bot.discord.views import articles as article_cards
from bot.discord.views import cards
from index import AddReport, Article, ArticleHead, Filters, Published, RefusedArticle
from retrieval.answer import Answer, Citation, Note
from tests.discord_standin import rules
from tests.discord_standin.markdown import kinds, read

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
    made = Article("a1", 1, "A title", text, "0" * 64, (), source="Reuters")
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


# -- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", MARKS)
def test_no_mark_survives_escaping(mark: str) -> None:
    for text in (mark, f"said {mark} then", f"a\n{mark}", f"{mark}{mark}"):
        seen, marks = read(escape(text))
        assert not marks
        assert seen.replace("\u200b", "") == text


@given(hostile)
def test_escaped_text_reads_as_it_is(text: str) -> None:
    seen, marks = read(escape(text))
    assert not marks
    assert seen.replace("@\u200b", "@") == text.replace("@\u200b", "@")


def test_the_reader_of_marks_sees_marks() -> None:
    assert kinds("## **x** <t:1:D> [a](https://b)\n> y") == [
        "heading", "bold", "time", "link", "quote",
    ]  # fmt: skip
    for mark in MARKS[:35]:
        assert kinds(mark), mark


def test_pings_are_broken_in_the_raw_text_too() -> None:
    assert "@everyone" not in escape("@everyone")
    assert "@here" not in plain("@here")
    assert "<@1>" not in plain("<@1>")
    assert not rules.pings({"content": escape("@everyone @here <@1> <@&2>")})


@given(hostile, st.integers(10, 60))
def test_cut_text_fits_and_has_no_half_of_an_escape(text: str, room: int) -> None:
    for form, end in ((escape, False), (escape, True), (escaped_line, False), (plain, False)):
        cut = within(text, room, form, keep_end=end)
        assert length(cut) <= room
        assert form is plain or not read(cut)[1]
        if form is escape and cut != escape(text):
            kept = read(cut)[0].replace("@\u200b", "@")
            assert kept.strip("…").strip() in text


def test_a_text_is_not_cut_at_an_early_space() -> None:
    assert within("One " + "x" * 100, 20) == "One " + "x" * 15 + "…"
    assert within("Some words that go on", 15) == "Some words…"


def test_a_title_cannot_turn_its_line_round_or_break_it() -> None:
    assert escaped_line("a\u202eb\n# c") == "ab \\# c"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.com/a_(b)", "https://example.com/a_%28b%29"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://example.com/x)[y](https://evil.example", "https://example.com/x%29%5By%5D%28https://evil.example"),
        ("https://example.com/#:~:text=a%20b", "https://example.com/#:~:text=a%20b"),
        ("https://example.com/<@1>|*`\\", "https://example.com/%3C%401%3E%7C%2A%60%5C"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://bbc.co.uk@evil.example/", None),
        ("https://", None),
        ("https://localhost/", None),
        ("https://[::1", None),
        ("https://exa\nmple.com", None),
        ("https://example.com/" + "x" * 1000, None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_only_web_addresses_are_linked(url: str | None, safe: str | None) -> None:
    assert safe_url(url) == safe
    if safe:
        assert kinds(f"[open]({safe})") == ["link"]


def test_a_day_is_the_same_day_from_honolulu_to_auckland() -> None:
    assert timestamp("2023-09-18") == "<t:1695038400:D>"
    assert timestamp("2023-09") == "2023-09"
    assert timestamp("1914-06-28") == "<t:-1751803200:D>"


# -- answers -------------------------------------------------------------------------------------


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
    assert checked(answer_cards.answer_card(nothing)) == "-# Dateline: Hello."


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
    assert "-# Dateline: Two articles differ." in text
    assert "-# Read with it\n> They met at the mission.\n**2** the same article · [open" in text
    assert "-# Another article says\n> In Washington.\n**3** Blinken meets Han" in text


def test_without_a_link_the_page_to_show_is_named() -> None:
    own = {"url": None, "deep_link": None, "answer_start": None}
    cited = [
        citation(n=n, start=n, role=role, **own) for n, role in ((1, "answer"), (2, "support"))
    ]
    far = citation(n=3, start=9000, role="context", **own)
    made = answer(citations=(*cited, far))
    text = checked(answer_cards.answer_card(made, lambda c: c.start // 3800 + 1))
    lines = [line for line in text.splitlines() if line.startswith("**")]
    assert lines[0].endswith("<t:1695038400:D> · `/articles show article:a1 page:1`")
    assert lines[1:] == [
        "**2** the same article",
        "**3** the same article · `/articles show article:a1 page:3`",
    ]
    assert "`/articles show article:a1`" in checked(answer_cards.answer_card(made))


def test_a_sentence_without_a_span_is_shown_once() -> None:
    text = checked(answer_cards.answer_card(answer(citations=(citation(answer_start=None),))))
    assert text.startswith("> Blinken met Han Zheng in New York on Monday.\n**1**")


def test_not_found_names_what_is_missing_and_labels_the_closest() -> None:
    embed = answer_cards.answer_card(
        answer(
            status="not_found",
            answer=None,
            citations=(),
            missing=("Atlantis", "@everyone"),
            closest=(citation(),),
        )
    )
    assert checked(embed).startswith(
        "### This server's articles don't say\n"
        "No article here has: **Atlantis**, **\\@\u200beveryone**\n\n"
        "-# Closest sentence, not an answer\n"
        "> Blinken met Han Zheng in New York on Monday.\n"
    )
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
    text = checked(answer_cards.answer_card(made, lambda _: 3))
    _, marks = read(text)
    assert {mark.kind for mark in marks} <= OURS
    links = [mark.raw for mark in marks if mark.kind == "link"]
    assert all(link.startswith(("[open](", "[open at the sentence](")) for link in links)
    # An article's own address is where its link goes, whatever it is.
    own = {f"[open]({safe_url(one.url)})" for one in citations}
    assert not any("](https://evil" in link for link in links if link not in own)
    ours = [mark.raw for mark in marks if mark.kind == "code"]
    assert set(ours) <= {"`/articles show article:a1 page:3`"}
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
        "> **Blinken** met **Han Zheng** in New York on Monday.\n**1** Blinken meets Han"
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


# -- articles ------------------------------------------------------------------------------------


def test_a_list_shows_titles_dates_and_ids_by_pages() -> None:
    heads = [head(id=f"a{n}", title=f"*Title* {n}") for n in range(23)]
    embed = article_cards.article_list(heads, 1)[0]
    assert checked(embed).startswith("**\\*Title\\* 0** · Reuters · <t:1695038400:D> · a0\n")
    assert embed.footer.text == "23 articles · page 1 of 3"
    assert checked(article_cards.article_list(heads, 99)[0]).count("\n") == 2
    worst = [head(title="*" * 5000, source="_" * 500, id="." * 40) for _ in range(10)]
    assert checked(article_cards.article_list(worst, 1)[0]).count("\n") == 9


@given(hostile.map(lambda text: text * 40), st.integers(40, 200))
def test_pages_have_all_of_a_text_and_fit(text: str, room: int) -> None:
    pages = article_cards.text_pages(text, room)
    assert "".join("".join(pages).split()) == "".join(text.split())
    assert all(length(escape(page)) <= room for page in pages) or not text.strip()


@given(st.integers(0, 12_000))
def test_the_page_of_a_place_has_it(place: int) -> None:
    text = " ".join(f"word{n}" for n in range(1600))
    word = text[: place + 1].split()[-1]
    assert word in article_cards.text_pages(text)[article_cards.page_at(text, place) - 1]


def test_an_article_is_shown_by_pages() -> None:
    text = "\n".join(f"Paragraph {n}. " + "Some *words* of it. " * 20 for n in range(30))
    first = article_cards.article_page(article(text, url="https://example.com/a b"), 1)[0]
    assert checked(first).startswith("-# Reuters\nParagraph 0. Some \\*words\\*")
    assert first.title == "A title"
    assert first.url == "https://example.com/a%20b"
    assert first.footer.text == "a1 · page 1 of 4"
    last = article_cards.article_page(article(text), 999)[0]
    assert "Paragraph 29" in checked(last)
    assert last.footer.text is not None
    assert "next" not in last.footer.text


@given(hostile, hostile)
def test_an_article_can_say_anything(title: str, text: str) -> None:
    marks = kinds(checked(article_cards.article_page(article(text + "x", title=title), 1)[0]))
    assert set(marks) <= {"small"}


def test_what_became_of_an_attachment() -> None:
    refused = [RefusedArticle(f"a.jsonl:{n}", "no *text*") for n in range(12)]
    report = AddReport(added=3, updated=1, refused=refused, articles=1200, sentences=1)
    titles = {"added": ["A *b*", "C", "D", "E"], "updated": ["F"]}
    lines = listed(titles, lambda title: f"**{escaped_line(title)}**")
    text = checked(added_card(report, lines, added(report)))
    assert text.startswith(
        "3 added, 1 updated, 12 refused. Now 1,200 articles with 1 sentence.\n\n"
        "Added **A \\*b\\***, **C**, **D** and 1 more\nUpdated **F**\n\n"
        "-# a\\.jsonl\\:0: no \\*text\\*\n"
    )
    assert text.endswith("-# and 2 more")


def test_sentences_of_the_layers_below_name_commands_of_discord() -> None:
    assert in_discord("there is no article 'x'; `dateline list` shows what there is") == (
        "There is no article 'x'; `/articles list` shows what there is."
    )
    assert in_discord("run `dateline rebuild --model X` now.") == "Run `/manage rebuild` now."


def test_an_answer_that_is_not_as_sure_as_is_wanted_is_said_to_be() -> None:
    none = answer(status="not_found", citations=(), notes=(Note(kind="unsure", text="May be."),))
    card = answer_cards.answer_card(none)
    assert card.description == "### No answer is as sure as it must be here"


def test_a_card_says_what_it_was_limited_to() -> None:
    filters = Filters("Reuters", until=dt.date(2023, 9, 1))
    limits = answer_cards.scope(filters, of="News_room")
    assert limits == "from the articles of News\\_room · only: Reuters · until <t:1693569600:D>"
    assert f"\n\n-# {limits}" in str(answer_cards.answer_card(answer(), scope=limits).description)
    none = answer_cards.answer_card(answer(status="not_found", citations=()), scope=limits)
    assert none.description == f"### These articles don't say\n-# {limits}"
    assert answer_cards.scope(Filters()) == ""


def test_what_is_uncertain_is_not_green_nor_loud() -> None:
    shown = [answer_cards.answer_card(answer(score=score)) for score in (0.7, 0.5, 0.2)]
    assert [card.colour == discord.Colour(cards.ANSWERED) for card in shown] == [True, True, False]
    loud = [str(card.description).startswith("## ") for card in shown]
    assert loud == [True, True, False]


def test_titles_are_no_closest_sentences_nor_said_twice() -> None:
    title = citation(quote="Blinken meets Han", answer_start=None, answer_end=None)
    none = answer(status="not_found", citations=(), closest=(title, citation(n=2)))
    text = checked(answer_cards.answer_card(none))
    assert "> Blinken meets Han\n" not in text
    assert "**1** Blinken meets Han" in text
    shown = checked(article_cards.article_page(article("A title\n\nThe text."), 1)[0])
    assert shown == "-# Reuters\nThe text."


def test_what_the_articles_are_about_says_from_when_they_are() -> None:
    later = Published("2023-09-19", "day", None, "given")
    several = checked(article_cards.about([head(), head(published=later)], asking=False))
    assert several.startswith("2 articles, <t:1695038400:D> to <t:1695124800:D>\n")
    assert checked(article_cards.about([head()], asking=False)).startswith(
        "1 article, <t:1695038400:D>\n"
    )


def test_where_no_article_is_within_limits_that_is_said() -> None:
    note = Note(kind="filters", text="No article passes the filters.")
    none = answer(status="not_found", citations=(), notes=(note,))
    text = checked(answer_cards.answer_card(none, scope="only: Reuters"))
    assert text.startswith("### There are no such articles here\n-# only: Reuters")
