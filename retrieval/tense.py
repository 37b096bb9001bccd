"""The verbs of a sentence: whether what is dated there lies before or after the article."""

import datetime as dt
import re
from bisect import bisect_left

Match = re.Match[str]
_PLANNED = (
    "expected|set|scheduled|slated|poised|likely|planned|planning|supposed|projected|forecast"
    "|going|about|preparing|ready"
)
_ASKED = (
    "agreed|asked|urged|ordered|invited|vowed|promised|pledged|hoped|wanted|decided|intended"
    "|required|threatened|offered|refused|postponed|moved|delayed|rescheduled|prepared"
)
_OPENS = (  # the present tense of a timetable
    "premieres?|airs|opens|returns|debuts|begins|starts|kicks off|arrives|runs|comes out|drops"
    "|streams|launches|hosts|plays|takes? place|takes on|ends|expires|closes|concludes|resumes"
    "|meets|comes to|go(?:es)? on sale"
    "|goes into effect|takes effect|brings|announces|delivers|holds|votes"
)
DID = (
    "said|told|was|were|wasn['’]t|weren['’]t|had|did|didn['’]t|went|came|took|made|got|saw|found"
    "|won|lost|beat|led|met|held|left|gave|began|ran|fell|rose|hit|shot|wrote|spoke|struck|sent"
    "|threw|drew|broke|became|brought|bought|built|caught|chose|dealt|drove|fought|flew|grew|heard"
    "|kept|knew|laid|paid|sat|sold|shook|slept|sank|stood|stole|swore|taught|thought|tore|woke"
    "|wore|withdrew|taken|given|seen|shown|written|stolen|known|felt|sought|spent|sued|tied|died"
    "|agreed|freed|guaranteed|put|quit|set (?:in motion|up|off|out)"
    r"|since(?! (?:19|20)\d\d)|saying|telling|warning|announcing|writing"
)
_REST = r"(?: (?:not|also|be|to|for|on|remain|stay|[a-z]{1,12}ly)\b){0,4}(?: [a-z]{1,20}\b)?"
_VERB = re.compile(
    rf"\b(?:(?P<either>(?:(?:was|were|had been) (?:not |[a-z]{{1,12}}ly )?(?:{_PLANNED}|due|to)"
    rf"|(?:{_ASKED}) (?:to|for)(?! an? | the ))\b{_REST})"
    r"|(?P<future>(?:(?:will|won['’]t|shall|can|cannot"
    r"|(?:would|could|may|might|should|must)(?! have [a-z])"
    r"|(?:plans?|hopes?|aims?|intends?|expects?|wants?|promises|got|have|has) to"
    rf"|(?:is|are|being|been) (?:now |also |still |not |[a-z]{{1,12}}ly )?(?:{_PLANNED}|due|to)"
    rf"|(?:{_PLANNED}) (?:to|for)|(?:chance|opportunity) to|hopes? of"
    r"|due (?:out|back|on|by|at)|do(?:es)?n['’]t|(?<=, )to be"
    rf"|\w{{1,12}}['’]ll)\b{_REST}|(?:starting|beginning(?! of)|effective|upcoming|{_OPENS}"
    r"|(?:is|are|(?:he|she|who|it|that)['’]s) (?:now |also |being )?[a-z]{1,20}ing)\b))"
    rf"|(?P<past>(?:{DID}|(?:would|could|may|might|should|must) have [a-z]{{1,20}}"
    r"|[a-z]{1,20}[^\We]ed)\b))"
)
_IS = re.compile(r"\b(?:(?:is|are)(?: on| at [\w.: ]{1,12}| this)?|ha(?:s|ve) until(?: \S+){0,5})$")
AHEAD = re.compile(
    r"(?:\b(?:lead[ -]?up to|run[ -]?up to|ahead of)(?: the)?|\ba (?:date|hearing) (?:in|on)|\(out)"
    r"(?: early| late)?$"
)
_SINCE = re.compile(r"\b(?:[Ss]ince|earlier|than|(?:up|down) from|compared (?:to|with))$")
_UNTIL = re.compile(
    r"(?!.*\b(?:[Ff]rom|[Bb]etween)\b).*\b(?:until|till|through|to|into)$", re.DOTALL
)
_BREAK = re.compile(r"[;“”\"]|[,–—] (?:but|and|while)\b|\b(?:who|which|that)\b")
_QUOTE = re.compile(r'(?P<opens>“|(?<![^\s(—:])")|[”"]')
_CLOSE = 40  # characters
_FAR = 150  # characters from a verb to what it dates
_CREDIT = re.compile(
    r"[^\W\da-z][^/!?;:]{2,40}/(?:[^\W\da-z][^/!?;:]{1,40}/){0,3}"
    r"(?:Getty Images|AP|AFP|Reuters|EPA|Shutterstock|Bloomberg|Redux|Sipa|Zuma|CNN|USA Today)\b"
)
_I = re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]ur|us|me)\b")


class Sentence:
    """A sentence with its verbs and its quotation marks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.verbs = [(*m.span(), m.lastgroup or "") for m in _VERB.finditer(text)]
        self.marks = [(m.start(), bool(m["opens"])) for m in _QUOTE.finditer(text)]
        self.is_caption = _CREDIT.match(text) is not None
        self.says_i = _I.search(text) is not None
        years = re.finditer(r"\b(?:19|20)\d\d\b(?![-–]\d\d\b)", text)
        self.dated = [(year.start(), int(year[0])) for year in years]
        self.years = {year for _, year in self.dated}

    def around(self, match: Match, chars: int = 60) -> tuple[str, str]:
        """What stands before a match, without the space between, and behind it."""
        start, end = match.span()
        return self.text[max(0, start - chars) : start].rstrip(" "), self.text[end : end + chars]

    def tense(self, match: Match) -> str | None:
        """Of the verb next to a match; None where there is none."""
        (before, after), (start, end) = self.around(match), match.span()
        if self.is_caption or _SINCE.search(before):
            return "past"
        if _IS.search(before) or AHEAD.search(before):
            return "future"
        n = bisect_left(self.verbs, start, key=lambda verb: verb[0])
        near: list[tuple[int, str]] = []
        for first, last, name in self.verbs[max(0, n - 1) : n + 1]:
            a, b = (last, start) if first < start else (end, first)
            is_after = first > start
            # What somebody says, or what was said on that day, is of another day.
            is_other = _QUOTE.search(self.text, a, b) or self.text.startswith(" that ", a)
            if b - a < _FAR and not (is_after and is_other):
                far = 2 * (b - a) + 40 if is_after else b - a
                near.append((far + 40 * bool(_BREAK.search(self.text[a:b])), name))
        tense = min(near, key=lambda pair: pair[0])[1] if near else None
        if tense == "past" and _UNTIL.match(before) and after[:2] not in ("'s", "’s"):
            return "either"  # "pushed the deadline to May 17"
        return tense

    def is_of_other_year(self, match: Match, today: dt.date) -> bool:
        """Whether another year stands before a match or close behind it."""
        years = {year for at, year in self.dated if at < match.end() + _CLOSE}
        return bool(years - {today.year})

    def is_spoken(self, at: int) -> bool:
        """Whether somebody speaks there, perhaps on another day than that of the article."""
        n = bisect_left(self.marks, at, key=lambda mark: mark[0])
        within = self.marks[n - 1][1] if n else any(not opens for _, opens in self.marks[:1])
        return self.says_i or within
