"""One question, many, words to look for, or what is new: ``ask``, ``search``, ``latest``."""

import datetime as dt
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, TypeVar

import click
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.cli import render
from bot.cli.options import (
    Chosen,
    F,
    a_day,
    asking,
    filtering,
    filters_of,
    print_json,
    shared,
)
from bot.cli.terminal import Column, Line, draw, draw_table
from bot.text import without_halves
from index import Filters, InputError
from retrieval import Answer, Question, Turn
from retrieval.types import Judged

L = TypeVar("L", bound=BaseModel)
Whole = Annotated[str, AfterValidator(without_halves)]
DayTyped = Annotated[dt.date, BeforeValidator(a_day)]

NOT_FOUND = 3
STDIN = "-"

_EXPLAINED = (
    Column("rank", number=True),
    Column("score", number=True),
    Column("dense", least=90, number=True),
    Column("words", least=90, number=True),
    Column("reader", least=90, number=True),
    Column("sentence", long=True),
    Column("why", least=70),
)


class AskedBefore(BaseModel):
    """A turn of a batch line's history."""

    model_config = ConfigDict(strict=True)

    question: Whole
    answer: Whole | None = None


class BatchLine(BaseModel):
    """One line of a batch."""

    model_config = ConfigDict(strict=True)

    question: Whole
    history: list[AskedBefore] = []
    day: Annotated[DayTyped | None, Field(alias="asked")] = None

    def asked(self, filters: Filters, day: dt.date | None = None) -> Question:
        """The question that the line asks."""
        turns = tuple(Turn(turn.question, turn.answer) for turn in self.history)
        return Question(self.question, turns, filters, asked=self.day or day)


def at_most(usual: int, most: int, told: str) -> Callable[[F], F]:
    """The option that says how many there may be."""
    allowed = click.IntRange(1, most)
    return click.option(
        "-k", type=allowed, default=usual, show_default=True, metavar="N", help=told
    )


@click.command(epilog="A question may begin with a dash after --.")
@click.argument("question", nargs=-1)
@filtering
@click.option("--explain", is_flag=True, help="Show how each sentence was scored, and why.")
@click.option(
    "--batch",
    type=click.Path(),
    metavar="FILE",
    help='Read {"question": …} as JSON lines (- for standard input); print a JSON answer a line.',
)
@asking
@shared
def ask(
    chosen: Chosen,
    /,
    question: tuple[str, ...],
    explain: bool,
    batch: str | None,
    asked: dt.date | None,
    **filters: Any,
) -> int:
    """Answer a question with words quoted from the articles.

    The words need no quotation marks: dateline ask where did Blinken meet Han Zheng

    A ? or an apostrophe means something to the shell: leave the ? out, or put the question into
    double quotes, as in "what is Japan's plan?". `dateline chat` takes everything as it is typed.
    """
    allowed = filters_of(chosen, **filters)
    if batch:
        if question:
            raise click.UsageError("give a question or --batch, not both")
        return ask_batch(chosen, batch, allowed, asked, explain=explain)
    text = joined_words(question, "QUESTION")
    whole = Question(text, filters=allowed, asked=asked)
    answer, ranked = chosen.engine_of(chosen.filled_corpus).explain(whole)
    if chosen.as_json:
        print_json(answer_json(answer, ranked if explain else None))
    else:
        draw(render.answer_lines(answer, chosen.again))
        if explain:
            draw([Line()])
            draw_table(_EXPLAINED, [explained_cells(row) for row in explained(ranked)])
    return 0 if answer.status == "answered" else NOT_FOUND


@click.command(epilog="Words may begin with a dash after --.")
@click.argument("words", nargs=-1)
@at_most(10, 1000, "How many sentences.")
@filtering
@shared
def search(chosen: Chosen, /, words: tuple[str, ...], k: int, **filters: Any) -> int:
    """Rank the sentences that are nearest to some words."""
    allowed = filters_of(chosen, **filters)
    hits = chosen.engine_of(chosen.filled_corpus).search(joined_words(words, "WORDS"), k, allowed)
    if chosen.as_json:
        print_json([hit.model_dump(mode="json") for hit in hits])
    elif hits:
        draw(line for hit in hits for line in render.hit_lines(hit, chosen.again))
    else:
        click.echo("Nothing found.")
    return 0 if hits else NOT_FOUND


@click.command(epilog="A topic may begin with a dash after --.")
@click.argument("topic", nargs=-1)
@at_most(5, 50, "From at most this many articles.")
@filtering
@shared
def latest(chosen: Chosen, /, topic: tuple[str, ...], k: int, **filters: Any) -> int:
    """Show what the newest articles say, on a topic or at all.

    The words need no quotation marks: dateline latest climate change
    """
    allowed = filters_of(chosen, **filters)
    words = without_halves(" ".join(topic)).strip()
    answer = chosen.engine_of(chosen.filled_corpus).latest(words, allowed, k)
    if chosen.as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        draw(render.answer_lines(answer, chosen.again))
    return 0 if answer.status == "answered" else NOT_FOUND


def joined_words(given: tuple[str, ...], name: str) -> str:
    """The words of a command line as one text; wrong usage when there are none."""
    text = without_halves(" ".join(given)).strip()
    if not text:
        raise click.UsageError(f"{name} is missing")
    return text


def answer_json(answer: Answer, ranked: Sequence[Judged] | None) -> dict[str, Any]:
    """An answer as its JSON object, with the ranked sentences where they were asked for."""
    told = answer.model_dump(mode="json")
    return told if ranked is None else told | {"explain": explained(ranked)}


def explained(ranked: Sequence[Judged]) -> list[dict[str, Any]]:
    """Why each sentence stands where it does."""
    return [
        {
            "rank": n,
            "score": round(judged.probability, 4),
            "dense": round(judged.candidate.cosine, 4),
            "words": round(judged.candidate.bm25, 4),
            "reader": round(judged.features.get("margin", 0.0), 4),
            "sentence": judged.candidate.quote,
            "article_id": judged.candidate.article.id,
            "title": judged.candidate.article.title,
            "why": ", ".join(f"{name} {v:.2f}" for name, v in judged.features.items() if v),
        }
        for n, judged in enumerate(ranked, start=1)
    ]


def explained_cells(row: dict[str, Any]) -> list[str]:
    """A row of the table that ``--explain`` draws."""
    scores = (f"{row[name]:.3f}" for name in ("score", "dense", "words", "reader"))
    return [str(row["rank"]), *scores, row["sentence"], row["why"]]


def ask_batch(
    chosen: Chosen, batch: str, filters: Filters, day: dt.date | None, *, explain: bool
) -> int:
    """Answer the lines one by one, in order; a line that is no question gives its error."""
    engine = chosen.engine_of(chosen.filled_corpus)
    with nullcontext(sys.stdin.buffer) if batch == STDIN else Path(batch).open("rb") as lines:
        for number, text in enumerate(lines, start=1):
            try:
                asked = read_line(text, BatchLine).asked(filters, day)
                found, ranked = engine.explain(asked)
                answer = answer_json(found, ranked if explain else None)
            except InputError as error:
                told = f": {error}" if text.strip() else " is blank"
                answer = {"error": f"line {number}{told}"}
            print_json(answer)
    return 0


def read_line(text: bytes, model: type[L]) -> L:
    """Read one line of a batch."""
    try:
        return model.model_validate(json.loads(text.decode("utf-8-sig")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place, told = list(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        if first["type"] == "model_type":
            told = "it is not a JSON object"
        elif first["type"] == "missing":
            told = f'it has no "{place.pop()}"'
        raise InputError(": ".join(filter(None, (".".join(place), told)))) from None
    except UnicodeDecodeError:
        raise InputError("it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise InputError("it is not JSON") from None
