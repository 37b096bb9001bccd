"""The form of a question: two in one, yes or no, a list, or "what happened"."""

import re

from index.text.words import words_of

_ASKING = r"(?:who|whom|whose|what|when|where|which|why|how)"
_AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"
    r"|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|don['’]t|doesn['’]t|didn['’]t|hasn['’]t|haven['’]t"
    r"|won['’]t|can['’]t)"
)
_YES_NO = re.compile(rf"\W*(?:and |so |but )?{_AUXILIARY} \w", re.IGNORECASE)
_ASKS = re.compile(rf"\b{_ASKING}\b", re.IGNORECASE)
_MOST_KEYWORDS = 8
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_AND_ASKS = re.compile(
    rf"(?:,? and|,|\?|;) (?=(?:(?:at|in|on|for|since|with|by|to|from) )?{_ASKING}\b)", re.IGNORECASE
)
_TWICE = re.compile(
    rf"\W*(?P<one>when|where|why|how|who) (?:and|or) (?P<other>when|where|why|how|with whom)"
    rf" (?P<rest>{_AUXILIARY} \w.*)",
    re.IGNORECASE | re.DOTALL,
)
_PLURAL = (
    r"(?:countries|nations|states|cities|places|people|leaders|officials|ministers|companies"
    r"|groups|topics|issues|subjects|points|reasons|stumbling blocks|problems|obstacles|steps"
    r"|measures|demands|conditions|names|areas|things|events|meetings|dates|names|parties|members"
    r"|results|consequences|causes|differences|concerns|questions|sanctions|aircraft|ships)"
)
_LIST = re.compile(
    r"\b(?:which|what|name|list|whose) (?:(?:are|were|all|some|of|the|main|other|big|biggest|key"
    rf"|four|five|six|three|two|\w{{3,12}}) ){{0,4}}{_PLURAL}\b|\bwho (?:are|were) the\b"
    r"|\bwho all\b|\bwho else\b|\bwhat else\b",
    re.IGNORECASE,
)
_DIGEST = re.compile(
    r"\W*(?:(?:(?:what(?:['’]s| is| are)|give me|any|tell me|show me) )?(?:the |me )?(?:latest"
    r"|newest|news|updates?|recent news|developments?|summary)(?: news| updates?| developments?)?"
    r" (?:on|about|from|of|in|regarding|with)"
    r"|what(?:['’]s| is| has been| was)? (?:happened|happening|going on|new|up) (?:with|to|in|at"
    r"|about|between|during|on|around))\s+(?P<topic>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_WHO_SAYS = re.compile(
    r"\W*(?:(?:and|but|so|ok) )?(?:who (?:said|says|claim(?:s|ed)|reported|reports|is saying|told"
    r"|stated) (?:that|this|so|it|us|them)|says who|according to whom?"
    r"|who(?:['’]s| is| was) the source"
    r"(?: (?:of|for) (?:that|this|it))?|who(?:['’]s| is| was) (?:being )?quoted(?: here)?)\W*",
    re.IGNORECASE,
)
_SAY = re.compile(
    r"\W*(?:(?:and|but|so) )?what (?:else )?(?:did|does|has|have) (?P<who>\w[\w .’'-]*?) "
    r"(?:say|said|tell|told|claim(?:ed)?|think|warn(?:ed)?|argued?|add(?:ed)?|write|written)\b",
    re.IGNORECASE,
)
_NAMES_NOTHING = re.compile(
    rf"\W*(?:(?:and|but|so|ok|okay|please|then) )*(?:{_ASKING}(?: (?:else|exactly|then|not))?"
    r"(?: (?:is|was|were|are|did|does|do|has|had|will))?(?: (?:it|that|this|they|those|he|she))?"
    r"(?: (?:happen|happened|take place|be|been|do|say|said|mean))?"
    r"|(?:tell me |say |know )?(?:some )?more(?: (?:about|on|of) (?:it|that|this))?|go on|continue"
    r"|(?:is|was) (?:it|that|this) (?:true|so|right|correct))\W*",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"\b(?:latest|newest|news|updates?|developments?|summary|new|happened with|happening"
    r"|going on)\b",
    re.IGNORECASE,
)


def is_yes_no(text: str) -> bool:
    """Whether it asks for yes or no; "is it red or blue" does not."""
    return _YES_NO.match(text) is not None and not _OR.search(text)


def is_keywords(text: str) -> bool:
    """Whether it is no sentence but a few words, as for a search engine: "apec summit date"."""
    words = [word.text.lower() for word in words_of(text)]
    asks = "?" in text or _ASKS.search(text) or _YES_NO.match(text) or words[:1] == ["tell"]
    return not asks and 1 < len(words) <= _MOST_KEYWORDS


def is_list(text: str) -> bool:
    """Whether it asks for several things."""
    return _LIST.search(text) is not None


def digest_topic(text: str) -> str | None:
    """What "the latest on …" or "what happened with …" is about."""
    found = _DIGEST.match(text)
    return found["topic"].strip(" ?!.") or None if found else None


def says_news(text: str) -> bool:
    """Whether a digest is plainly asked for: "the latest on", not "what happened to"."""
    return _NEWS.search(text) is not None


def who_is_quoted(text: str) -> str | None:
    """Whose words "what did X say about Y?" asks for."""
    found = _SAY.match(text)
    return found and found["who"]


def names_nothing(text: str) -> bool:
    """Whether it asks of something that only a question before it could name: "where was that?"."""
    return _NAMES_NOTHING.fullmatch(text) is not None


def asks_who_said(text: str) -> bool:
    """Whether it asks for the speaker of what was answered last."""
    return _WHO_SAYS.fullmatch(text) is not None


def parts(text: str) -> list[str]:
    """The questions in one, as they are asked; the question itself where it is a single one.

    Each part must ask by itself: "who met whom and when" has two, "what and where" has none, and
    "when and where did they meet" asks the rest twice.
    """
    if twice := _TWICE.fullmatch(text):
        return [f"{twice[asks]} {twice['rest']}" for asks in ("one", "other")]
    cuts = [match for match in _AND_ASKS.finditer(text) if match.start() > 0]
    starts = [0, *(match.end() for match in cuts)]
    ends = [*(match.start() for match in cuts), len(text)]
    pieces = [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    asks = all(re.match(rf"\W*(?:\w+ )?{_ASKING}\b", piece, re.IGNORECASE) for piece in pieces)
    first_says_more = len(pieces[0].split()) > 2
    return pieces if 1 < len(pieces) <= 3 and asks and first_says_more else [text]
