"""What is cited for an answer, and that every quote is where it is said to be."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import CorpusDamaged
from index.types import Article, Sentence, Sentences
from retrieval.answer import Citation
from retrieval.answering.compose import Composition, closest_citations, compose
from retrieval.types import Judged
from tests.corpora import a_candidate, a_query, read_article

QUERY = a_query("How many people were on the ferry to Lodova?")
FERRY = read_article(
    "ferry",
    "The ferry to Lodova sank on Sunday, Eva Lund said.",
    "It had 31 people on board.",
    "They were Anna Berg, Li Wei and 29 others.",
    published="2023-05-02",
    url="https://news.example/ferry",
)


def marked(article: Article, words: str, *items: str, chance: float = 0.9) -> Judged:
    """The sentence that the words stand in, with them marked."""
    spans = [(at := article.text.index(w), at + len(w)) for w in (words, *items)]
    position = next(n for n, s in enumerate(article.sentences) if spans[0][0] < s.end)
    listed = tuple(spans) if items else ()
    return Judged(a_candidate(article, position), chance, spans[0], listed)


def composed(*ranked: Judged) -> Composition:
    return compose(QUERY, ranked)


def roles(composition: Composition) -> list[tuple[str, str]]:
    return [(citation.role, citation.article_id) for citation in composition.citations]


def words(citation: Citation) -> str:
    return citation.quote[citation.answer_start : citation.answer_end]


def told(composition: Composition, kind: str) -> list[str]:
    return [note.text for note in composition.notes if note.kind == kind]


def test_the_answer_is_cited_to_the_character() -> None:
    first, *_ = composed(marked(FERRY, "on Sunday")).citations
    assert (first.role, first.n, words(first)) == ("answer", 1, "on Sunday")
    assert FERRY.text[first.start : first.end] == first.quote
    assert first.published == "2023-05-02"
    assert first.text_sha256 == FERRY.text_sha256
    assert first.deep_link is not None
    assert first.deep_link.startswith("https://news.example/ferry#:~:text=")


def test_a_sentence_that_points_back_brings_the_one_before() -> None:
    composition = composed(marked(FERRY, "31"))
    assert roles(composition) == [("answer", "ferry"), ("context", "ferry")]
    answer, context = composition.citations
    assert context.quote.startswith("The ferry to Lodova")
    assert context.end <= answer.start
    assert context.answer_start is None


@pytest.mark.parametrize(
    "lines",
    [
        ("The ferry to Lodova sank.", "The boat had 31 people on board."),  # points to nothing
        ("The mayor spoke for hours.", "It had 31 people on board."),  # names nothing asked for
        ("The ferry to Lodova", "By Anna Berg", "It had 31 people on board."),  # no sentence
        ("It had 31 people on board.",),  # nothing before it
    ],
)
def test_without_need_nothing_is_cited_for_context(lines: Sequence[str]) -> None:
    assert len(composed(marked(read_article("a", *lines), "31")).citations) == 1


def test_articles_that_agree_support_and_are_counted() -> None:
    other = read_article("other", "There were 31 on the ferry.")
    composition = composed(marked(FERRY, "31"), marked(other, "31"))
    assert roles(composition)[-1] == ("support", "other")
    assert composition.citations[-1].answer_start is None
    assert told(composition, "agreement") == ["2 articles say so."]
    assert told(composition, "difference") == []


def test_articles_that_answer_otherwise_are_cited_with_their_words_and_days() -> None:
    old = read_article("old", "There were 12 on the ferry.", published="2023-05-01")
    new = read_article("new", "There were 40 on the ferry.", published="2023-05-09")
    undated = read_article("undated", "There were 50 on the ferry.")
    composition = composed(
        marked(FERRY, "31"), marked(old, "12"), marked(undated, "50"), marked(new, "40")
    )
    assert roles(composition)[2:] == [
        ("differs", "new"),
        ("differs", "old"),
        ("differs", "undated"),
    ]
    assert [words(c) for c in composition.citations[2:]] == ["40", "12", "50"]
    assert told(composition, "difference") == [
        "Other articles say: “40” (2023-05-09) [3]; “12” (2023-05-01) [4]; “50” (no date) [5]."
    ]


def test_not_more_than_four_other_answers_are_cited() -> None:
    others = [read_article(f"a{n}", f"There were {n}0 on the ferry.") for n in range(1, 8)]
    ranked = [marked(FERRY, "31"), *(marked(a, a.text.split()[2]) for a in others)]
    assert len([role for role, _ in roles(composed(*ranked)) if role == "differs"]) == 4


def test_a_list_is_cited_item_by_item_the_best_sentences_first() -> None:
    composition = composed(marked(FERRY, "Anna Berg", "Li Wei", "Eva Lund"))
    answers = [c for c in composition.citations if c.role == "answer"]
    assert [words(c) for c in answers] == ["Anna Berg", "Li Wei", "Eva Lund"]
    assert answers[0].quote == answers[1].quote != answers[2].quote
    assert [c.n for c in composition.citations] == [*range(1, len(composition.citations) + 1)]


def test_a_sentence_is_cited_once_in_its_first_role() -> None:
    composition = composed(marked(FERRY, "31", "Lodova"))  # context would be Lodova's again
    assert roles(composition) == [("answer", "ferry"), ("answer", "ferry")]


def test_a_whole_sentence_answers_without_a_span() -> None:
    first, *_ = composed(replace(marked(FERRY, "31"), span=None)).citations
    assert (first.answer_start, first.answer_end) == (None, None)


def test_dates_are_worked_out_only_where_the_articles_day_is_known() -> None:
    assert told(composed(marked(FERRY, "on Sunday")), "date") == ["Sunday, 30 April 2023."]
    undated = replace(FERRY, published=None)
    assert told(composed(marked(undated, "on Sunday")), "date") == []


def test_who_says_so_is_named() -> None:
    assert told(composed(marked(FERRY, "on Sunday")), "speaker") == ["So says “Eva Lund”."]
    assert told(composed(marked(FERRY, "Eva Lund")), "speaker") == []


def test_the_closest_sentences_mark_only_what_may_answer() -> None:
    chances = {"Sunday": 0.2, "31": 0.19, "Li Wei": 0.1, "29": 0.1}
    ranked = [replace(marked(FERRY, word), probability=p) for word, p in chances.items()]
    first, *others = closest_citations(ranked)
    assert (first.n, first.role) == (1, "context")
    assert first.quote[first.answer_start : first.answer_end] == "Sunday"
    assert [(c.n, c.role, c.answer_start) for c in others] == [(n, "context", None) for n in (2, 3)]
    assert closest_citations([]) == []


@pytest.mark.parametrize("sentence", [Sentence(0, 10_000), Sentence(5, 5)])
def test_a_sentence_that_is_not_there_is_refused(sentence: Sentence) -> None:
    damaged = replace(FERRY, sentences=Sentences.of([sentence]))
    with pytest.raises(CorpusDamaged, match="dateline rebuild"):
        composed(Judged(a_candidate(damaged, 0), 0.9))


@st.composite
def readings(draw: st.DrawFn) -> list[Judged]:
    """Whatever a reader may say of some articles: any span, any items, in any order."""
    line = st.text(st.sampled_from("ab 31.“”’é🙂"), min_size=1, max_size=30).filter(str.strip)
    # Without a word it is no article.
    text = st.lists(line, min_size=1, max_size=4).filter(
        lambda t: any(map(str.isalnum, "".join(t)))
    )
    out = []
    for n in range(draw(st.integers(1, 4))):
        article = read_article(f"a{n}", *draw(text))
        spans = [
            (start, draw(st.integers(start + 1, s.end)))
            for s in article.sentences
            for start in [draw(st.integers(s.start, s.end - 1))]
        ]
        position = draw(st.integers(0, len(spans) - 1))
        items = tuple(spans) if draw(st.booleans()) else ()
        span = spans[position] if draw(st.booleans()) else None
        out.append(Judged(a_candidate(article, position), draw(st.floats(0, 1)), span, items))
    return sorted(out, key=lambda one: -one.probability)


@given(readings())
def test_every_quote_is_a_sentence_and_every_answer_within_it(ranked: list[Judged]) -> None:
    articles = {one.candidate.article.id: one.candidate.article for one in ranked}
    citations = composed(*ranked).citations
    assert citations[0].role == "answer"
    assert citations[0].article_id == ranked[0].candidate.article.id
    assert [c.n for c in citations] == [*range(1, len(citations) + 1)]
    for c in citations:
        article = articles[c.article_id]
        assert article.text[c.start : c.end] == c.quote
        assert (c.start, c.end) in [(s.start, s.end) for s in article.sentences]
        if c.answer_start is not None and c.answer_end is not None:
            assert 0 <= c.answer_start < c.answer_end <= len(c.quote)
    spoken = [c.article_id for c in citations if c.role in ("support", "differs")]
    assert len(spoken) == len(set(spoken))
    assert citations[0].article_id not in spoken


def test_a_citation_of_a_document_with_pages_has_its_page_and_links_to_it() -> None:
    article = read_article("a", "First page.", "Second page.", url="https://x.example/report.pdf")
    paged = replace(article, pages=(0, 12))
    (cited,) = closest_citations([Judged(a_candidate(paged, 1), 0.1)])
    assert (cited.page, cited.deep_link) == (2, "https://x.example/report.pdf#page=2")
    assert paged.page(5) == 1
