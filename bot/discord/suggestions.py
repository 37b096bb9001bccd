"""Questions to begin with: the latest on what the newest titles name most often."""

import re
from collections import Counter
from collections.abc import Sequence

from index import ArticleHead

_NEWEST = 40  # articles whose titles are looked at
# Two words or more: one alone may only begin its title.
_NAME = re.compile(r"\b[A-Z]\w+(?: [A-Z]\w+)+")


def suggested(heads: Sequence[ArticleHead]) -> list[str]:
    """The names that several titles have, then the newest titles themselves."""
    newest = heads[:_NEWEST]
    names = Counter(name for head in newest for name in set(_NAME.findall(head.title)))
    often = [name for name, titles in names.most_common(_NEWEST) if titles > 1]
    about = dict.fromkeys([*often, *(head.title for head in newest)])
    return [f"The latest on {topic}" for topic in about]
