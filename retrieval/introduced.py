"""Who somebody is: the words with which a sentence introduces a name.

Jake Sullivan, the national security adviser, …     the national security adviser
Sister André, 118, a French nun, …                  a French nun
Han Zheng is the vice-president of China            the vice-president of China
the head of Chinese diplomacy, Wang Yi, …           the head of Chinese diplomacy
U.S. Secretary of State Antony Blinken              U.S. Secretary of State
"""

import re
from collections.abc import Set as AbstractSet

from index.reading.dateline import dateline_end
from index.text.words import Word, words_of

_ROLE = (
    r"(?:(?i:(?:vice[- ]?)?president|premier|minister|secretary|chancellor|head|chief|chair|boss"
    r"|spokes\w+|mayor|king|queen|prince|princess|pope|general|governor|senator|ceo|coach|captain"
    r"|judge|justice|attorney|star|host|legend|champion|expert|aide|pilot|envoy|official|diplomat"
    r"|director|founder|author|actor|actress|singer|player|adviser|advisor|commissioner|chairman"
    r"|professor|officer|leader|guard|nun|monk|priest|bishop|hero|student|patriarch|agent|fan)"
    r"|resident|witness|victim|suspect|ally|giant|icon|athlete|politician|mother|father|wife"
    r"|husband|daughter|son|sister|brother"
    r"|(?!others?|after|over|under|later|former|earlier|never|however|whether|together|rather"
    r"|either|neither|number|quarter|summer|winter|water|paper|power|order|letter|river|matter)"
    r"[a-z]{3,}(?:er|or|ist|ian|ess|man|woman|person))s?"
)
_TITLE = r"(?:(?:Mr|Mrs|Ms|Dr|Gen|Lt|Col|Adm|Capt|Sen|Rep|Gov|Prof|Rev)\. )?"
_PHRASE_END = (
    r"(?= ?,(?! \d)| ?[;:—–?!)]|(?<![A-Z])\.|$"
    r"| (?:who|which|and (?:the|his|her|has|was|is)|said|told)\b)"
)
_AGED = r"(?:,? (?:aged )?\d{1,3},?)?"
_DETERMINED = r"(?:an?|the|one of|his|her|their|former|[A-Z][\w’'.-]+(?: [A-Z][\w’'-]+)?['’]s)"
_AFTER = re.compile(
    rf"{_AGED}(?:,? (?:is|was|has been|became|remains)|,) "
    rf"(?P<said>{_DETERMINED} [^,;:—–()]{{2,89}}?[^,;:—–()\s]){_PHRASE_END}"
)
_NO_PART = (
    r"(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Ww]e|I|[Oo]n|(?!retired|elected|appointed)[a-z]+ed|of|in|at|by|with|and|or|but|for|to|from|between|among|as|on|like|including|than|when|while"
    r"|after|before|that|which|who|is|was|are|were|has|had|met|said|saw|told|using)\b"
)
_BEFORE = re.compile(
    r"(?P<said>(?P<whose>(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Tt]heir"
    r"|[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?['’]s) )?"
    rf"(?:(?!{_NO_PART})\w[\w’'.-]* ){{0,6}}"
    rf"(?:[\w’'-]+-)?{_ROLE}(?:,? (?:of|for|at)(?: the)?(?: [\w’'&.-]+){{1,3}})?)"
    rf",? {_TITLE}$",
)
_WORD = re.compile(r"(?<![\w’'.-])\w")
_FIRST_NAME = re.compile(r"\b([A-Z][\w’-]+) (?:[A-Z]\. )?$")
_LONGEST = 110  # characters before a name that may introduce it


def introduction(quote: str, name: AbstractSet[str]) -> tuple[int, int] | None:
    """Where a sentence says who a name, given by its stems, is; None where it does not."""
    place = _found(quote, name)
    if place is None:
        return None
    start, end = place
    if after := _AFTER.match(quote, end):
        return after.span("said")
    words = _WORD.finditer(quote, max(dateline_end(quote), start - _LONGEST), start)
    found = [m for word in words if (m := _BEFORE.match(quote, word.start(), start))]
    # From "the" or "China's" on, where there is such; else with all that may belong to it.
    ours = next((m for m in found if m["whose"]), next(iter(found), None))
    return ours.span("said") if ours and " " in ours["said"] else None


def _found(quote: str, name: AbstractSet[str]) -> tuple[int, int] | None:
    """Where the name stands, with the first name before it."""
    run: list[Word] = []
    for word in words_of(quote):
        if word.stem in name:
            run.append(word)
        elif run and not (len(word.text) <= 2 and word.text[0].isupper()):  # an initial
            if {w.stem for w in run} >= name:
                break
            run = []
    if {w.stem for w in run} < set(name) or not run:
        return None
    start, end = run[0].start, run[-1].end
    first = _FIRST_NAME.search(quote, 0, start)
    if first and not re.fullmatch(_ROLE, first[1], re.IGNORECASE):
        start = first.start()
    return start, end
