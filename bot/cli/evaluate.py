"""How good the answers are: questions with what is right, asked of the corpus."""

import json
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import click
from pydantic import ConfigDict, model_validator

from bot.cli.ask import STDIN, BatchLine, read_line
from bot.cli.options import Chosen, print_json, shared
from bot.cli.progress import ProgressBar
from bot.cli.terminal import Column, Line, Part, draw, draw_table, line
from bot.diagrams import risk_blocks, risk_svg
from bot.text import one_line, without_halves
from index import DatelineError, Filters, InputError, Snapshot
from retrieval import Answer
from retrieval.question import check
from retrieval.scoring import Gold, figures, scored

_MARKS = ("refused", "right_sentence", "right_words", "exact", "every_item")


class EvalLine(BatchLine):
    """A question with what is right; a vote of ``feedback export`` is one if the answer helped."""

    model_config = ConfigDict(strict=True, extra="allow")

    answers: list[Gold]
    kind: Literal["answer", "list", "yesno", "none", "conversation"] | None = None
    article: str | None = None
    helpful: bool = True

    @model_validator(mode="before")
    @classmethod
    def _of_vote(cls, row: Any) -> Any:
        if not isinstance(row, dict) or "answers" in row or "helpful" not in row:
            return row
        right = [row["answer"]] if row.get("answer") else []
        about = {"article": row.get("article_id"), "asked": str(row.get("at"))[:10]}
        return {**row, **about, "answers": right}

    @property
    def label(self) -> str:
        """What kind of question it is."""
        if self.kind == "conversation" or (self.history and not self.kind):
            return "follow-up" if self.answers else "follow-up, none"
        return self.kind or ("answer" if self.answers else "none")


@click.command("eval")
@click.argument("file", type=click.Path())
@click.option("--own", is_flag=True, help="Ask each question of its own article alone.")
@click.option("--out", metavar="FILE", type=click.Path(), help="Write what was said (JSON lines).")
@click.option(
    "--picture",
    metavar="FILE",
    type=click.Path(),
    help="Draw errors by coverage (SVG).",
)
@shared
def evaluate(
    chosen: Chosen, /, file: str, *, own: bool, out: str | None, picture: str | None
) -> int:
    """Ask questions whose answers are known, and tell how many come out right.

    FILE (- for standard input) has JSON lines {"question": …, "answers": [TEXT or {"text": …,
    "start": …}]}, with no answers where the articles do not say. A line may have "article", whose
    sentences alone are right (its id or url), "kind" (answer, list, yesno, none, conversation),
    "history", and "asked", a date. What `dateline feedback export` prints is read as well.
    """
    written = [Path(name).resolve() for name in (out, picture) if name]
    if len(set(written) - {Path(file).resolve()}) < len(written):
        raise click.UsageError("FILE, --out and --picture are three files")
    if picture and not Path(picture).parent.is_dir():  # before an hour of questions
        raise InputError(f"{Path(picture).parent}: is no folder; make it first, or name another")
    corpus = chosen.filled_corpus
    with nullcontext(sys.stdin.buffer) if file == STDIN else Path(file).open("rb") as opened:
        texts = list(opened)
    left_out, questions = [], []
    with corpus.snapshot() as view:
        for n, text in enumerate(texts, start=1):
            try:
                questions += [eval_line(view, text)] if text.strip() else []
            except (DatelineError, ValueError) as error:  # a name that no file or database takes
                left_out.append(f"line {n}: {one_line(str(error))}")
                click.echo(f"error: {left_out[-1]}", err=True)
    if not questions:
        raise InputError('no line has a question and its "answers"; see: dateline eval --help')
    engine, rows = chosen.engine_of(corpus), []
    with (
        Path(out).open("w", encoding="utf-8") if out else nullcontext() as log,
        ProgressBar("asked", "questions") as bar,
    ):
        for n, asked in enumerate(questions, start=1):
            answer = engine.ask(asked.asked(Filters(article=asked.article if own else None)))
            rows.append(scored(answer, asked.label, asked.answers, asked.article))
            if log:
                told = as_row(asked, answer) | rows[-1].marks
                log.write(without_halves(json.dumps(told, ensure_ascii=False)) + "\n")
            bar.advance(n, len(questions))
    found = figures(rows)
    if chosen.as_json:
        print_json({"schema_version": 1, **found, "left_out": left_out})
    else:
        show(found)
    if picture:
        svg = risk_svg(found["risk_coverage"], found["answered"]["questions"])
        Path(picture).write_text(svg, "utf-8")
    return 0


def eval_line(view: Snapshot, text: bytes) -> EvalLine:
    """Read one line, its article as an id; raises DatelineError for what cannot be asked."""
    row = read_line(text, EvalLine)
    if not row.helpful:
        raise InputError("the answer did not help, but what is right is not known")
    check(row.question)
    return row.model_copy(update={"article": row.article and view.find(row.article).id})


def as_row(asked: EvalLine, answer: Answer) -> dict[str, Any]:
    """A line with what was said."""
    row = asked.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    quote = next((c.quote for c in (*answer.citations, *answer.closest)), None)
    told = {"said": answer.answer, "score": answer.score, "band": answer.band, "quote": quote}
    return row | {"kind": asked.label, "searched": answer.standalone_question} | told


def show(found: dict[str, Any]) -> None:
    """Print the figures: a line per kind of question, then per band, then the picture."""
    kinds = found["kinds"] | {name: found[name] for name in ("answerable", "unanswerable")}
    names = ("questions", *(mark.removeprefix("right_").replace("_", " ") for mark in _MARKS))
    draw_table(
        [Column("kind"), *(Column(name, number=True) for name in names)],
        [
            [kind, f"{own['questions']:,}", *(percent(own.get(mark)) for mark in _MARKS)]
            for kind, own in kinds.items()
        ],
    )
    draw([Line()])
    draw_table(
        [Column("answers"), *(Column(name, number=True) for name in ("number", "score", "right"))],
        [
            [name, f"{own['questions']:,}", percent(own["score"]), percent(own["right"])]
            for name, own in {**found["bands"], "all": found["answered"]}.items()
        ],
    )
    auc = "-" if found["auc"] is None else f"{found['auc']:.3f}"
    blocks = risk_blocks(found["risk_coverage"], min(60, shutil.get_terminal_size().columns - 8))
    draw(
        [
            Line(),
            line(f"AUC of the score: {auc}"),
            line(f"expected calibration error: {percent(found['calibration_error'])}"),
            line(f"four in five right: at {percent(found['four_in_five_right_at'])} answered"),
            Line(),
            line("wrong, by the share of the questions that is answered, the surest first:"),
            *(Line((Part(row),)) for row in blocks),
        ]
    )


def percent(value: float | None) -> str:
    """A share, or a dash where there is none."""
    return "-" if value is None else f"{100 * value:.1f} %"
