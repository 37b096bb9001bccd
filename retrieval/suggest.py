"""Questions that some articles can answer, to begin with: tried out before they are offered.

"Gina Raimondo ended a four-day visit to China on Wednesday, …" makes "who ended a four-day visit
to China on Wednesday?": a name that begins a sentence gives way to "who", and nothing else has to
change. What no sentence gives is filled up with "latest on …".
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from index.types import Article, SentenceKind
from retrieval.answer import Answer

# A name of two words or with a title, mostly a person's.
_NAME = r"(?:[A-Z][\w’'-]*\.? ){1,3}[A-Z][\w’'-]{2,}"
_VERB = (
    r"(?:[a-z]{2,}ed|met|led|won|left|held|made|went|took|gave|became|began|bought|built"
    r"|came|chose|cut|drew|drove|fell|flew|found|got|grew|hit|kept|knew|lost|paid|put|ran|rose"
    r"|saw|sent|set|shot|sold|spent|spoke|stood|struck|swore|taught|threw|wrote)"
)
# Something that it was done to shows that the verb is one, and no participle.
_OBJECT = r"(?:the|a|an|[A-Z]\w+|\d[\d,.]*)"
_ENDS = (
    r"(?=[,.;—–]|$| (?:after|before|when|while|because|as|who|which|but|amid|following"
    r"|during|since|despite|saying)\b)"
)
_SAYS = re.compile(
    rf"(?:(?:On|In|Last|Late|Earlier)\b[^,]{{2,40}}, )?(?P<name>{_NAME})(?:, [^,]{{3,60}},)? "
    rf"(?P<says>{_VERB} {_OBJECT}(?: [^\s,.;:“”\"()—–]+){{1,8}}?){_ENDS}"
)
_TITLES = re.compile(r"^(?:The|A|An|In|On|At|But|And|For|It|He|She|They|This|That|Its|His|Her)\b")
_POINTS = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|its|their|this|that|these)\b", re.IGNORECASE
)
_OPEN = re.compile(r" (?:at|in|on|of|for|to|by|with|from|and|the|a|an|Rep|Sen|Gov|Mr|Ms|Dr|St)$")
# Two or three capitalised words in a row inside a sentence are mostly a person or a body.
_INSIDE = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-zà-ÿ]+ ){1,2}[A-Z][a-zà-ÿ]{2,}(?=[ ,.;’'](?![A-Z]))")
_FEWEST, _MOST = 4, 10  # words after the name
_LONGEST = 78  # characters, as a button's label has room for
SUGGESTED_FROM = 40  # articles
_TRIED = 8


def suggested(
    articles: Sequence[Article], ask: Callable[[str], Answer], most: int = 3
) -> list[str]:
    """Up to ``most`` questions that are answered, of different articles as far as there are such.

    ``articles`` come with those in front that matter most; ``ask`` is tried some times.
    """
    chosen: list[str] = []
    newest = articles[:SUGGESTED_FROM]
    for name, question in [*one_each(newest), *latest(newest)][:_TRIED]:
        if len(chosen) < most and is_answered(ask(question), name):
            chosen.append(question)
    return chosen


def is_answered(answer: Answer, name: str) -> bool:
    """Whether an answer is about the name that it was to be about."""
    last = name.rsplit(maxsplit=1)[-1]
    said = (answer.answer or "") if answer.answer != name else name
    return answer.status == "answered" and (
        last in said or any(last in citation.quote for citation in answer.citations)
    )


def one_each(articles: Sequence[Article]) -> Iterator[tuple[str, str]]:
    """The first question of each article that has one, then second ones."""
    found = [list(questions_of(article)) for article in articles]
    for n in range(2):
        for questions in found:
            yield from questions[n : n + 1]


def questions_of(article: Article) -> Iterator[tuple[str, str]]:
    """Who did what, out of the sentences of an article: the name, and the question."""
    for sentence in article.sentences:
        said = _SAYS.match(article.quote(sentence))
        if sentence.kind is not SentenceKind.BODY or not said or _TITLES.match(said["name"]):
            continue
        words = " ".join(said["says"].split())
        question = f"who {words}?"
        fits = _FEWEST <= len(words.split()) <= _MOST and len(question) <= _LONGEST
        if fits and not _POINTS.search(words) and not _OPEN.search(words):
            yield said["name"], question


def latest(articles: Sequence[Article]) -> Iterator[tuple[str, str]]:
    """The names that stand in most articles, then those in most sentences."""
    many: Counter[str] = Counter()
    for article in articles:
        for name, count in Counter(names_in(article)).items():
            many[name] += 100 + min(count, 99)
    for name, _ in sorted(many.items(), key=lambda one: (-one[1], one[0])):
        yield name, f"latest on {name}"


def names_in(article: Article) -> Iterator[str]:
    """Every name in an article's body, as often as it stands there."""
    for sentence in article.sentences:
        if sentence.kind is SentenceKind.BODY:
            yield from _INSIDE.findall(article.quote(sentence))
