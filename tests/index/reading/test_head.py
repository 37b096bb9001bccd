"""The head of an article: title, byline, date and dateline recognised, nothing cut out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.front_matter import front_matter, values_of
from index.types import SentenceKind
from tests.index.reading.parsed import BODY, marked, read

WRAPPED = (
    "The head of American diplomacy Antony Blinken met Chinese Vice-President\n"
    "Han Zheng in New York on Monday, arguing for the need for responsible\n"
    "management of the tense relationship"
)


class TestDateline:
    @pytest.mark.parametrize(
        ("dateline", "place"),
        [
            ("(New York) ", "New York"),
            ("(Valletta, Malta) ", "Valletta"),
            ("WASHINGTON, Sept 18 (Reuters) — ", "WASHINGTON"),
            ("WASHINGTON, Sept. 18, 2023 (Reuters) - ", "WASHINGTON"),
            ("VALLETTA, Malta — ", "VALLETTA"),
            ("ST. LOUIS, Mo. — ", "ST. LOUIS"),
            ("SAN JOSÉ, Costa Rica (AP) — ", "SAN JOSÉ"),
            ("PARIS (AP) — ", "PARIS"),
            ("PARIS (AFP) ", "PARIS"),
            ("Paris (AFP) – ", "Paris"),
            ("LONDON/PARIS (Reuters) - ", "LONDON/PARIS"),
            ("BEIJING, Sept. 18 (Xinhua) -- ", "BEIJING"),
            ("New York, Sept. 18, 2023 – ", "New York"),
            ("Rio de Janeiro, 18 September – ", "Rio de Janeiro"),
            ("WASHINGTON – ", "WASHINGTON"),
            ("Hong Kong CNN Business — ", "Hong Kong"),
            ("Yeoncheon, South Korea CNN — ", "Yeoncheon"),
        ],
    )
    def test_place(self, dateline: str, place: str) -> None:
        reading = read(dateline + BODY)
        assert reading.place == place
        first = reading.sentences[0]
        assert (first.start, first.kind) == (0, SentenceKind.BODY)
        assert (dateline + BODY)[first.start : first.end].endswith("he said.")

    @pytest.mark.parametrize(
        "opening",
        [
            "(CNN) ",
            "(Reuters) - ",
            "CNN — ",
            "BREAKING — ",
            "NATO — the alliance — ",
            "Donald Trump — ",
            "John Smith, Chairman — ",
            "COVID-19 — ",
            "(In short) ",
            "",
        ],
    )
    def test_no_place(self, opening: str) -> None:
        assert read(opening + BODY).place is None

    def test_date_only_with_its_year(self) -> None:
        dated = read("New York, Sept. 18, 2023 – " + BODY).published
        assert dated is not None
        assert (dated.at, dated.precision, dated.origin) == ("2023-09-18", "day", "text")
        assert read("WASHINGTON, Sept 18 (Reuters) — " + BODY).published is None

    def test_after_headline_and_on_a_line_of_its_own(self) -> None:
        text = f"Blinken meets Han\n\nNew York CNN —\n\n{BODY}"
        assert read(text).place == "New York"
        assert marked(text) == [("T", "Blinken meets Han"), ("M", "New York CNN —")]


class TestTitle:
    @pytest.mark.parametrize(
        ("head", "title"),
        [
            ("# Blinken meets Han\n\n", "Blinken meets Han"),
            ("# Blinken meets Han #\n", "Blinken meets Han"),
            ("Blinken meets Han\n\n", "Blinken meets Han"),
            ("Blinken meets Han\n=================\n", "Blinken meets Han"),
            ("Blinken meets Han\n", "Blinken meets Han"),
            ("Blinken meets Han\nBy Jane Doe\n", "Blinken meets Han"),
            ("By Jane Doe\n\nBlinken meets Han\n\n", "Blinken meets Han"),
            ("“We are ready”: Blinken meets Han\n\n", "“We are ready”: Blinken meets Han"),
            ("What now? Five answers\n\n", "What now? Five answers"),
            ("Why Malta?\n\n", "Why Malta?"),
            ("iPhone sales fall\n\n", "iPhone sales fall"),
        ],
    )
    def test_recognised(self, head: str, title: str) -> None:
        text = head + BODY
        reading = read(text)
        assert reading.title == title
        titles = [text[s.start : s.end] for s in reading.sentences if s.kind is SentenceKind.TITLE]
        assert len(titles) == 1
        assert title in titles[0]

    @pytest.mark.parametrize(
        "text",
        [
            BODY,
            "He left.\n\n" + BODY,
            "He came. Then he left\n\n" + BODY,
            "Among those present:\n\n" + BODY,
            "One line alone",
            "Blinken met Han Zheng, " * 12 + "\n\n" + BODY,
            WRAPPED,
            "PARIS (AP) — The talks go on\n\n" + BODY,
        ],
    )
    def test_none(self, text: str) -> None:
        reading = read(text)
        assert reading.title is None
        assert all(sentence.kind is not SentenceKind.TITLE for sentence in reading.sentences)

    def test_given_wins(self) -> None:
        text = f"# Blinken meets Han\n\n{BODY}"
        assert read(text, "Talks in New York").title == "Talks in New York"
        assert marked(text, "Talks in New York") == [("T", "# Blinken meets Han")]

    def test_given_is_found_again_in_the_text(self) -> None:
        text = f"Blinken meets Han | The News\n\n{BODY}"
        assert marked(text, "Blinken meets Han") == [("T", "Blinken meets Han | The News")]
        assert marked(text, "Storm kills dozens") == [("M", "Blinken meets Han | The News")]

    @pytest.mark.parametrize("again", ["Blinken meets Han", "Blinken meets Han | The News"])
    def test_repeated_in_the_text_is_the_title(self, again: str) -> None:
        text = f"Blinken meets Han\n\n{BODY}\n{BODY}\n{BODY}\n{again}\n{BODY}"
        assert marked(text) == [("T", "Blinken meets Han"), ("T", again)]
        assert marked(f"{BODY}\n\n{again}\n\n{BODY}", "Blinken meets Han") == [("T", again)]


class TestMeta:
    @pytest.mark.parametrize(
        ("line", "published"),
        [
            ("By Jane Doe", None),
            ("Jane Doe, jdoe@example.com", None),
            ("jdoe@example.com", None),
            ("Special to USA TODAY", None),
            ("Story by Jane Doe | Photos by John Roe, The News | March 8, 2015", "2015-03-08"),
            ("BY JANE DOE and John O’Roe, Associated Press", None),
            ("*By Jane van der Doe*", None),
            ("Associated Press", None),
            ("18 September", None),
            ("Date: 99999", None),
            ("18 September 2023", "2023-09-18"),
            ("Published: 18 September 2023", "2023-09-18"),
            ("Published 2023-09-18T14:05:00Z", "2023-09-18T14:05"),
            ("Updated 3:33 PM EDT, Sun June 5, 2022", "2022-06-05T15:33"),
            ("18 September 2023 · 3 min read", "2023-09-18"),
            ("Jane Doe | 18 September 2023 | Updated 19 September 2023", "2023-09-18"),
            ("By Jane Doe, 18 September 2023", "2023-09-18"),
            ("Published: September 2023", None),
        ],
    )
    def test_line(self, line: str, published: str | None) -> None:
        text = f"{line}\n\n{BODY}"
        if published:
            date = read(text).published
            assert date is not None
            assert (date.at, date.origin) == (published, "text")
        assert marked(text) == [("M", line)]

    @pytest.mark.parametrize(
        "line",
        [
            "By Friday, the storm had passed.",
            "Updated plans were unveiled on 18 September 2023.",
            "On 18 September 2023 he left.",
            "Date palms grow there.",
        ],
    )
    def test_body_line(self, line: str) -> None:
        assert marked(f"{line}\n\n{BODY}") == []

    def test_author_above_source(self) -> None:
        text = f"Jane Doe\n\nUSA TODAY\n\n{BODY}"
        assert marked(text) == [("M", "Jane Doe"), ("M", "USA TODAY")]
        assert read(text).title is None

    def test_credits_and_rules_at_the_end(self) -> None:
        text = f"{BODY}\n\n* * *\nReporting by Jane Doe; editing by John Roe\n\n© 2023 AP.\n"
        assert [words for _, words in marked(text)] == [
            "* * *",
            "Reporting by Jane Doe; editing by John Roe",
            "© 2023 AP.",
        ]

    def test_given_date_wins(self) -> None:
        date = read(f"18 September 2023\n\n{BODY}", published="2021").published
        assert date is not None
        assert (date.at, date.precision, date.origin) == ("2021", "year", "given")
        unread = read(f"18 September 2023\n\n{BODY}", published="99999").published
        assert unread is not None
        assert unread.origin == "text"


class TestFrontMatter:
    TEXT = (
        "---\ntitle: \"Blinken: a meeting\"\ndate: 2023-09-18\nauthors: [Jane Doe, 'John Roe']\n"
        f"tags:\n  - china\n  - malta\n---\n\n# Blinken: a meeting\n\n{BODY}"
    )

    def test_fields(self) -> None:
        matter = front_matter(self.TEXT)
        assert matter is not None
        assert self.TEXT[: matter.end].endswith("\n---")
        assert matter.fields == {
            "title": ("Blinken: a meeting",),
            "date": ("2023-09-18",),
            "authors": ("Jane Doe", "John Roe"),
            "tags": ("china", "malta"),
        }

    @pytest.mark.parametrize(
        "written",
        [
            "Blinken’s “talks”: a meeting",
            "Blinken’s\n  “talks”: a\n  meeting",
            "'Blinken’s “talks”: a meeting'",
            ">-\n  Blinken’s “talks”:\n  a meeting",
            "|\n  Blinken’s “talks”: a meeting\n",
            '"Blinken\\u2019s \\u201ctalks\\u201d: a meeting"',
            '"Blinken\\u2019s \\u201ctalks\\u201d:\\\n  \\ a meeting"',
        ],
    )
    def test_a_title_as_programs_write_it(self, written: str) -> None:
        matter = front_matter(f"---\nsource: The News\ntitle: {written}\ndate: 2023\n---\n{BODY}")
        assert matter is not None
        assert matter.fields == {
            "source": ("The News",),
            "title": ("Blinken’s “talks”: a meeting",),
            "date": ("2023",),
        }

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("'US: Biden''s plan'", "US: Biden's plan"),
            ('"He said \\"no\\""', 'He said "no"'),
            (r'"The \eprize"', r"The \eprize"),
            (r'"\ud800Talks\n \u0007go on"', "Talks go on"),
            ("'Tis the season", "'Tis the season"),
        ],
    )
    def test_quotation_marks(self, written: str, meant: str) -> None:
        matter = front_matter(f"---\ntitle: {written}\n---\n{BODY}")
        assert matter is not None
        assert values_of(matter, "title") == (meant,)

    def test_what_belongs_to_a_list_or_to_other_fields_is_passed_over(self) -> None:
        text = "---\nauthor:\n  name: Jane\n# none\ntags:\n  - a\n    b\n---\n"
        matter = front_matter(text)
        assert matter is not None
        assert matter.fields == {"author": (), "tags": ("a",)}

    def test_is_read_and_marked(self) -> None:
        reading = read(self.TEXT)
        assert reading.title == "Blinken: a meeting"
        assert reading.published is not None
        assert reading.published.origin == "metadata"
        kinds = [kind for kind, _ in marked(self.TEXT)]
        assert kinds == ["M"] * 8 + ["T"]

    @pytest.mark.parametrize(
        "text",
        ["---\nHe left.\n---\n", "---\n---\n", "---\ntitle: never closed\n", "title: X\n", ""],
    )
    def test_none(self, text: str) -> None:
        assert front_matter(text) is None


class TestHeader:
    TEXT = (
        "Title: Blinken meets Han: a report\nSource: The News\nPublish date: 2023-09-18\n"
        f"URL: https://example.com/a\nSection: World\n\n{BODY}"
    )

    def test_fields(self) -> None:
        matter = front_matter(self.TEXT)
        assert matter is not None
        assert self.TEXT[: matter.end].endswith("Section: World")
        assert matter.fields == {
            "title": ("Blinken meets Han: a report",),
            "source": ("The News",),
            "publish_date": ("2023-09-18",),
            "url": ("https://example.com/a",),
            "section": ("World",),
        }

    def test_is_read_and_marked(self) -> None:
        reading = read(self.TEXT)
        assert reading.title == "Blinken meets Han: a report"
        assert reading.published is not None
        assert (reading.published.at, reading.published.origin) == ("2023-09-18", "metadata")
        assert [kind for kind, _ in marked(self.TEXT)] == ["M"] * 5

    @pytest.mark.parametrize(
        "text",
        [
            "Source: a man who knows.\n\nHe left.",
            "Title: Talks\nSource: The News\nHe left.\n\nShe stayed.",
            "Title: Talks\nSource: The News",
            "He left.\n\nTitle: Talks\nSource: The News\n\nShe stayed.",
            "Reporter: Will you resign?\nMinister: No.\n\nHe left.",
        ],
    )
    def test_none(self, text: str) -> None:
        assert front_matter(text) is None


LINES = st.sampled_from(
    ["# Title", "A headline", "By Jane Doe", "18 September 2023", "---", "title: X", BODY, "", " ",
     "Source: Y", "Read More", "PARIS (AP) — He left.", "(",
     "© 2023 AP", "New York CNN —", "“", "* * *"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(LINES, max_size=20).map("\n".join)))
def test_sentences_cover_the_text_in_order(text: str) -> None:
    at = 0
    for sentence in read(text).sentences:
        assert at <= sentence.start < sentence.end <= len(text)
        assert not text[at : sentence.start].strip()
        assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end]
        at = sentence.end
    assert not text[at:].strip()
