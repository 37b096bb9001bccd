"""An article on its way in made ready to be stored: read, segmented, named and hashed."""

import hashlib
import json
import re
from dataclasses import dataclass, replace

from index.errors import InputError
from index.reading.accept import accept
from index.reading.head import read_head
from index.storage import database
from index.types import (
    Article,
    ArticleInput,
    Incoming,
    Item,
    ParsedText,
    RefusedArticle,
    SentenceKind,
    Sentences,
)

# An id that its owner chose is used as it is when it can stand in a command line and a link.
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_TITLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article with all that the database stores of it.

    ``added_at`` is empty and the article's version 0 until it is stored; a rebuild keeps both.
    """

    key: str
    article: Article
    given: str
    input_sha256: str
    label: str
    origin: str | None = None
    added_at: str = ""


def prepare(incoming: Incoming) -> Prepared:
    """Segment, name and hash an article; raise InputError, with the reason, if it cannot be."""
    given, text = incoming.article, incoming.article.text
    reading = read_head(text, given.title, incoming.published)
    if len(reading.sentences) >= 1 << database.POSITION_BITS:
        raise InputError("has over a million sentences; split it")
    key = key_of(incoming, text)
    article = Article(
        id=article_id_of(key),
        version=0,
        title=reading.title or first_words(text, reading),
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        sentences=Sentences.of(reading.sentences),
        titled=reading.title is not None,
        url=given.url,
        source=given.source,
        published=reading.published,
        place=reading.place,
        authors=given.authors,
        language=given.language,
        origin=incoming.path or incoming.origin,
        pages=given.pages,
    )
    # Only where there are some: the hash of what came in without them stays as it was.
    left_out = {"text"} if given.pages else {"text", "pages"}
    fields = json.dumps(
        {
            "article": given.model_dump(exclude=left_out),
            "origin": incoming.origin,
            # A file's is its name: the same however its path was typed.
            "label": incoming.origin if incoming.path else incoming.label,
            "date_origin": incoming.date_origin,
        },
        ensure_ascii=False,
    )
    sha256 = input_hash(key, fields, text)
    return Prepared(key, article, fields, sha256, incoming.label, incoming.origin)


def restored(given: str, text: str, sha256: str) -> Prepared | None:
    """The article made anew from what came in; None where what is stored of that has changed."""
    try:
        fields = json.loads(given)
        article = ArticleInput.model_validate({"text": text, **fields["article"]}, strict=False)
        label, date_origin = fields["label"], fields["date_origin"]
        incoming = accept(article, fields["origin"], label, date_origin)
        return prepared_as(incoming, article, given, sha256)
    except (InputError, *database.UNREADABLE):
        return None


def prepared_as(
    incoming: Incoming, before: ArticleInput, given: str, sha256: str
) -> Prepared | None:
    """The article under the hash that it was stored with; None where that is not its own.

    ``before`` is what ``incoming`` was accepted from: an earlier Dateline may have stored fields
    otherwise than they are accepted now, and such an article keeps its name and its hash.
    """
    made = prepare(incoming)
    if made.input_sha256 == sha256:
        return made
    text = made.article.text
    key = key_of(replace(incoming, article=before), text)
    if input_hash(key, given, text) != sha256:
        return None
    article = replace(made.article, id=article_id_of(key))
    return replace(made, key=key, article=article, given=given, input_sha256=sha256)


def input_hash(key: str, given: str, text: str) -> str:
    """The hash of all that came in."""
    return hashlib.sha256(f"{key}\0{given}\0{text}".encode()).hexdigest()


def key_of(incoming: Incoming, text: str) -> str:
    """What an article is known by: its id, else its url, else its file, else its text."""
    given = incoming.article
    if given.id:
        return f"id:{given.id}"
    if given.url:
        return f"url:{given.url}"
    if incoming.origin:
        return f"path:{incoming.origin}"
    return f"text:{hashlib.sha256(text.encode()).hexdigest()}"


def is_in_shard(item: Item, number: int, of: int) -> bool:
    """Whether an article, or what was refused, is in one of so many parts, counted from 1."""
    key = item.source if isinstance(item, RefusedArticle) else key_of(item, item.article.text)
    digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8]) % of == number - 1


def article_id_of(key: str) -> str:
    """A short stable name: the owner's own id where it is plain, else ten digits of a hash."""
    kind, _, value = key.partition(":")
    if kind == "id" and _PLAIN_ID.fullmatch(value):
        return value
    return hashlib.sha256(key.encode()).hexdigest()[:10]


def first_words(text: str, reading: ParsedText) -> str:
    """How to call an article without a title: by how it begins."""
    body = next((s for s in reading.sentences if s.kind is SentenceKind.BODY), reading.sentences[0])
    words = " ".join(text[body.start : body.end].split())
    if len(words) <= _TITLE_CHARS:
        return words
    return words[:_TITLE_CHARS].rsplit(" ", 1)[0] + "…"
