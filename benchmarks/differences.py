"""Same or different: `python -m benchmarks.differences DATA [--years 2022-2023 --labelled FILE]`.

Pairs are made from real sentences with a fixed seed: an answer span is exchanged for another of
its kind (changed), and the sentence is put in other words (the same, and half of the changed).
Prints how many changed pairs are found to differ and how many of the same falsely are. FILE has
pairs of real sentences of different articles, labelled by hand, as JSON lines.
"""

import argparse
import datetime as dt
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quiz import rows
from index.reading.published import parse_published
from index.reading.segment import split_sentences
from index.text.words import words_of
from retrieval.agree import Relation, Said, compare
from retrieval.question import AnswerType
from retrieval.spans import spans_of

# Private characters that stand about the answer while its sentence is rewritten.
OPEN, CLOSE = "\ue000", "\ue001"
ASKS = {
    AnswerType.NUMBER: "How many {counted}",
    AnswerType.AMOUNT: "How much",
    AnswerType.DURATION: "How long",
    AnswerType.MEASURE: "How far",
    AnswerType.TIME: "When",
    AnswerType.PLACE: "Where",
}
MONTHS_TEXT = """
January February March April May June July August September October November December
"""
MONTHS = MONTHS_TEXT.split()
SHORT = dict(
    zip(
        MONTHS,
        [
            "Jan.",
            "Feb.",
            "March",
            "April",
            "May",
            "June",
            "July",
            "Aug.",
            "Sept.",
            "Oct.",
            "Nov.",
            "Dec.",
        ],
        strict=True,
    )
)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ONES_TEXT = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
ONES = ONES_TEXT.split()
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
# By level, the names that stand most often after "in" in the articles; not the module's own list.
PLACES_TEXT = """
Mexico, Canada, Germany, Russia, China, Australia, France, Japan, India, Afghanistan, Italy, Spain,
Iraq, Brazil, Vietnam, Syria, Turkey, Israel, Greece, Sweden, Ireland, Ukraine, Iran, Switzerland,
South Korea, South Africa, the United States, the United Kingdom, Britain, Poland, Qatar, Pakistan
California, Florida, Delaware, Arizona, Texas, New Jersey, Iowa, Colorado, Michigan, Hawaii, Ohio,
Alabama, Indiana, Illinois, Kentucky, Alaska, Connecticut, Arkansas, Maine, Maryland, Pennsylvania,
North Carolina, Kansas, Virginia, Tennessee, Idaho, Massachusetts, Louisiana, Wisconsin, Minnesota,
Mississippi, South Carolina, Utah, New Mexico, Missouri, West Virginia, Oregon, Oklahoma, Nevada
Los Angeles, Chicago, Wilmington, Phoenix, London, Atlanta, Miami, San Francisco, Detroit, Boston,
Las Vegas, Philadelphia, Paris, Nashville, New Orleans, Houston, Seattle, Louisville, Baltimore,
Denver, Indianapolis, Milwaukee, Dallas, Des Moines, Tucson, San Diego, Cleveland, Columbus, Tokyo,
Honolulu, Orlando, Anchorage, Austin, Memphis, Oakland, Portland, Tampa, Pittsburgh, Birmingham,
Kansas City, Cincinnati, Toronto, Minneapolis, Charlotte, Boise, Moscow, Sacramento, Hartford,
Jacksonville, Berlin, San Antonio, Glasgow, Knoxville, Melbourne, Buffalo, Beijing, Kyiv, Brussels
"""
PLACE_LINES = PLACES_TEXT.strip().splitlines()
LEVELS = [  # countries, states, cities
    [name.strip(" ,") for name in re.split(r",\s", " ".join(PLACE_LINES[first:last]))]
    for first, last in ((0, 3), (3, 7), (7, 12))
]
# Words of the news for one another; whole words, either way.
SYNONYMS_TEXT = """
said=told reporters; announced=said; people=persons; about=around; more than=over; nearly=almost
began=started; bought=purchased; children=kids; big=large; show=program; film=movie
died=passed away; killed=slain; police=officers; help=assist; got=received; many=numerous
ended=finished; however=but; car=vehicle; doctors=physicians; new=recent; house=home
company=firm; workers=employees; buy=purchase; need=require; but=yet; made=produced
"""
SYNONYMS = [pair.strip().split("=") for pair in re.split(r"[;\n]", SYNONYMS_TEXT.strip())]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences that answer a question, and how their answers stand to each other."""

    question: str
    kind: AnswerType
    one: Said
    other: Said
    label: Relation


def sentences(data: Path, years: range, chance: random.Random) -> Iterator[tuple[str, dt.date]]:
    """Sentences of prose with the days of their articles, six an article, in random order."""
    out = []
    for row in rows(data / "news-quiz" / "articles.jsonl.gz"):
        published = parse_published(row["published"] or "")
        if published is None or published.earliest.year not in years:
            continue
        text = row["text"][:20_000]
        quotes = [text[slice(*span)] for span in split_sentences(text)]
        prose = [q for q in quotes if 60 <= len(q) <= 320 and re.fullmatch(r"[A-Z].*\.", q)]
        out += [(q, published.earliest) for q in chance.sample(prose, min(6, len(prose)))]
    chance.shuffle(out)
    return iter(out)


def worded(number: int) -> str:
    """A number below a hundred in words."""
    if number < 20:
        return ONES[number]
    tens, ones = divmod(number, 10)
    return TENS[tens - 2] + (f"-{ONES[ones]}" if ones else "")


WORDED = {worded(number): number for number in range(2, 100)}
IN_WORDS = "|".join(sorted(WORDED, key=len, reverse=True))
MONTH = "|".join(MONTHS)


def other_formats(text: str) -> str:
    """Numbers, dates and names of a text in their other forms, wherever they have one."""
    text = re.sub(rf"\b({MONTH}) (\d{{1,2}})(?![\d,]\d)\b", r"\2 \1", text)
    text = re.sub(rf"\b({MONTH})\b(?! \d)", lambda m: SHORT[m[1]] if m[1] != "May" else m[1], text)
    text = re.sub(r"\$(\d[\d.]*) million\b", r"\1m dollars", text)
    text = re.sub(r"\$(\d[\d.]*) billion\b", r"$\1bn", text)
    text = re.sub(r"(\d)(?:%| percent\b)", r"\1 per cent", text)
    words = re.compile(rf"(?<![\w-])({IN_WORDS})(?![\w]|-\w)(?! (?:hundred|dozen))", re.IGNORECASE)
    digits = re.compile(
        r"(?<![\w$€£.,:/-])(\d{1,2})(?= [a-z])"
        rf"(?! (?:million|billion|trillion|thousand|per cent|[ap]\.m|{MONTH}))"
    )
    # Both at once, or the second would undo the first.
    text = digits.sub(lambda m: f"\ue002{worded(int(m[1]))}\ue002", text)
    parts = text.split("\ue002")
    parts[::2] = [words.sub(lambda m: str(WORDED[m[1].lower()]), part) for part in parts[::2]]
    text = "".join(parts)
    text = re.sub(r"\b(\d{1,3}),000(?! \w*illion)\b", r"\1 thousand", text)
    return re.sub(r"\bU\.S\.(?= [a-z])|\bthe United States\b", "US", text)


def other_order(text: str) -> str:
    """The clause at one end of a sentence put to its other end, where that is plain."""
    if match := re.fullmatch(r"(.+), ([^,]{5,50} (?:said|says)|according to [^,]+)\.", text):
        return f"{match[2][0].upper()}{match[2][1:]}, {match[1][0].lower()}{match[1][1:]}."
    if match := re.fullmatch(
        r"((?:On|In|After|During|At|According to) [^,“”]{3,60}), (.+)\.", text
    ):
        return f"{match[2][0].upper()}{match[2][1:]}, {match[1][0].lower()}{match[1][1:]}."
    return re.sub(r" \([^()\ue000\ue001]*\)", "", text)


def other_words(text: str, chance: random.Random) -> str:
    """Half of the words that have one exchanged for a synonym."""
    table = {a: b for pair in SYNONYMS for a, b in (pair, pair[::-1])}
    pattern = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    return re.sub(
        rf"\b(?:{pattern})\b(?!{CLOSE})",
        lambda m: table[m[0]] if chance.random() < 0.5 else m[0],
        text,
    )


def reworded(marked: str, chance: random.Random) -> str:
    """A sentence in other words; its answer still stands between the two marks."""
    words = other_words(other_formats(marked), chance)
    moved = other_order(words)
    return moved if moved.index(OPEN) < moved.index(CLOSE) else words


def other_value(answer: str, kind: AnswerType, chance: random.Random) -> str | None:
    """Another answer of the same kind, written alike; None where that is not plain."""
    if kind is AnswerType.PLACE:
        for level in LEVELS:
            if answer in level:
                return chance.choice(
                    [name for name in level if not set(name.split()) & set(answer.split())]
                )
        return None
    if kind is AnswerType.TIME:
        return other_date(answer, chance)
    found = re.findall(rf"\d[\d,]*(?:\.\d+)?|\b(?:{IN_WORDS})\b", answer, re.IGNORECASE)
    if len(found) != 1:
        return None
    return answer.replace(found[0], other_number(found[0], chance))


def other_number(written: str, chance: random.Random) -> str:
    """A number at least four tenths larger or smaller, as many decimals, words for words."""
    factor = chance.choice((chance.uniform(0.2, 0.6), chance.uniform(1.4, 4)))
    if written.lower() in WORDED:
        number = WORDED[written.lower()]
        new = round(number * factor)
        return worded(new if 2 <= new < 100 and new != number else number % 90 + 2)
    plain = written.replace(",", "")
    decimals = len(plain.partition(".")[2])
    new_value = round(float(plain) * factor, decimals)
    if new_value == float(plain) or not new_value:
        new_value = float(plain) + 2
    # As round as it was: "1,200" becomes "2,900", not "2,871".
    zeros = 0 if decimals else len(plain) - len(plain.rstrip("0"))
    new_value = max(round(new_value, -zeros), 10.0**zeros) if zeros else new_value
    if new_value == float(plain):
        new_value *= 2
    return (
        f"{new_value:,.{decimals}f}"
        if "," in written or new_value >= 1000
        else f"{new_value:.{decimals}f}"
    )


def other_date(answer: str, chance: random.Random) -> str | None:
    """Another day, month, weekday or year, whichever the answer says."""
    if match := re.search(rf"({MONTH}|[A-Z][a-z]+\.) (\d{{1,2}})\b(?!\d)", answer):
        day = chance.choice([d for d in range(1, 29) if d != int(match[2])])
        return f"{answer[: match.start(2)]}{day}{answer[match.end(2) :]}"
    for names in (MONTHS, DAYS):
        for name in names:
            if re.search(rf"\b{name}\b", answer):
                return answer.replace(name, chance.choice([n for n in names if n != name]))
    if match := re.search(r"\b(?:19|20)\d\d\b", answer):
        return answer.replace(match[0], str(int(match[0]) - chance.randint(1, 9)))
    return None


def question_for(quote: str, span: tuple[int, int], kind: AnswerType, chance: random.Random) -> str:
    """A question with four of the sentence's content words, the one that is counted among them."""
    outside = [
        w for w in words_of(quote) if not w.is_stop and (w.end <= span[0] or w.start >= span[1])
    ]
    asked = chance.sample(outside, min(4, len(outside)))
    counted = next((w.text for w in outside if w.start >= span[1]), "")
    words = " ".join(w.text for w in sorted(asked, key=lambda w: w.start))
    return f"{ASKS[kind].format(counted=counted)} {words}?"


def said(marked: str, published: dt.date) -> Said:
    """The sentence without its marks, and where they stood."""
    start, end = marked.index(OPEN), marked.index(CLOSE) - 1
    return Said(marked.replace(OPEN, "").replace(CLOSE, ""), (start, end), published)


def is_answer(quote: str, span: tuple[int, int], kind: AnswerType) -> bool:
    """Whether a span is a whole answer: no COVID-19, no end of a range, no year for a number."""
    before, after = quote[: span[0]], quote[span[1] :]
    if re.search(r"(?:[\w.]-|/|\w to |between \S+ and |[$€£(])$", before):
        return False
    if re.match(r"(?:\w|[-–/]\d| to [$\d])", after):
        return False
    if kind is not AnswerType.NUMBER:
        return True
    plural = r" (?:[a-z]+ )?(?!has|was|his|this|as|is)[a-z]{3,}s\b| (?:people|men|women|children)\b"
    return not re.fullmatch(r"(?:19|20)\d\d", quote[slice(*span)]) and bool(re.match(plural, after))


def made(data: Path, years: range, most: int, seed: int) -> Iterator[Pair]:
    """So many changed pairs of each kind and as many of the same, from as many sentences."""
    chance = random.Random(seed)
    left = Counter(dict.fromkeys(ASKS, most))
    for quote, published in sentences(data, years, chance):
        kinds = [kind for kind in ASKS if left[kind]]
        chance.shuffle(kinds)
        for kind in kinds:
            spans = [span for span in spans_of(quote, kind) if is_answer(quote, span, kind)]
            if not spans:
                continue
            start, end = chance.choice(spans)
            new = other_value(quote[start:end], kind, chance)
            if new is None or new in quote:  # the sentence would contradict itself
                continue
            marked = f"{quote[:start]}{OPEN}{quote[start:end]}{CLOSE}{quote[end:]}"
            changed = f"{quote[:start]}{OPEN}{new}{CLOSE}{quote[end:]}"
            if left[kind] % 2:
                changed = reworded(changed, chance)
            question = question_for(quote, (start, end), kind, chance)
            one, later = said(marked, published), published + dt.timedelta(chance.randint(0, 2))
            yield Pair(question, kind, one, said(changed, later), Relation.DIFFERS)
            yield Pair(question, kind, one, said(reworded(marked, chance), later), Relation.SAME)
            left[kind] -= 1
            break
        if not left.total():
            return


def labelled(path: Path) -> Iterator[Pair]:
    """Pairs of real sentences, as labelled by hand."""
    for line in path.read_text("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        one, other = (
            Said(
                side["quote"],
                (side["start"], side["end"]),
                dt.date.fromisoformat(side["published"]),
            )
            for side in (row["one"], row["other"])
        )
        yield Pair(row["question"], AnswerType(row["kind"]), one, other, Relation(row["label"]))


def report(pairs: list[Pair], show: int) -> None:
    """Print, for each kind and label, what was found; and some of what went wrong."""
    found: dict[str, Counter[Relation]] = defaultdict(Counter)
    started = time.perf_counter()
    for pair in pairs:
        relation = compare(pair.question, pair.kind, pair.one, pair.other)
        for name in (pair.kind.value, "all"):
            found[f"{pair.label.value:9} {name}"][relation] += 1
        wrong = relation is not pair.label
        if wrong and show:
            show -= 1
            print(f"\n{pair.label.value}, found {relation.value}: {pair.question}")
            for side in (pair.one, pair.other):
                print(f"  {side.published} [{side.words}] {side.quote}")
    elapsed = 1000 * (time.perf_counter() - started) / max(1, len(pairs))
    print(f"\n{len(pairs)} pairs, {elapsed:.2f} ms each")
    print(f"{'label and kind':20}{'pairs':>7}{'same %':>9}{'differs %':>11}{'unrelated %':>13}")
    for name, counts in sorted(found.items()):
        total = counts.total()
        shares = [100 * counts[relation] / total for relation in Relation]
        print(f"{name:20}{total:7}{shares[0]:9.1f}{shares[1]:11.1f}{shares[2]:13.1f}")


def main() -> None:
    """Make the pairs or read them, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--years", default="2022-2023", help="first-last")
    parser.add_argument("--most", type=int, default=100, help="pairs of a kind and label")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--labelled", type=Path, help="pairs labelled by hand, JSON lines")
    parser.add_argument("--show", type=int, default=0, help="print so many mistakes")
    arguments = parser.parse_args()
    first, last = map(int, arguments.years.split("-"))
    print("made of real sentences:")
    pairs = list(made(arguments.data, range(first, last + 1), arguments.most, arguments.seed))
    report(pairs, arguments.show)
    if arguments.labelled:
        print("\nreal sentences of different articles, labelled by hand:")
        report(list(labelled(arguments.labelled)), arguments.show)


if __name__ == "__main__":
    main()
