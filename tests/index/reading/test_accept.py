"""Articles on their way in: they are normalised and checked, and can be described."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index import ArticleInput, InputError, accept
from index.reading.accept import describe

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
