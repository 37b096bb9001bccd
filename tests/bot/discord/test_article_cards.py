"""Lists and pages of articles, and what became of attachments, as cards."""

from hypothesis import given
from hypothesis import strategies as st

from bot.discord.errors import in_discord
from bot.discord.escape import escape, escaped_line, length
from bot.discord.ingest import added, added_card, listed
from bot.discord.views import articles as article_cards
from index import AddReport, Published, RefusedArticle
from tests.bot.discord.card_parts import article, checked, head, hostile
from tests.discord_standin.markdown import kinds


def test_a_list_shows_titles_dates_and_ids_by_pages() -> None:
    heads = [head(id=f"a{n}", title=f"*Title* {n}") for n in range(23)]
    embed = article_cards.article_list(heads, 1)[0]
    assert checked(embed).startswith("**\\*Title\\* 0** · Reuters · <t:1695038400:D>\n")
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
    assert first.footer.text == "page 1 of 4"
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
    feed = "https://a.example/rss: is a feed; to follow it: dateline feed add https://a.example/rss"
    assert in_discord(feed) == (
        "https://a.example/rss: is a feed; to follow it: `/manage feeds add`."
    )
    assert in_discord("nope: no feed is called that") == "nope: no feed is called that."


def test_a_title_is_not_said_twice() -> None:
    shown = checked(article_cards.article_page(article("A title\n\nThe text."), 1)[0])
    assert shown == "-# Reuters\nThe text."


def test_what_the_articles_are_about_says_from_when_they_are() -> None:
    later = Published("2023-09-19", "day", None, "given")
    several = checked(article_cards.about([head(), head(published=later)], asking=False))
    assert several.startswith("2 articles, <t:1695038400:D> to <t:1695124800:D>\n")
    assert checked(article_cards.about([head()], asking=False)).startswith(
        "1 article, <t:1695038400:D>\n"
    )
