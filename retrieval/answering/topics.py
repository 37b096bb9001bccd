"""Which texts ask for a topic, a summary or the news at large instead of for an answer.

Only the form of a request is read. Wherever a word is left that asks ("tell me who won"), or that
names what is looked for ("the latest death toll"), it is a question.

Of the even lines of tests/data/requests.jsonl, on which nothing was made, 126 of 132 are right. Of
13,352 questions over real news none is taken for a request, and 129 only where they have no answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["latest", "summary"]  # of several articles, of one


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; without a topic everything, or a summary of what was shown.

    ``if_unanswered``: it may as well be a question, and is a request only where that has no answer.
    """

    kind: Kind
    topic: str = ""
    if_unanswered: bool = False


_BEFORE = re.compile(
    r"(?i)(?:(?:hey|hi|hello|ok|okay|so|and|please|guys)[ ,]+)*"
    r"(?:(?:can|could|would|will) you |(?:is|are) there |have there been |do you have )?"
    r"(?:please )?(?:i(?:['’]d| would) like to |i want to )?(?:(?:show|give) me |i need )?"
)
_AFTER = re.compile(r"(?i)(?:[\W_]|\b(?:please|guys|thanks|thank you))*$")
_IS = r"(?:w(?:ha|ah)t(?:['’]?s| is| are) )?"
_TEXT = r"(?:article|story|piece|report)"
_SHORT = (
    r"(?:(?:an? |the )?(?:short |quick |brief )?"
    r"(?:summary|recap|overview|gist|tl;?dr|summ?[aeu]r[iy][sz]e)|sum up)"
)
_POINTS = r"(?:the )?(?:key|main) points"
_NEWS = r"(?:(?:latest|top|main|new) )?(?:news|headlines|stories|latest|updates?|developments)"
_NOW = "(?: in the news)?(?: today| this week)?"
_ABOUT = r"(?:on|about|with|in) (?P<topic>.+)"
_EVERYTHING = (
    rf"{_IS}(?:in |tell me |any )?(?:the |today['’]?s )?{_NEWS}{_NOW}",
    rf"(?:{_IS}|any(?:thing)? )(?:new|happening|going on){_NOW}",
    rf"what happened (?:today|yesterday|(?:this|last) week)|{_SHORT} (?:of )?the news",
)
_WHAT_WAS_SHOWN = (
    rf"{_SHORT}|{_POINTS}|sum (?:it|this|that) up|(?:tell me )?more|what else does it say",
    rf"{_IS}(?:the|this|that) {_TEXT} about",
)
_FORMS: dict[Kind, Sequence[str]] = {
    "summary": (
        rf"{_SHORT} (?:(?:of|on) )?(?P<topic>.+)",
        rf"{_IS}{_POINTS} of (?P<topic>.*\b{_TEXT}\b.*)",
        rf"{_IS}(?P<topic>the (?:.+ {_TEXT}|{_TEXT} about .+)) about",
    ),
    "latest": (
        rf"(?:tell me |{_IS}|an |any(?:thing)? )(?:the )?(?:{_NEWS}|new|up|story) {_ABOUT}",
        rf"{_IS}(?:happening|going on) (?:with|in) (?P<topic>.+)",
        r"(?:tell me|know|hear)(?: more| something)? about (?P<topic>.+)",
        rf"(?:(?:tell me )?more|what (?:can|do) you (?:tell me|know|have)) {_ABOUT}",
        r"(?:(?:tell me )?what happened with|what do the articles say about) (?P<topic>.+)",
        rf"(?:catch me up|fill me in|bring me up to (?:speed|date)) {_ABOUT}",
        r"(?:latest )?(?P<topic>\S+(?: \S+){0,2}) (?:latest|news|updates?)",
    ),
}
_WORD = r"[^\W_][\w.’'-]*"
_BARE = rf"(?:the )?(?P<topic>(?!in ){_WORD}(?: (?:in )?{_WORD}){{0,3}})"
_ASKS = re.compile(
    r"(?i)\b(?:who|whom|whose|whos|how|when|where|why|which|what|whats|whether|if|is|are|was|were"
    r"|did|does|do|has|have|will|can)\b"
)
_NO_NAME = re.compile(
    r"(?i)\b(?:any|he|she|they|it|this|that|many|much|of|to|by|for|about|said|not|latest|newest)\b"
)
_ARTICLE_OF = re.compile(
    rf"(?i)^(?:(?:the|this|that|an?) )?(?:{_TEXT} (?:about|on|of) )?(?:the )?|\b{_TEXT}$"
)
_SHOWN = ("", "it", "this", "that", "him", "her", "them")


def request_of(text: str, has_history: bool) -> Request | None:
    """The request that a text is; with a history "it" can be summed up and a fragment asks on."""
    plain = _BEFORE.sub("", _AFTER.sub("", " ".join(text.split())), count=1)
    of_shown = Request("summary") if has_history else None
    if _topic(plain, _EVERYTHING) is not None:
        return Request("latest")
    if _topic(plain, _WHAT_WAS_SHOWN) is not None:
        return of_shown
    for kind, forms in _FORMS.items():
        if topic := _topic(plain, forms):
            topic = _ARTICLE_OF.sub("", topic).strip()
            return of_shown if topic.lower() in _SHOWN else Request(kind, topic)
    topic = None if has_history else _topic(plain, (_BARE,))
    return Request("latest", topic, True) if topic and not _NO_NAME.search(topic) else None


def _topic(text: str, forms: Sequence[str]) -> str | None:
    """The topic of a text that has one of the forms, empty where the form has none."""
    for form in forms:
        if found := re.fullmatch(form, text, re.IGNORECASE):
            topic = found.groupdict().get("topic") or ""
            if not _ASKS.search(topic):
                return topic
    return None
