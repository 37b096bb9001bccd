"""What every store of corpora does; each has a class of tests that inherits these.

All with a stub model: what depends on the real one is in test_vectors.py.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import (
    ArticleInput,
    Corpus,
    Filters,
    Incoming,
    InputError,
    ModelChoice,
    NoSuchArticle,
    Outcome,
    RefusedArticle,
    accept,
)
from index.reading.files import MAX_BYTES
from index.storage.archive import Archive, export_corpus, import_corpus
from index.storage.vectors import as_stored
from index.text.words import content_stems, stem
from tests.corpora import (
    StubEncoder,
    StubModels,
    an_article,
    found,
    ranking,
    some_articles,
    texts_of,
)

# Opens a corpus by name with the stub model; the same name twice is the same corpus.
OpenCorpus = Callable[[str], Corpus]
# Makes what is in a corpus anew, in place or as another one, which is returned.
MakeAnew = Callable[[Corpus], Corpus]
_NUMBERS = itertools.count()

Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "make anew"]), st.integers(0, 7), st.integers(1, 2)
    ),
    max_size=14,
)
LINES = ("It rained.", "It rained all day.", "The bridge was opened.", "Nobody came to the bridge.")


def by_number(number: int, edition: int) -> Incoming:
    """An article whose sentences others have too, so that many tie."""
    lines = [LINES[(number + k * edition) % len(LINES)] for k in range(1 + number % 3)]
    return an_article(f"a{number}", *lines, title="Rain" if number % 2 else "A bridge")


def state_of(corpus: Corpus) -> Any:
    with corpus.snapshot() as view:
        frequencies = {stem: view.document_frequency(stem) for stem in ("rain", "bridg", "open")}
        seen = [found(view, text, k=3) for text in ("rain", "who came to the bridge", "nobody")]
        return view.corpus_version, frequencies, seen


class CorpusContract:
    """What a corpus does with articles, and what its state depends on."""

    @pytest.fixture
    def open_corpus(self) -> OpenCorpus:
        """Overridden by each store."""
        raise NotImplementedError

    @pytest.fixture
    def corpus(self, open_corpus: OpenCorpus) -> Corpus:
        return open_corpus("corpus")

    @pytest.fixture
    def anew(self, open_corpus: OpenCorpus, tmp_path: Path) -> MakeAnew:
        """Overridden by a store that makes a corpus anew in place."""

        def copied(corpus: Corpus) -> Corpus:
            name = f"copy-{next(_NUMBERS)}"
            models, path, copy = StubModels(), tmp_path / name, open_corpus(name)
            export_corpus(corpus, models, path)
            with path.open("rb") as file:
                import_corpus(Archive(file, name, MAX_BYTES), copy, models, ModelChoice())
            return copy

        return copied

    @pytest.fixture
    def filled(self, corpus: Corpus) -> Corpus:
        corpus.add(some_articles(12))
        return corpus

    # -- adding ----------------------------------------------------------------------------------

    def test_nothing_is_there_at_first(self, corpus: Corpus) -> None:
        with corpus.snapshot() as view:
            assert (view.article_count, view.sentence_count, view.heads()) == (0, 0, [])
            assert view.corpus_version == "empty"
        assert corpus.verify() == []
        assert not corpus.folder.exists()
        with pytest.raises(NoSuchArticle):
            corpus.remove(["a1"])

    def test_its_stamp_differs_once_it_has_changed(self, corpus: Corpus) -> None:
        before = corpus.stamp()
        corpus.add([an_article("a")])
        assert before != corpus.stamp()
        assert corpus.stamp() == corpus.stamp()

    def test_articles_are_added_then_unchanged_then_updated(self, corpus: Corpus) -> None:
        told: list[Outcome] = []
        refusal = RefusedArticle("page.html", "there is no text in it")
        first = corpus.add([an_article("a"), refusal, an_article("b")], on_article=told.append)
        assert (first.added, first.updated, first.unchanged) == (2, 0, 0)
        assert (first.refused, first.articles, first.sentences) == ([refusal], 2, 2)
        assert {(o.kind, o.article_id, o.reason) for o in told} == {
            ("added", "a", None),
            ("added", "b", None),
            ("refused", None, "there is no text in it"),
        }
        second = corpus.add([an_article("a"), an_article("b", "It is told otherwise.")])
        assert (second.added, second.updated, second.unchanged) == (0, 1, 1)
        assert (first.undated, second.undated) == (2, 1)
        assert texts_of(corpus) == {
            "a": "The story of a is told here.\n",
            "b": "It is told otherwise.\n",
        }

    def test_what_is_acknowledged_can_be_found_at_once(
        self, corpus: Corpus, open_corpus: OpenCorpus
    ) -> None:
        there: list[bool] = []

        def look(outcome: Outcome) -> None:
            with open_corpus(corpus.name).snapshot() as view:
                there.append(outcome.article_id in {head.id for head in view.heads()})

        corpus.add(some_articles(5), on_article=look)
        assert there == [True] * 5

    def test_one_article_twice_in_one_go_is_added_then_updated(self, corpus: Corpus) -> None:
        report = corpus.add([an_article("a", "First."), an_article("a", "Second.")])
        assert (report.added, report.updated) == (1, 1)
        assert texts_of(corpus) == {"a": "Second.\n"}

    def test_an_id_of_another_article_is_refused_even_in_one_go(
        self, corpus: Corpus, open_corpus: OpenCorpus
    ) -> None:
        corpus.add([an_article("x", url="https://example.org/1")])
        by_url = accept(
            an_article("x").article.model_copy(update={"id": None, "url": "https://e.org"}),
            None,
            "u",
        )
        corpus.add([by_url])
        with corpus.snapshot() as view:
            (taken,) = {head.id for head in view.heads()} - {"x"}
        report = open_corpus("other").add([by_url, an_article(taken)])
        assert (report.added, len(report.refused)) == (1, 1)
        assert "another article has the id" in report.refused[0].reason

    @pytest.mark.parametrize("name", ["url", "id"])
    def test_a_file_that_has_got_a_name_is_the_article_that_it_was(
        self, corpus: Corpus, name: str, anew: MakeAnew
    ) -> None:
        def of(path: str) -> Incoming:
            return accept(ArticleInput(text="Floods swept Derna."), path, path)

        corpus.add([of("/a.txt"), of("/b.txt")])
        before = of("/a.txt")
        named = before.article.model_copy(update={name: "https://example.com/derna"})
        kinds: list[str] = []
        corpus.add(
            [replace(before, article=named)], on_article=lambda told: kinds.append(told.kind)
        )
        assert kinds == ["updated"]
        for _ in range(2):
            with corpus.snapshot() as view:
                assert view.article_count == view.sentence_count == 2
                assert view.find("/a.txt") == view.find("https://example.com/derna")
                assert view.find("/b.txt") != view.find("/a.txt")
            assert corpus.verify() == []
            corpus = anew(corpus)

    def test_what_is_made_anew_has_what_was_kept_of_a_file(
        self, corpus: Corpus, anew: MakeAnew
    ) -> None:
        unnamed = accept(ArticleInput(text="Floods swept Derna."), "/a.txt", "/a.txt")
        named = replace(unnamed, article=ArticleInput(text="Floods swept Derna.", id="derna"))
        later = replace(named, article=ArticleInput(text="Floods have swept Derna.", id="derna"))
        for item in (named, unnamed, later):
            corpus.add([item])
        assert len(texts_of(anew(corpus))) == 2

    def test_versions_are_counted_and_only_the_newest_is_asked(
        self, filled: Corpus, anew: MakeAnew
    ) -> None:
        filled.add(some_articles(3, edition=2))
        filled.add(some_articles(1, edition=3))
        with filled.snapshot() as view:
            versions = {head.id: head.version for head in view.heads()}
            assert (versions["a0"], versions["a2"], versions["a5"]) == (3, 2, 1)
            assert "edition 3" in view.article("a0").text
            assert view.document_frequency(stem("edition")) == 12
            assert [i for i, *_ in found(view, "town 0 edition 3")].count("a0") <= 2 * 3
        with anew(filled).snapshot() as view:
            assert {head.id: head.version for head in view.heads()} == versions

    # -- removing --------------------------------------------------------------------------------

    def test_all_are_removed_or_none(self, filled: Corpus) -> None:
        with pytest.raises(NoSuchArticle, match="no article 'a99'"):
            filled.remove(["a1", "a99"])
        assert len(texts_of(filled)) == 12
        assert [head.id for head in filled.remove(["a1", "a2", "a1"])] == ["a1", "a2"]
        with filled.snapshot() as view:
            assert view.article_count == 10
            assert not view.is_known("visitor1")
            assert view.is_known("visitor3")
            with pytest.raises(NoSuchArticle):
                view.article("a1")

    def test_an_article_is_known_by_id_url_and_path(self, corpus: Corpus, tmp_path: Path) -> None:
        path = tmp_path / "article.txt"
        by_path = accept(
            an_article("x").article.model_copy(update={"id": None}), str(path), "article.txt"
        )
        by_url = accept(
            an_article("x").article.model_copy(update={"id": None, "url": "https://e.org/1"}),
            None,
            "u",
        )
        from_file = replace(an_article("y"), origin=str(tmp_path / "page.html"))
        both = an_article("both").article.model_copy(update={"url": "https://e.org/2"})
        by_both = accept(both, None, "b")
        corpus.add([by_path, by_url, by_both, an_article("an id with spaces"), from_file])
        with corpus.snapshot() as view:
            assert view.article(str(tmp_path / "page.html")).id == "y"
            assert view.article(str(path)).origin == str(path)
            assert view.article("https://e.org/1").url == "https://e.org/1"
            assert view.article("https://e.org/2").id == view.find("both").id
            assert view.article("an id with spaces").id == view.find("an id with spaces").id

    def test_after_all_is_removed_it_is_empty_and_can_be_filled_again(self, filled: Corpus) -> None:
        filled.remove([f"a{n}" for n in range(12)])
        with filled.snapshot() as view:
            assert (view.article_count, view.corpus_version) == (0, "empty")
            assert found(view, "bridge") == []
        assert filled.verify() == []
        filled.add(some_articles(3))
        assert len(texts_of(filled)) == 3
        assert filled.verify() == []

    def test_a_corpus_deleted_and_made_anew_is_another_one_to_who_has_it_open(
        self, corpus: Corpus, open_corpus: OpenCorpus
    ) -> None:
        corpus.add([an_article("a", "One.", "Two.", "Three.")])
        assert list(texts_of(corpus)) == ["a"]
        open_corpus(corpus.name).delete()
        assert not corpus.exists
        open_corpus(corpus.name).add([an_article("b", "Four.")])
        assert texts_of(corpus) == {"b": "Four.\n"}

    def test_an_open_snapshot_outlives_its_corpus(self, filled: Corpus) -> None:
        with filled.snapshot() as view:
            before = found(view, "who opened the bridge")
            filled.delete()
            assert found(view, "who opened the bridge") == before
            assert view.article("a3").id == "a3"
        assert texts_of(filled) == {}

    def test_a_snapshot_does_not_change_while_others_write(
        self, filled: Corpus, open_corpus: OpenCorpus
    ) -> None:
        with filled.snapshot() as view:
            before = view.corpus_version, view.version_count, found(view, "town 3 weather")
            other = open_corpus(filled.name)
            other.add(some_articles(14, edition=2))
            other.remove(["a1"])
            after = view.corpus_version, view.version_count, found(view, "town 3 weather")
        assert after == before
        assert len(texts_of(filled)) == 13

    def test_all_versions_can_be_seen(self, filled: Corpus) -> None:
        filled.add(some_articles(1, edition=2))
        with filled.snapshot() as view:
            assert [one.version for _, one in view.history("a0")] == [1, 2]
            assert "edition 1" in view.article("a0", 1).text
            with pytest.raises(InputError, match="no version 3"):
                view.article("a0", 3)
            assert len(list(view.versions())) == view.version_count == 13
            assert [h.id for h in view.with_text(view.article("a4").text)] == ["a4"]
            assert view.stems_like("bridgs") == ["bridg"]

    def test_stored_vectors_are_the_encoders_rounded_to_half_floats(self, filled: Corpus) -> None:
        with filled.snapshot() as view:
            article = view.article("a7")
            quotes = [article.quote(sentence) for sentence in article.sentences]
            stored = view.vectors_of(view.find("a7").version_id)
        assert np.array_equal(stored, as_stored(StubEncoder().encode(quotes)))

    def test_a_copy_through_a_file_has_all_that_the_first_has(
        self, filled: Corpus, open_corpus: OpenCorpus, tmp_path: Path
    ) -> None:
        filled.add(some_articles(2, edition=2))
        models, path = StubModels(), tmp_path / "copy.jsonl"
        export_corpus(filled, models, path)
        copy = open_corpus("copy")
        with path.open("rb") as file:
            archive = Archive(file, "copy", MAX_BYTES)
            report = import_corpus(archive, copy, models, ModelChoice())
        assert (report.articles, report.versions) == (12, 14)
        assert (texts_of(copy), ranking(copy)) == (texts_of(filled), ranking(filled))
        assert copy.verify() == []
        with pytest.raises(InputError, match="already; choose"):
            copy.check_absent()

    # -- what a state depends on, and what not --------------------------------------------------

    @pytest.mark.slow
    @settings(max_examples=20, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS)
    def test_any_order_of_writes_equals_one_at_once(
        self, steps: list[Step], open_corpus: OpenCorpus, anew: MakeAnew
    ) -> None:
        corpus = open_corpus(f"any-order-{next(_NUMBERS)}")
        there: dict[int, int] = {}
        for kind, number, edition in steps:
            if kind == "add":
                corpus.add([by_number(number, edition)])
                there[number] = edition
            elif kind == "remove" and number in there:
                corpus.remove([f"a{number}"])
                del there[number]
            elif kind == "make anew" and corpus.exists:
                corpus = anew(corpus)
        at_once = open_corpus(f"at-once-{next(_NUMBERS)}")
        at_once.add([by_number(number, edition) for number, edition in sorted(there.items())])
        assert state_of(corpus) == state_of(at_once)
        if corpus.exists:
            corpus = anew(corpus)
        assert state_of(corpus) == state_of(at_once)
        assert corpus.verify() == []

    def test_of_sentences_that_tie_the_first_by_article_and_position_are_found(
        self, corpus: Corpus
    ) -> None:
        ids = [f"a{n:03}" for n in range(300)]
        articles = [an_article(name, "A word of our sponsor.", "It rained.") for name in ids]
        corpus.add(articles[150:])
        corpus.add(articles[:150][::-1])
        with corpus.snapshot() as view:
            question = StubEncoder().encode_question("A word of our sponsor.")
            near = view.nearest(question, 5, None)
            containing = view.containing(content_stems("sponsor"), 5, None)
            for hits in (near, containing):
                assert [(view.head(h.version_id).id, h.position) for h in hits] == [
                    (name, 0) for name in ids[:5]
                ]

    def test_a_cosine_does_not_depend_on_what_else_is_asked(self, filled: Corpus) -> None:
        with filled.snapshot() as view:
            question = StubEncoder().encode_question("the bridge of town 3")
            places = [(hit.version_id, hit.position) for hit in view.nearest(question, 30, None)]
            together = view.cosines(question, places)
            assert [view.cosines(question, [place])[0] for place in places] == together

    def test_filters(self, filled: Corpus) -> None:
        from datetime import date

        filled.add([an_article("undated")])
        with filled.snapshot() as view:

            def ids(filters: Filters) -> set[str]:
                allowed = view.allowed(filters)
                assert allowed is not None
                hits = view.nearest(StubEncoder().encode_question("bridge"), 100, allowed)
                words = view.containing(["bridg"], 100, allowed)
                assert {h.version_id for h in words} <= {h.version_id for h in hits} == allowed
                return {view.head(hit.version_id).id for hit in hits}

            assert view.allowed(Filters()) is None
            assert ids(Filters(source="the courier 1")) == {f"a{n}" for n in range(1, 12, 2)}
            assert ids(Filters(since=date(2023, 9, 10))) == {"a9", "a10", "a11"}
            assert ids(Filters(until=date(2023, 9, 2))) == {"a0", "a1"}
            assert ids(Filters(article="undated")) == {"undated"}
            assert ids(Filters(source="nobody")) == set()
