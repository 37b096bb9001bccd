"""What Dateline says itself beside the quotes."""

from retrieval.answer import Citation, Role
from retrieval.answering import notes


def citation(quote: str, n: int = 1, role: Role = "answer", words: str = "") -> Citation:
    start = quote.index(words) if words else None
    return Citation(
        n=n,
        role=role,
        quote=quote,
        answer_start=start,
        answer_end=start + len(words) if start is not None else None,
        article_id="a",
        title="A title",
        published="2023-05-02",
        start=0,
        end=len(quote),
        text_sha256="0" * 64,
    )


def test_a_slip_is_named_with_what_it_was_read_as() -> None:
    assert notes.spelling("Sulivan", "Sullivan").text == "“Sulivan” was read as “Sullivan”."


def test_dates_are_said_of_quotes_that_answer_each_once() -> None:
    cited = [
        citation("It sank on Sunday."),
        citation("It sank on Sunday.", 2, "differs"),
        citation("It sailed on Saturday.", 3, "context"),
        citation("It sank on Monday.", 4, "differs"),
        citation("It sank on Friday.", 5).model_copy(update={"published": None}),
    ]
    told = [(note.n, note.text) for note in notes.dates(cited)]
    assert told == [(1, "Sunday, 30 April 2023."), (4, "Monday, 1 May 2023.")]


def test_not_more_than_four_dates_are_said() -> None:
    week = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    cited = [citation(f"It sank on {day}.", n) for n, day in enumerate(week, start=1)]
    assert len(list(notes.dates(cited))) == 4


def test_a_speaker_is_said_of_the_words_that_answer() -> None:
    quote = "“It sank at noon,” Anna Berg said."
    (note,) = notes.speakers([citation(quote, words="at noon")])
    assert (note.kind, note.text, note.n) == ("speaker", "So says “Anna Berg”.", 1)
    assert list(notes.speakers([citation(quote, words="Anna Berg")])) == []
    assert list(notes.speakers([citation("It sank.")])) == []


def test_nothing_is_said_of_a_single_voice() -> None:
    assert list(notes.agreement([])) == []
    assert list(notes.others([citation("It sank.")])) == []


def test_others_are_named_by_their_words_day_and_number() -> None:
    other = citation("There were 12.", 3, "differs", "12").model_copy(update={"published": None})
    (note,) = notes.others([citation("There were 31.", 2, "differs", "31"), other])
    assert note.text == "Other articles say: “31” (2023-05-02) [2]; “12” (no date) [3]."
