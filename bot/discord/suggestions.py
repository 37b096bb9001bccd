"""Questions to begin with: those that were answered in the same channel, from the same articles."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from retrieval.question import content_words


@dataclass(frozen=True, slots=True)
class Answered:
    """A question, and the version of the corpus that answered it."""

    text: str
    corpus_version: str


def suggested(before: Sequence[Answered], versions: Container[str], asked: str = "") -> list[str]:
    """Those that these versions answered, the nearest to what is ``asked`` first."""
    same = [one.text for one in before if one.corpus_version in versions and one.text != asked]
    if not asked:
        return same
    stems = {word.stem for word in content_words(asked)}
    return sorted(same, key=lambda text: -len(stems & {word.stem for word in content_words(text)}))
