"""Questions that some articles can answer, to begin with: tried out before they are offered."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from index.types import Article, SentenceKind
from retrieval.answer import Answer

# Two or three capitalised words in a row inside a sentence are mostly a person or a body.
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-zà-ÿ]+ ){1,2}[A-Z][a-zà-ÿ]{2,}(?=[ ,.;’'](?![A-Z]))")
_FORMS = ("what did {} say", "who is {}", "where did {} go", "latest on {}")
_NAMES_TRIED, _READ = 6, 40


def suggested(
    articles: Sequence[Article], ask: Callable[[str], Answer], most: int = 3
) -> list[str]:
    """Up to ``most`` questions that are answered, about different names, the surest first."""
    chosen: dict[str, tuple[float, str]] = {}
    used: Counter[str] = Counter()
    for name in names_of(articles[:_READ])[:_NAMES_TRIED]:
        for form in sorted(_FORMS, key=lambda form: used[form]):  # not three of one kind
            question = form.format(name)
            answer = ask(question)
            if answer.status == "answered" and name.split()[-1] in answer.citations[0].quote:
                chosen[name] = answer.score, question
                used[form] += 1
                break
        if len(chosen) == most:
            break
    return [question for _, question in sorted(chosen.values(), reverse=True)]


def names_of(articles: Sequence[Article]) -> list[str]:
    """The names that stand in most articles, then those in most sentences."""
    many: Counter[str] = Counter()
    for article in articles:
        for name, count in Counter(names_in(article)).items():
            many[name] += 100 + min(count, 99)
    return [name for name, _ in sorted(many.items(), key=lambda one: (-one[1], one[0]))]


def names_in(article: Article) -> Iterator[str]:
    """Every name in an article's body, as often as it stands there."""
    for sentence in article.sentences:
        if sentence.kind is SentenceKind.BODY:
            yield from _NAME.findall(article.quote(sentence))
