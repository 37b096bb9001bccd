"""Relative dates against labels: `python -m benchmarks.relative_dates DATA LABELS [--set NAME]`.

LABELS is JSON lines of ``{"sentence", "published", "expression", "first", "last"}``, made by hand
from articles of DATA's news quiz; ``first`` and ``last`` are null where the expression must not be
resolved. ``start`` says which of several equal expressions is meant, and ``set`` and ``kind`` are
reported apart. Each label's sentence is looked up in DATA, so that no case is made up. Right is
exactly the labelled days, or nothing where nothing is right or a date is of the article's own year.
"""

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.quiz import rows
from retrieval.dates.days import DATED, Resolved
from retrieval.dates.quoted import resolve


def verdict(label: dict[str, Any]) -> tuple[str, Resolved | None]:
    """What came of a label: right, or which kind of wrong; and what was resolved."""
    sentence, expression = label["sentence"], label["expression"]
    start = label.get("start", sentence.find(expression))
    end = start + len(expression)
    found = [r for r in resolve(sentence, label["published"]) if r.start < end and start < r.end]
    got = found[0] if found else None
    is_date = re.search(DATED, expression) and label["first"]
    adds_nothing = is_date and label["first"][:4] == label["published"][:4]
    if got is None:
        return ("right" if label["first"] is None or adds_nothing else "missed"), got
    if label["first"] is None or adds_nothing:
        return "must not", got
    is_right = (str(got.first), str(got.last)) == (label["first"], label["last"])
    return ("right" if is_right else "wrong"), got


def main() -> None:
    """Print the share that is right, by set and by kind, and every case that is not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--set", help="only the labels of this set")
    options = parser.parse_args()
    labels = [json.loads(line) for line in options.labels.read_text("utf-8").splitlines()]
    labels = [row for row in labels if options.set in (None, row.get("set"))]
    texts = {row["url"]: row for row in rows(options.data / "news-quiz" / "articles.jsonl.gz")}
    table: dict[str, Counter[str]] = {}
    for label in labels:
        article = texts[label["url"]]
        if label["sentence"] not in article["text"]:
            raise SystemExit(f"no such sentence in {label['url']}: {label['sentence']}")
        kind, got = verdict(label)
        for row in (f"set {label.get('set', '-')}", label.get("kind", "-")):
            table.setdefault(row, Counter())[kind] += 1
        if kind != "right":
            wanted = f"{label['first']}..{label['last']}" if label["first"] else "nothing"
            given = f"{got.first}..{got.last}" if got else "nothing"
            print(f"{kind}: {label['published']} {label['expression']!r}: {given}, not {wanted}")
            print(f"    {label['sentence']}")
    print(f"\n{'':14} cases  right  wrong  missed  must not")
    for row, counts in sorted(table.items()):
        share = 100 * counts["right"] / counts.total()
        print(
            f"{row:14} {counts.total():5} {share:5.1f}% {counts['wrong']:6} {counts['missed']:7}"
            f" {counts['must not']:9}"
        )


if __name__ == "__main__":
    main()
