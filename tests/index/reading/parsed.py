"""Articles' texts with what each sentence is, for tests."""

from index.reading.head import read_head
from index.reading.published import parse_published
from index.types import ParsedText, SentenceKind

BODY = "The head of diplomacy met him in New York on Monday, he said. It went well."


def read(text: str, title: str | None = None, published: str | None = None) -> ParsedText:
    date = parse_published(published) if published else None
    return read_head(text, title, date)


def marked(text: str, title: str | None = None) -> list[tuple[str, str]]:
    """The sentences with the first letter of their kinds, those of the body left out."""
    return [
        (sentence.kind.name[0], text[sentence.start : sentence.end])
        for sentence in read(text, title).sentences
        if sentence.kind is not SentenceKind.BODY
    ]
