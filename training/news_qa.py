"""Training examples out of hand-written questions over news: answers, lists, follow-ups, traps.

Every round draws other windows, wrappings and near misses, so that no two read the same text.
One article in nine of the training split, by hash, is held out for choosing and calibrating.

More questions lie beside this module, over articles of the news quiz: where the words stand in an
article, not the article, which is read from the evaluation data by its address. Those to train on
are over articles up to 2022, those to calibrate on are over others, and by other writers.
"""

import datetime as dt
import gzip
import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index import ArticleInput, Corpus, Home, accept
from index.reading.head import read_head
from index.types import Published, SentenceKind
from retrieval import conversation
from retrieval.question import Turn
from retrieval.reader import passages
from retrieval.scoring import f1
from training import near_misses
from training.data import Example

Span = tuple[int, int]
MORE = Path(__file__).parent / "questions.jsonl.gz"
MORE_HELD_OUT = Path(__file__).parent / "held_out.jsonl.gz"
HELD_OUT = 9
LIKELY = 3  # passages of its own article that are mostly drawn as not answering
_REFUSALS = ("not stated", "the article doesn't say", "the article does not say", "not said")
_BEFORE = (
    "can you tell me |could you tell me |do you know |does anyone know |anyone know |hey guys, |"
    "hi, |hello, |please tell me |tell me |i'd like to know |so |ok so |um, |quick question: |"
    "just wondering, |hey, |yo |i was wondering |sorry but |remind me, |can someone tell me |"
    "please, |question: |any idea "
)
_AFTER = (
    " please| please?| thanks| thanks!| guys?| thx| anyone?| pls| exactly?| again?| tho| lol|"
    " cheers| do you know?| if you know| ???| ??|!|, please?| :)| though| then| asap"
)
BEFORE, AFTER = tuple(_BEFORE.split("|")), tuple(_AFTER.split("|"))


@dataclass(frozen=True)
class NewsArticle:
    """An article with its sentences, title lines and the like included."""

    id: str
    title: str
    published: Published | None
    text: str
    sentences: tuple[Span, ...]
    body: frozenset[int]  # which of them are sentences of the article

    @property
    def head(self) -> str:
        """Title and date as the reader is given them."""
        return passages.head_of(self.title, self.published)

    @property
    def headline(self) -> str:
        """The title alone, as the reader is given it."""
        return passages.head_of(self.title, None)

    def at(self, place: int) -> int | None:
        """The sentence at a character."""
        for n, (start, end) in enumerate(self.sentences):
            if start <= place < end:
                return n
        return None


@dataclass(frozen=True)
class NewsQuestion:
    """A question over one of the articles; ``near`` is what a careless reader would mark."""

    article: NewsArticle
    kind: str
    text: str
    spans: tuple[Span, ...]
    history: tuple[Turn, ...]
    standalone: str
    near: Span | None
    day: dt.date | None = None  # on which it is asked; None is now
    own: tuple[int, ...] = ()  # sentences of its article, by how near their passages come
    others: tuple[tuple[NewsArticle, int], ...] = ()  # passages of others that look like answering


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def is_held_out(article: str) -> bool:
    """Whether an article is kept out of training."""
    return int.from_bytes(hashlib.sha256(article.encode()).digest()[:4], "big") % HELD_OUT == 0


def load(folder: Path, split: str = "train") -> list[NewsQuestion]:
    """All questions of a split of `news-qa`."""
    articles = {row["id"]: article_of(row) for row in rows(folder / "articles.jsonl.gz")}
    asked = (row for row in rows(folder / "questions.jsonl.gz") if row["split"] == split)
    return [question_of(row, articles[row["article"]]) for row in asked]


def held_out(data: Path) -> list[NewsQuestion]:
    """The questions that are kept out of training, to choose and to calibrate by."""
    own = [q for q in load(data / "news-qa") if is_held_out(q.article.id)]
    return own + more(data, MORE_HELD_OUT)


def more(data: Path, file: Path = MORE) -> list[NewsQuestion]:
    """The questions beside this module; each names its article and how much of it was read."""
    asked = list(rows(file))
    read = {row["article"]: row["characters"] for row in asked}
    articles = {
        row["url"]: article_of(row | {"id": row["url"], "text": row["text"][: read[row["url"]]]})
        for row in rows(data / "news-quiz" / "articles.jsonl.gz")
        if row["url"] in read
    }
    return [question_of(row, articles[row["article"]]) for row in asked]


def question_of(row: Mapping[str, Any], article: NewsArticle) -> NewsQuestion:
    """A row of a file of questions."""
    near = row.get("near")
    return NewsQuestion(
        article,
        row["kind"],
        row["question"].strip(),
        tuple((a["start"], a["start"] + len(a["text"])) for a in row["answers"]),
        tuple(Turn(t["question"], t["answer"]) for t in row.get("history", ())),
        row.get("standalone") or row["question"].strip(),
        (near["start"], near["start"] + len(near["text"])) if near else None,
        dt.date.fromisoformat(row["day"]) if row.get("day") else None,
    )


def article_of(row: dict[str, Any]) -> NewsArticle:
    """An article as the index would hold it."""
    day = (row["published"] or "").replace("/", "-")[:10] or None
    given = accept(ArticleInput(text=row["text"], title=row["title"], published=day), None, "")
    read = read_head(row["text"], row["title"], given.published)
    return NewsArticle(
        row["id"],
        row["title"] or "",
        read.published,
        row["text"],
        tuple((s.start, s.end) for s in read.sentences),
        frozenset(n for n, s in enumerate(read.sentences) if s.kind is SentenceKind.BODY),
    )


def corpus_of(
    articles: Iterable[NewsArticle], home: Path, name: str
) -> tuple[Corpus, dict[str, str]]:
    """A corpus of some articles, made where it is not yet, and what each is called in it."""
    corpus, own = Home(home).corpus(name), {article.id: article for article in articles}
    ids = {article: f"n{n}" for n, article in enumerate(own)}
    if not corpus.exists:
        corpus.add(
            accept(
                ArticleInput(
                    text=article.text,
                    title=article.title or None,
                    id=ids[article.id],
                    published=article.published.day if article.published else None,
                ),
                None,
                ids[article.id],
            )
            for article in own.values()
        )
    return corpus, ids


def window(article: NewsArticle, at: int, chance: random.Random) -> passages.Passage:
    """A passage around a sentence: half the time as the program cuts it, else as it may fall.

    The date is in the head as often as not, as the program puts it there for some questions only.
    """
    begin = min(article.body, default=0)
    if chance.random() < 0.5 and at >= begin:
        own = article.sentences[begin:]
        first, last = next(each for each in passages.cut(own) if each[1] > at - begin)
        head = article.head if chance.random() < 0.5 else article.headline
        return passages.passage(article.text, own, range(first, last), head, above=begin)
    size, lead = chance.randint(200, passages.SIZE), chance.choice((0, 100, passages.LEAD))
    first, last = at, at + 1
    while True:
        sides = []
        if first > 0 and article.sentences[last - 1][1] - article.sentences[first - 1][0] <= size:
            sides.append((first - 1, last))
        if (
            last < len(article.sentences)
            and article.sentences[last][1] - article.sentences[first][0] <= size
        ):
            sides.append((first, last + 1))
        if not sides:
            break
        first, last = chance.choice(sides)
    head = chance.choice((article.head, article.head, article.headline, article.headline, ""))
    return passages.passage(article.text, article.sentences, range(first, last), head, lead)


def run_of(question: NewsQuestion) -> Span:
    """The answer as one span: all items of a list where they stand in a row, else the first."""
    text, spans = question.article.text, question.spans
    whole = min(s for s, _ in spans), max(e for _, e in spans)
    items = " ".join(text[s:e] for s, e in spans)
    in_one = question.article.at(whole[0]) == question.article.at(whole[1] - 1)
    return whole if in_one and f1(text[slice(*whole)], items) >= 0.6 else spans[0]


def says(text: str, question: NewsQuestion) -> bool:
    """Whether a text has the words of an answer."""
    low = text.casefold()
    return any(question.article.text[s:e].casefold() in low for s, e in question.spans)


def asked(question: NewsQuestion, chance: random.Random, pool: Sequence[Turn]) -> str:
    """The question as it may be typed, with what went before, in the reader's form."""
    text, history = turned(question, chance, pool)
    return conversation.asked(typed(text, chance), history)


def turned(
    question: NewsQuestion, chance: random.Random, pool: Sequence[Turn] = ()
) -> tuple[str, tuple[Turn, ...]]:
    """The question and what went before it, now and then standing alone or after others."""
    text, history = question.text, question.history
    if history and chance.random() < 0.15:
        text, history = question.standalone, ()
    elif not history and pool and chance.random() < 0.1:
        history = tuple(chance.sample(pool, min(len(pool), chance.randint(1, 2))))
    history = tuple(
        Turn(t.question, None)
        if (t.answer or "").casefold().strip(". ") in _REFUSALS and chance.random() < 0.6
        else t
        for t in history
    )
    return text, history


def typed(text: str, chance: random.Random) -> str:
    """Wrapped, shouted, misspelt or cut down to keywords, now and then."""
    if chance.random() < 0.15:
        text = text.rstrip(" ?")
    if chance.random() < 0.05:
        text = near_misses.misspelt(text, chance)
    if chance.random() < 0.04:
        text = near_misses.keywords(text)
    if chance.random() < 0.16:
        text = chance.choice(BEFORE) + text[:1].lower() + text[1:]
    if chance.random() < 0.16:
        text = text.rstrip(" ?") + chance.choice(AFTER)
    if chance.random() < 0.1:
        text = text.upper()[:1] + text.lower()[1:] if chance.random() < 0.5 else text.lower()
    return text


def example(
    question: str, read: passages.Passage, source: str, answer: NewsQuestion | None = None
) -> Example:
    """A passage as an example; with ``answer`` its spans, where they lie inside."""
    if answer is None:
        return Example(question, read.text, None, source, answers=False, head=read.head)
    moved = [
        (s + read.shift, e + read.shift)
        for s, e in answer.spans
        if s + read.shift >= read.head and e + read.shift <= len(read.text)
    ]
    start, end = (place + read.shift for place in run_of(answer))
    is_list = answer.kind == "list" or (answer.kind == "conversation" and len(answer.spans) > 1)
    return Example(
        question,
        read.text,
        (start, end),
        source,
        head=read.head,
        items=tuple(moved),
        is_list=is_list,
    )


def drawn(questions: Sequence[NewsQuestion], seed: int) -> list[Example]:
    """One round's examples of some questions."""
    chance = random.Random(seed)
    pools = near_misses.Pools.of(q.text for q in questions)
    turns: dict[str, list[Turn]] = {}
    for q in questions:
        if q.spans and not q.history:
            answer = q.article.text[slice(*q.spans[0])]
            turns.setdefault(q.article.id, []).append(Turn(q.text, answer))
    out: list[Example] = []
    for q in questions:
        others = [t for t in turns.get(q.article.id, ()) if t.question != q.text]
        out.extend(examples_of(q, others, pools, chance))
    return out


def examples_of(
    q: NewsQuestion, turns: Sequence[Turn], pools: near_misses.Pools, chance: random.Random
) -> Iterator[Example]:
    """What answers a question, what looks like it, and what does not."""
    marked = q.spans[0] if q.spans else q.near
    at = q.article.at(marked[0]) if marked else None
    if at is not None and q.spans:
        read = window(q.article, at, chance)
        if run_of(q)[1] + read.shift <= len(read.text):
            yield from answering(q, read, turns, pools, chance)
    elif at is not None:
        yield example(asked(q, chance, turns), window(q.article, at, chance), "trap")
    yield from elsewhere(q, at, turns, chance)


def answering(
    q: NewsQuestion,
    read: passages.Passage,
    turns: Sequence[Turn],
    pools: near_misses.Pools,
    chance: random.Random,
) -> Iterator[Example]:
    """A passage that answers, and now and then the same with question or passage changed."""
    text = asked(q, chance, turns)
    yield example(text, read, q.kind, q)
    if q.history:
        return
    if chance.random() < 0.16:
        body = read.text[read.head :]
        if changed := near_misses.other_question(q.text, body, pools, chance):
            yield example(typed(changed, chance), read, "question changed")
    elif chance.random() < 0.12 and (
        changed := near_misses.other_passage(q.text, read.text, pools, chance)
    ):
        yield example(text, replace(read, text=changed), "passage changed")


def elsewhere(
    q: NewsQuestion, at: int | None, turns: Sequence[Turn], chance: random.Random
) -> Iterator[Example]:
    """Now and then a passage of the same article, or of another, that does not answer."""
    article = q.article
    far = [
        n
        for n in article.body
        if at is None
        or (abs(n - at) > 2 and not says(article.text[slice(*article.sentences[n])], q))
    ]
    if far and chance.random() < (0.7 if q.spans else 0.3 if q.near else 0.9):
        likely = [n for n in q.own if n in far][:LIKELY]
        read = window(
            article, chance.choice(likely if likely and chance.random() < 0.6 else far), chance
        )
        if not says(read.text[read.head :], q):
            yield example(asked(q, chance, turns), read, "same article")
    if q.others and chance.random() < (0.35 if q.spans else 0.22):
        other, n = chance.choice(q.others)
        read = window(other, n, chance)
        if not says(read.text, q):
            yield example(asked(q, chance, ()), read, "other article")


def with_others(
    questions: Sequence[NewsQuestion], encode: Any, nearest: int = 6
) -> list[NewsQuestion]:
    """The questions with the passages that an encoder finds near them, of any article."""
    articles = list({q.article.id: q.article for q in questions}.values())
    places = [(a, first, last) for a in articles for first, last in passages.cut(a.sentences)]
    vectors = encode(
        [
            f"{a.title}. {a.text[a.sentences[first][0] : a.sentences[last - 1][1]]}"
            for a, first, last in places
        ]
    )
    asked_of = encode([q.standalone for q in questions])
    out = []
    for q, vector in zip(questions, asked_of, strict=True):
        scores = vectors @ vector
        near: list[tuple[NewsArticle, int]] = []
        own: list[int] = []
        for i in (-scores).argsort()[:60]:
            article, first, last = places[i]
            if article.id == q.article.id:
                own.append((first + last) // 2)
            elif len(near) < nearest:
                near.append((article, (first + last) // 2))
        out.append(replace(q, own=tuple(own), others=tuple(near)))
    return out
