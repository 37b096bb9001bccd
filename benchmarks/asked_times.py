"""Words about time in questions against labels: `python -m benchmarks.asked_times [--half NAME]`.

The labels, `tests/data/asked_times.jsonl`, were written before the code. Its odd lines are for
developing, its even lines for measuring. Right is the kind with exactly the labelled days, or
nothing where nothing is wished.
"""

import argparse
import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

from retrieval.dates.asked import wish

LABELS = Path(__file__).parent.parent / "tests" / "data" / "asked_times.jsonl"
HALVES = {"develop": 0, "measure": 1}


def labels(half: str) -> list[dict[str, Any]]:
    """The labelled questions of one half."""
    lines = LABELS.read_text("utf-8").splitlines()[HALVES[half] :: 2]
    return [json.loads(line) for line in lines]


def is_right(label: dict[str, Any]) -> bool:
    """Whether a question is read as it is labelled."""
    found = wish(label["question"], dt.date.fromisoformat(label["asked"]))
    if found is None or label["kind"] is None:
        return found is None and label["kind"] is None
    days = str(found.first), str(found.last)
    return (found.kind, *days) == (label["kind"], label["first"], label["last"])


def main() -> None:
    """Print how many are right by kind; of the half for developing, every one that is not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=HALVES, default="measure")
    half = parser.parse_args().half
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for label in labels(half):
        kind = label["kind"] or "none"
        total[kind] += 1
        right[kind] += is_right(label)
        if half == "develop" and not is_right(label):
            print(label, wish(label["question"], dt.date.fromisoformat(label["asked"])))
    for kind, count in sorted(total.items()):
        print(f"{kind:6} {right[kind]:3} of {count}")
    print(f"{'all':6} {right.total():3} of {total.total()}")


if __name__ == "__main__":
    main()
