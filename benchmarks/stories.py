"""Stories that develop: `python -m benchmarks.stories`.

Asks the questions of training/stories.py that calibrate nothing, each on its day, of all stories:
how things stand, after later articles changed what earlier ones said, and what earlier ones told.
"""

import tempfile
from pathlib import Path

from index import Corpus
from retrieval import Engine, Question
from retrieval.scoring import Gold, Scored, figures, scored
from training import news_qa, stories


def answered(corpus: Corpus) -> list[Scored]:
    """Each question's answer beside what is right; in which article does not matter."""
    engine, out = Engine(corpus), []
    for places in stories.asked(to_calibrate=False):
        q = places[0]
        golds = [
            Gold(text=place.article.text[start:end])
            for place in places
            for start, end in place.spans
        ]
        out.append(scored(engine.ask(Question(q.text, asked=q.day)), q.kind, golds, None))
    return out


def main() -> None:
    """Ask and print."""
    with tempfile.TemporaryDirectory() as home:
        corpus, _ = news_qa.corpus_of(stories.articles().values(), Path(home), "stories")
        found = figures(answered(corpus))
    for name, figure in found.items():
        if name not in ("risk_coverage", "reliability"):
            print(name, figure)


if __name__ == "__main__":
    main()
