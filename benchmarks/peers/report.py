"""What was measured, as tables in the README beside this file and as diagrams in docs/."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.peers.environments import ENTRANTS, REPOSITORY
from benchmarks.peers.plots import Axis, around, svg

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
DEPTHS = (1, 5, 20)
SAMPLE = 400  # sentences, some more, that are encoded for the speed of indexing
TITLES = {one.name: one.title for one in ENTRANTS}


class Asked(BaseModel):
    """One entrant over one corpus: medians of the rounds; memory and disk in MB."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    articles: int
    sentences: int
    questions: int  # that an article of this corpus answers
    asked: int  # over which times are taken
    cold_s: float
    p50_ms: float
    p95_ms: float
    memory: float  # at its peak
    disk: float
    hits: tuple[int, ...]  # of ``questions``, at ``DEPTHS``

    @property
    def shares(self) -> list[float]:
        """The hits in percent."""
        return [100 * hit / max(1, self.questions) for hit in self.hits]


class Answered(BaseModel):
    """What Dateline says to the questions of the largest corpus, asked of one of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    articles: int
    there: int
    answered: int  # of those
    right: int  # of those
    not_there: int
    refused: int  # of those


class Results(BaseModel):
    """All of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    machine: str
    rounds: int
    indexing: dict[str, float]  # sentences a second
    installed: dict[str, float]  # MB
    asked: list[Asked]
    answered: list[Answered]

    def largest(self) -> list[Asked]:
        """Those over the largest corpus, in the order of ``ENTRANTS``."""
        most = max(one.articles for one in self.asked)
        found = {one.name: one for one in self.asked if one.articles == most}
        return [found[name] for name in TITLES if name in found]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown, figures to the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figures(results: Results) -> str:
    """Everybody's figures over the largest corpus."""
    head = (
        "", "indexing, sentences/s", "cold, s", "warm p50 / p95, ms", "memory, MB",
        "index, MB", "installed, MB", "hit at 1 / 5 / 20, %",
    )  # fmt: skip
    rows = (
        (
            TITLES[one.name],
            f"{results.indexing[one.name]:,.0f}",
            f"{one.cold_s:.2f}",
            f"{one.p50_ms:.1f} / {one.p95_ms:.1f}",
            f"{one.memory:,.0f}",
            f"{one.disk:,.0f}",
            f"{results.installed[one.name]:,.0f}",
            " / ".join(f"{share:.1f}" for share in one.shares),
        )
        for one in results.largest()
    )
    return table(head, rows)


def ratios(results: Results) -> str:
    """The peers against Dateline's ranking, beside what is aimed at."""
    ours, *others = (one for one in results.largest() if one.name != "dateline_read")
    head = (
        "against Dateline's ranking", "indexing", "cold", "warm p50", "memory", "installed",
        "hit at 5, points",
    )  # fmt: skip
    speed, size = results.indexing, results.installed
    rows = [
        (
            TITLES[one.name],
            f"{speed[ours.name] / speed[one.name]:.2g}×",
            f"{one.cold_s / ours.cold_s:.2g}×",
            f"{one.p50_ms / ours.p50_ms:.2g}×",
            f"{ours.memory / one.memory:.0%}",
            f"{size[ours.name] / size[one.name]:.0%}",
            f"{ours.shares[1] - one.shares[1]:+.1f}",
        )
        for one in others
    ]
    aims = ("the aim", "2.5×", "8×", "3×", "33%", "20%", "+0.0")
    return table(head, [aims, *rows])


def sizes(results: Results) -> str:
    """How time, memory and hits go with the size of the corpus."""
    corpora = sorted({(one.articles, one.sentences, one.questions) for one in results.asked})
    head = ["p50, ms · memory, MB · hits at 5"]
    head += [f"{a:,} articles, {s:,} sentences, of {q}" for a, s, q in corpora]
    cells = {
        (one.name, one.articles): f"{one.p50_ms:.1f} · {one.memory:,.0f} · {one.hits[1]}"
        for one in results.asked
    }
    names = [name for name in TITLES if any(one.name == name for one in results.asked)]
    rows = ([TITLES[name], *(cells.get((name, a), "") for a, _, _ in corpora)] for name in names)
    return table(head, rows)


def answers(results: Results) -> str:
    """The words that Dateline gives; the peers give none."""
    head = ("Dateline's answers", "right of those there", "said wrongly", "refused of those not")
    rows = (
        (
            f"over {one.articles:,} articles",
            f"{one.right} of {one.there}",
            f"{one.answered - one.right}",
            f"{one.refused} of {one.not_there}" if one.not_there else "",
        )
        for one in results.answered
    )
    return table(head, rows)


def text(results: Results) -> str:
    """What stands in the README between its marks."""
    one = results.largest()[0]
    intro = (
        f"{results.machine}. {one.articles:,} articles, {one.sentences:,} sentences; times over "
        f"{one.asked} questions, rounds in turn: {results.rounds}; hits of "
        f"{one.questions} questions; indexing speed over some {SAMPLE} sentences."
    )
    parts = (intro, figures(results), ratios(results), sizes(results), answers(results))
    return "\n\n".join(parts)


def filled(page: str, between: str) -> str:
    """A page with other text between its marks; raises ValueError where it has none."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{README} has no {BEGIN} … {END}; put them where the tables belong")
    return f"{before}{BEGIN}\n\n{between}\n\n{END}{after}"


def diagrams(results: Results) -> Mapping[str, str]:
    """Each diagram by its file's name."""
    largest = results.largest()
    quality = {TITLES[one.name]: [(one.p50_ms, one.shares[1])] for one in largest}
    best = max(one.shares[1] for one in largest)
    out = {
        "peers-quality.svg": svg(
            f"Quality and time, {largest[0].articles:,} articles",
            around("a warm question, ms", [one.p50_ms for one in largest]),
            Axis("hit at 5, %", 0, 20 * (best // 20 + 1), log=False),
            quality,
        )
    }
    lines = sorted(results.asked, key=lambda one: one.articles)
    sentences = around("sentences", [one.sentences for one in lines])
    for name, title, unit, of in (
        ("latency", "Time and size of the corpus", "a warm question, ms", "p50_ms"),
        ("memory", "Memory and size of the corpus", "peak memory, MB", "memory"),
    ):
        series = {
            TITLES[name]: [(one.sentences, getattr(one, of)) for one in lines if one.name == name]
            for name in (one.name for one in largest)
        }
        values = [value for points in series.values() for _, value in points]
        out[f"peers-{name}.svg"] = svg(title, sentences, around(unit, values), series)
    return out


def write(results: Results) -> None:
    """Fill the README and draw."""
    README.write_text(filled(README.read_text("utf-8"), text(results)), encoding="utf-8")
    for name, drawn in diagrams(results).items():
        (REPOSITORY / "docs" / name).write_text(drawn, encoding="utf-8")
