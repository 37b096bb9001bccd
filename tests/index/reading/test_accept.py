"""Articles on their way in: each is parsed, normalised and dated once, and can be described."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index import ArticleInput, InputError, accept
from index.reading import accept as accept_module
from index.reading import files, metadata
from index.reading.accept import describe
from index.storage import prepare as prepare_module
from tests.corpora import stub_corpus, texts_of

MATTER = "---\ntitle: Blinken meets Han\ndate: 2023-09-18\n---\n\nHe met him.\r\nIt went well.\n"
PAGE = (
    "<!DOCTYPE html><html><head><title>Talks</title><meta property='article:published_time'"
    " content='2023-09-18'></head><body><p>He met him.</p></body></html>"
)
LINE = '{"text": "He met him.", "published": "2023-09-18"}'


@pytest.mark.parametrize(
    ("name", "content"), [("a.md", MATTER), ("a.html", PAGE), ("a.jsonl", LINE)]
)
def test_each_thing_is_done_once(
    name: str, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[str] = Counter()

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def counting(value: str, *rest: Any) -> Any:
            calls[function.__name__] += "He met him." in value or "2023-09-18" in value
            return function(value, *rest)

        return counting

    for module in (files, metadata, accept_module, prepare_module):
        for function in ("normalise", "front_matter", "parse_published", "read_head"):
            if hasattr(module, function):
                monkeypatch.setattr(module, function, counted(getattr(module, function)))
    path = tmp_path / name
    path.write_bytes(content.encode())
    corpus = stub_corpus(tmp_path)
    assert corpus.add(files.read_paths([path])).added == 1
    assert calls.pop("normalise") <= 2  # the text, and the field that the date is
    assert calls == {"front_matter": 1, "parse_published": 1, "read_head": 1}
    assert "\r" not in "".join(texts_of(corpus).values())


ODD = st.text(" \ufeff\n\x1b[0m\u200b\ud83dA/:.", max_size=8)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(ArticleInput.model_fields, ODD)))
@example({"title": " \ufeffOne", "id": "\n\ufeff \ufeffA"})
def test_what_is_accepted_once_more_stays_as_it_is(fields: dict[str, Any]) -> None:
    fields = {**fields, "text": f"{fields.get('text', '')}One.", "pages": ()}
    fields["authors"] = (fields.get("authors", ""), "Ann")
    once = accept(ArticleInput(**fields), None, "a").article
    assert accept(once, None, "a").article == once


class TestDescribe:
    def test_only_what_is_given_changes(self) -> None:
        read = accept(ArticleInput(text="One.", published="2023-09-18"), "/a", "a", "metadata")
        described = describe(read, {"title": " Two\nthree ", "source": "The News"})
        assert described.article.title == "Two three"
        assert (described.published, described.date_origin) == (read.published, "metadata")
        assert described.article.text == "One."

    def test_a_date_that_is_given_is_one_that_is_given(self) -> None:
        read = accept(ArticleInput(text="One.", published="2023-09-18"), "/a", "a", "metadata")
        described = describe(read, {"published": "2024-05-06"})
        assert described.date_origin == "given"
        assert described.published is not None
        assert (described.published.at, described.published.origin) == ("2024-05-06", "given")

    def test_what_is_given_is_checked(self) -> None:
        read = accept(ArticleInput(text="One."), None, "a")
        with pytest.raises(InputError, match="its date 'soon' is not understood"):
            describe(read, {"published": "soon"})
        with pytest.raises(InputError, match="its url is no web address"):
            describe(read, {"url": "soon"})
