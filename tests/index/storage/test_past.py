"""A corpus as it stood on an earlier day, from what is stored of it now."""

import datetime as dt
import sqlite3

import pytest

from index import Corpus, Filters, InputError, NoSuchArticle, Snapshot
from index.models.encoder import Vectors
from index.storage import past
from index.storage.past import PastSnapshot
from index.text.words import content_stems
from tests.corpora import StubEncoder, an_article, found, on_day, some_articles

FIRST, SECOND = dt.date(2026, 3, 1), dt.date(2026, 3, 5)
DAM = ("The dam at Orvik holds 40 million tonnes.", "Engineer Tove Hald inspects it weekly.")
AMENDED = ("The dam at Orvik holds 55 million tonnes.", DAM[1])


@pytest.fixture
def dam(corpus: Corpus) -> Corpus:
    """An article that was amended after four days, beside one that came in then."""
    with on_day("2026-03-01"):
        corpus.add([an_article("dam", *DAM, title="A dam"), *some_articles(6)])
    with on_day("2026-03-05"):
        corpus.add([an_article("dam", *AMENDED, title="The dam"), an_article("late")])
    return corpus


def sentences(corpus: Corpus, text: str, day: dt.date | None) -> list[str]:
    """What words alone find, best first."""
    with corpus.snapshot(day) as view:
        hits = view.containing(content_stems(text), 9, None)
        articles = [view.article_of(hit.version_id) for hit in hits]
        return [a.quote(a.sentences[h.position]) for a, h in zip(articles, hits, strict=True)]


def nearest(view: Snapshot, question: Vectors) -> dict[str, float]:
    """What vectors alone find."""
    hits = view.nearest(question, 40, None)
    return {f"{view.head(hit.version_id).id} {hit.position}": hit.score for hit in hits}


def test_a_day_is_seen_to_its_end_with_the_articles_of_then(dam: Corpus) -> None:
    counts = {}
    for day in (28, 1, 4, 5):
        with dam.snapshot(dt.date(2026, 2 if day == 28 else 3, day)) as view:
            texts = [view.article(head.id).text for head in view.heads() if head.id == "dam"]
            counts[day] = (view.article_count, view.later, [text.split("\n")[0] for text in texts])
    assert counts == {
        28: (0, 8, []),
        1: (7, 1, [DAM[0]]),
        4: (7, 1, [DAM[0]]),
        5: (8, 0, [AMENDED[0]]),
    }


def test_vectors_find_what_they_found_then(corpus: Corpus) -> None:
    with on_day("2026-03-01"):
        corpus.add(some_articles(9))
    questions = [StubEncoder().encode_question(text) for text in ("the bridge", "visitor4 rain")]
    with corpus.snapshot() as view:
        before = [nearest(view, question) for question in questions]
        vectors = {head.id: view.vectors_of(head.version_id) for head in view.heads()}
    with on_day("2026-03-05"):
        corpus.add([*some_articles(12, edition=2), an_article("late", "A bridge in the rain.")])
        corpus.remove(["late"])
    with corpus.snapshot(FIRST) as view:
        for question, places in zip(questions, before, strict=True):
            assert nearest(view, question) == pytest.approx(places, abs=1e-6)
        for head in view.heads():
            assert (view.vectors_of(head.version_id) == vectors[head.id]).all()


def test_words_find_what_only_the_old_version_had(dam: Corpus) -> None:
    assert sentences(dam, "40 tonnes", None) == [AMENDED[0]]
    assert sentences(dam, "40 tonnes", FIRST) == [DAM[0]]
    assert sentences(dam, "who is Tove Hald", FIRST) == [DAM[1]]
    with dam.snapshot() as now, dam.snapshot(FIRST) as then:
        assert not now.is_known("40")
        assert then.is_known("40")


def test_a_sentence_that_only_the_past_has_weighs_as_it_would_in_the_index(corpus: Corpus) -> None:
    with on_day("2026-03-01"):
        corpus.add([an_article("dam", *DAM, title="A dam"), *some_articles(60)])
    with corpus.snapshot() as view:
        ((_, _, before),) = [hit for hit in found(view, "Orvik tonnes") if hit[0] == "dam"][-1:]
    with on_day("2026-03-05"):
        corpus.add([an_article("dam", "Nothing is left of it.")])
    with corpus.snapshot(FIRST) as view:
        ((_, _, after),) = [hit for hit in found(view, "Orvik tonnes") if hit[0] == "dam"][-1:]
    assert after == pytest.approx(before, rel=0.3)


def test_filters_see_the_fields_of_then(corpus: Corpus) -> None:
    for day, source in (("2026-03-01", "Post"), ("2026-03-05", "Courier")):
        with on_day(day):
            corpus.add([an_article("dam", *DAM, source=source, published=day)])
    with corpus.snapshot(FIRST) as view:
        assert view.allowed(Filters("Post", as_of=FIRST))
        assert not view.allowed(Filters("Courier", as_of=FIRST))
        assert not view.allowed(Filters(since=SECOND, as_of=FIRST))
        assert view.find("dam").version == 1


def test_an_article_that_came_in_later_is_not_known(dam: Corpus) -> None:
    with dam.snapshot(FIRST) as view, pytest.raises(NoSuchArticle):
        view.find("late")


def test_looking_back_changes_nothing(dam: Corpus) -> None:
    with dam.snapshot(FIRST) as view:
        assert isinstance(view, PastSnapshot)
        with pytest.raises(sqlite3.OperationalError):
            view._db.execute("DELETE FROM versions")
    with dam.snapshot() as view:
        assert view.article("dam").version == 2


def test_old_texts_beyond_the_bound_are_counted(
    dam: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "_MOST_READ", 0)
    with dam.snapshot(FIRST) as view:
        assert (view.changed, view.unread) == (1, 1)
    assert sentences(dam, "40 tonnes", FIRST) == []
    assert sentences(dam, "Tove Hald", FIRST) == [DAM[1]]


def test_versions_are_kept_with_their_days_through_a_rebuild(dam: Corpus) -> None:
    for _ in range(2):
        with dam.snapshot() as view:
            told = [(at[:10], one.version, one.title) for at, one in view.history("dam")]
            assert told == [("2026-03-01", 1, "A dam"), ("2026-03-05", 2, "The dam")]
            assert view.article("dam", 1).text.startswith(DAM[0])
            with pytest.raises(InputError, match="has no version 3; `dateline show --history`"):
                view.article("dam", 3)
        dam.rebuild()
