"""What a conversation does to a question: `python -m benchmarks.subjects DATA`.

Held-out questions and follow-ups of news-qa as they are, and after three turns of a conversation
about another article, asked of all its articles; and what two writers asked on after sentences
about a topic were shown, beside the same questions made standalone.
"""

import argparse
import random
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.quiz import has_words
from retrieval import Engine, Question, Turn
from retrieval.scoring import LEAST, f1, has_right_words
from training import news_qa, topics

AFTER_TOPICS = Path(news_qa.__file__).parent / "after_topics.jsonl.gz"
QUESTIONS, TURNS = 220, 3
Asked = tuple[news_qa.NewsQuestion, tuple[Turn, ...]]


def turns_of(question: news_qa.NewsQuestion) -> tuple[Turn, ...]:
    """A conversation up to a question that was answered rightly."""
    text = question.article.text
    answer = text[slice(*question.spans[0])] if question.spans else None
    return (*question.history, Turn(question.text, answer))


def told(engine: Engine, asked: Iterable[Asked]) -> str:
    """How many get right words, and how many are rightly refused."""
    right, answerable, refused, others = 0, 0, 0, 0
    for question, history in asked:
        answer = engine.ask(Question(question.text, history))
        gold = [question.article.text[slice(*span)] for span in question.spans]
        said = answer.status == "answered"
        if not gold:
            others += 1
            refused += not said
            continue
        answerable += 1
        kind = "list" if len(gold) > 1 else "answer"
        right += said and has_right_words(kind, answer.words, gold)
    return f"right words {right} of {answerable}, refused {refused} of {others}"


def over_news(data: Path, home: Path) -> None:
    """Changes of subject."""
    chance = random.Random(9)
    held = [q for q in news_qa.load(data / "news-qa") if news_qa.is_held_out(q.article.id)]
    after = [q for q in held if q.history]
    plain = [q for q in held if not q.history and q.kind == "answer"]
    chance.shuffle(after)
    chance.shuffle(plain)

    def other(question: news_qa.NewsQuestion) -> tuple[Turn, ...]:
        strange = [q for q in after if q.article.id != question.article.id]
        return turns_of(chance.choice(strange))[:TURNS]

    rows = news_qa.rows(data / "news-qa" / "articles.jsonl.gz")
    corpus, _ = news_qa.corpus_of(map(news_qa.article_of, rows), home, "news")
    engine = Engine(corpus)
    for name, own in (("questions", plain), ("follow-ups", after)):
        some = own[:QUESTIONS]
        print(f"{name}: {told(engine, ((q, q.history) for q in some))}")
        changed = ((q, (*other(q), *q.history)) for q in some)
        print(f"{name} after another subject: {told(engine, changed)}")


def over_topics(data: Path, home: Path) -> None:
    """What is asked on after a topic was shown."""
    rows = list(news_qa.rows(AFTER_TOPICS))
    for writer, corpus, _ in topics.corpora(data, home):
        engine, own = Engine(corpus), [row for row in rows if row["by"] == writer]
        right = {"after it": 0, "alone": 0}
        for row in own:
            history: list[Turn] = []
            for turn in row["history"]:
                before = Question(turn["question"], tuple(history))
                shown = Turn(**turn) if "answer" in turn else engine.ask(before).as_turn()
                history.append(shown)
            after = Question(row["question"], tuple(history))
            for way, asked in (("after it", after), ("alone", Question(row["standalone"]))):
                answer = engine.ask(asked)
                said = answer.status == "answered" and any(
                    f1(answer.words, one) >= LEAST or has_words(answer.words, one)
                    for one in row["answers"]
                )
                right[way] += said if row["answers"] else answer.status != "answered"
        if own:
            print(f"after a topic, writer {writer}: of {len(own)} right {right}")


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        over_topics(arguments.data, Path(home))
        over_news(arguments.data, Path(home))


if __name__ == "__main__":
    main()
