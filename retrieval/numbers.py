"""The numbers of a sentence with their units, what each is of, and whether two may be the same."""

import re
from collections.abc import Container
from dataclasses import dataclass

from index.text.words import words_of


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written, from ``low`` to ``high``; times ``factor`` in its dimension's unit."""

    span: tuple[int, int]
    low: float
    high: float
    factor: float
    unit: str  # the dimension; "" for a count
    bound: str  # "floor", "ceiling", "about" or ""


_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SMALL = {word: float(n) for n, word in enumerate(f"{_ONES}|{_TEENS}".split("|"), start=1)}
_SMALL |= {word: 10.0 * n for n, word in enumerate(_TENS.split("|"), start=2)}
_SMALL |= {"half": 0.5, "½": 0.5}
_SCALES = {"hundred": 1e2, "dozen": 12.0, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_SCALES |= {"trillion": 1e12, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_UNITS_TEXT = """
time 1 second; time 60 minute; time 3600 hour; time 86400 day; time 604800 week; degree 1 degree
time 2629800 month; time 31557600 year; time 315576000 decade; time 3155760000 century
length 1 metre meter; length 1000 kilometre kilometer km; length .01 centimetre centimeter cm
length .3048 foot feet; length .0254 inch; length .9144 yard; length 1609.34 mile; area 1 acre
weight 1 kilogram kilo kg; weight .4536 lb; weight 907 ton; weight 1000 tonne; speed 1 kph
speed 1.60934 mph; percent 1 % percent per_cent; point 1 point percentage_point
$ 1 dollar; $ .01 cent; € 1 euro; £ 1 pound; ¥ 1 yen; yuan 1 yuan
"""
_UNITS = {
    word.replace("_", " "): (dimension, float(factor))
    for dimension, factor, *words in map(str.split, re.split(r"[;\n]", _UNITS_TEXT.strip()))
    for word in words
}
_WORDED = rf"(?:(?:{_TENS})(?:[- ](?:{_ONES})\b)?|{_TEENS}|{_ONES})\b"
_NUMBER = (
    r"(?:\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,6})?(?:½|\s?(?:k|mn?|bn?|tn)\b)?|½|half an?\b|an?\b"
    rf"|{_WORDED})(?:[ -](?:hundred|dozen|thousand|million|billion|trillion)\b"
    rf"(?: (?:and )?{_WORDED})?){{0,4}}(?: and a half\b)?"
)
_QUANTITY = re.compile(
    rf"(?<![\w.,:/’'$€£¥-])(?P<between>(?:between|from) )?(?P<sign>(?:US)?\$|[€£¥])?"
    rf"(?P<low>{_NUMBER})(?:(?(between) (?:and|to) |(?:\s?[-–—]\s?| to ))"
    rf"(?:(?:US)?\$|[€£¥])?(?P<high>{_NUMBER}))?(?P<more>\+| or more\b)?"
    rf"(?:[\s-]?(?P<square>square |cubic )?(?P<unit>{'|'.join(_UNITS)})(?:e?s)?(?!\w)"
    r"(?P<half> and a half\b)?)?"
    r"(?P<rate> (?:an?|per|each|every) (?:hour|day|week|month|year|night|person|share|barrel)\b)?"
    r"(?![\w½]|[,.:/]\d|[ -](?:third|quarter|half|fifth|tenth)s?\b|\s?[ap]\.?m\b)",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"\b(?:(?P<about>about|around|some|roughly|approximately|nearly|almost|close to|estimated"
    r"|just (?:over|under))"
    r"|(?P<floor>(?:more|no (?:fewer|less)) than|at least|over|upwards of|above)"
    r"|(?P<ceiling>(?:less|fewer|no more) than|up to|as many as|at most|under|below))(?: the)? $",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[a-z]+|\d[\d,]*(?:\.\d+)?|½")
# What befell whom or what is counted: the dead are not the hurt, a rise is no fall.
_SENSES_TEXT = """
die kill dead fatal toll casualti slain life live perish murder; injur wound hurt hospit
arrest detain charg custodi jail; miss unaccount; rescu surviv save; evacu displac flee
infect case test diagnos sicken; rise increas gain jump climb grow surg higher up
drop declin lose decreas slip plung lower cut tumbl shrink fall down
"""
_SENSE_LINES = [line.split() for line in re.split(r"[;\n]", _SENSES_TEXT.strip())]
_SENSES = {word: line[0] for line in _SENSE_LINES for word in line}
_PLURALS = frozenset(["people", "men", "women", "children", "aircraft", "troops", "police"])
_LEADING = frozenset(["of", "the", "its", "their", "his", "her", "other", "more", "new", "all"])


def numbers_in(quote: str, days: Container[int]) -> list[Quantity]:
    """The numbers of a sentence, with their units; none begins at one of ``days``."""
    out: list[Quantity] = []
    for match in _QUANTITY.finditer(quote):
        unit, factor = _UNITS.get((match["unit"] or "").lower(), ("", 1.0))
        if match.start("low") in days or (match["low"].lower() in ("a", "an") and not unit):
            continue
        if match["sign"]:
            unit, factor = match["sign"][-1], 1.0
        low = high = _value(match["low"]) + (0.5 if match["half"] else 0.0)
        if match["high"]:
            high = _value(match["high"])
            scale = high / (_value(_TOKEN.findall(match["high"].lower())[0]) or 1.0)
            low *= scale if low * scale <= high else 1.0  # "3 to 5 million"
            if low > high:  # a score, a telephone number
                continue
        left = _BOUND.search(quote, max(0, match.start() - 25), match.start())
        bound = "floor" if match["more"] else (left.lastgroup or "") if left else ""
        unit += (match["square"] or "") + (match["rate"] or "")
        quantity = Quantity(match.span(), low, high, factor, unit, bound)
        joined = out and quote[out[-1].span[1] : match.start()] in (" ", ", ", " and ")
        if joined and unit and unit == out[-1].unit and factor < out[-1].factor:
            last = out.pop()  # "an hour and 20 minutes"
            span, low = (last.span[0], match.end()), last.low * last.factor + low * factor
            quantity = Quantity(span, low, low, 1.0, unit, last.bound)
        out.append(quantity)
    return out


def _value(written: str) -> float:
    """The value of a number in digits, words or both."""
    total = current = 0.0
    tokens = _TOKEN.findall(written.lower())
    for token in tokens:
        if token[0].isdigit():
            current += float(token.replace(",", ""))
        elif token in ("hundred", "dozen"):
            current = (current or 1.0) * _SCALES[token]
        elif token in _SCALES:
            total, current = total + (current or 1.0) * _SCALES[token], 0.0
        else:
            current += _SMALL.get(token, 0.0)
    return 1.0 if tokens in (["a"], ["an"]) else total + current


def meet(a: Quantity, b: Quantity, *, could: bool) -> bool:
    """Whether two numbers are the same as they are worded, or could be."""
    if a.unit != b.unit:
        return could or ("" in (a.unit, b.unit) and a.low == b.low)
    (low, high), (low2, high2) = _reach(a, b, could=could), _reach(b, a, could=could)
    return low <= high2 and low2 <= high


def _reach(a: Quantity, b: Quantity, *, could: bool) -> tuple[float, float]:
    """From where to where a number reaches when it stands beside another."""
    low, high = a.low * a.factor, a.high * a.factor
    grain = _grain(a.low) * a.factor
    slack = 1e-9 * high
    # The coarser of two may be the finer, rounded; a small count is exact.
    if grain > _grain(b.low) * b.factor and (a.unit or a.low >= 1000):
        slack = max(slack, min(grain / 2, (0.25 if could else 0.03) * high))
    if a.bound == "about" or (could and a.bound and a.bound == b.bound):
        slack = max(slack, (1 / 6 if could else 0.1) * high)
    beyond = float("inf") if could else 0.99 * min(grain, 0.1 * high)
    below = beyond if a.bound == "ceiling" and a.bound != b.bound else 0.0
    above = beyond if a.bound == "floor" and a.bound != b.bound else 0.0
    return low - max(slack, below), high + max(slack, above)


def _grain(value: float) -> float:
    """What the last digit counts that a number gives: 100 for 1,200, 1 for 20, .1 for 2.5."""
    whole, _, decimals = f"{value:.6f}".rstrip("0").partition(".")
    zeros = len(whole) - len(whole.rstrip("0")) if value >= 100 else 0
    return float(10.0 ** (-len(decimals) or zeros))


def thing(quote: str, span: tuple[int, int]) -> tuple[str, frozenset[str], str]:
    """What the number at ``span`` is of: what is counted, in a word and in full; its sense."""
    near = max(0, span[0] - 50), min(len(quote), span[1] + 50)
    before, after = words_of(quote, near[0], span[0]), list(words_of(quote, span[1], near[1]))
    run, head, end = list[str](), "", span[1]
    for word in after:
        is_leading = word.text.lower() in _LEADING and not run
        if quote[end : word.start].strip(" -") or (word.is_stop and not is_leading):
            break
        end = word.end
        if not is_leading:
            run.append(word.stem)
            head = word.stem if word.text.islower() else head
        # The first plural is what is counted: "45 aircraft flew", "12 people dead".
        if word.text in _PLURALS or (word.text.islower() and re.search(r"[^su]s$", word.text)):
            break
    distances = [(span[0] - w.end, _SENSES[w.stem]) for w in before if w.stem in _SENSES]
    distances += [(w.start - span[1], _SENSES[w.stem]) for w in after if w.stem in _SENSES]
    return head, frozenset(run), min(distances, default=(0, ""))[1]
