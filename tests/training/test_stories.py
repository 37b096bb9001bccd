"""Stories that develop: where their answers stand, and which writers calibrate."""

from training import stories


def test_each_answer_stands_in_an_article_that_was_there_on_the_day_of_asking() -> None:
    writers: dict[bool, set[str]] = {True: set(), False: set()}
    for to_calibrate, seen in writers.items():
        for places in stories.asked(to_calibrate=to_calibrate):
            seen.add(places[0].article.id[0])
            for q in places:
                words = [q.article.text[start:end] for start, end in q.spans]
                assert all(word and word.strip() == word for word in words)
                assert (not words) == (q.kind == "none")
                assert q.day is not None
                published = q.article.published
                assert not q.spans or (published and published.earliest <= q.day)
    assert writers[True] == set(stories.CALIBRATE)
    assert not writers[True] & writers[False]
