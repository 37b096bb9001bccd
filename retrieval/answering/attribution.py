"""Who says so: the words with which an article names the speaker of what it quotes or reports.

A wrong speaker is worse than none: whatever does not read as a speaker, or reads as two, is None.
A sentence has at most 1,000 characters and few neighbours are read, so hostile text costs little.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.reading.dateline import dateline_end
from index.reading.segment import SENTENCE_STARTERS
from index.types import Article, SentenceKind

_LONG_QUOTE = 25  # characters; what is shorter may be a title or a word held at arm's length
_NEAR = 4  # sentences that an attribution, or whom "he" means, may stand away
_PARAGRAPH = 8  # sentences read each way for quotation marks
_VERBS = (
    "told|tells|added|adds|asked|asks|wrote|writes|explained|explains|recalled|recalls|noted|notes"
    "|insisted|insists|argued|argues|warned|warns|continued|declared|stated|states|tweeted|joked"
    "|replied|responded|concluded|admitted|acknowledged|claimed|claims|announced|predicted|posted"
    "|testified|remarked|shouted|commented|observed|stressed|emphasized|cautioned|confirmed"
    "|alleged|alleges|reported|continues|specified|revealed|disclosed|maintained|reiterated"
)
_SAYS = re.compile(
    rf"\b(?:said|says?|argue|warn|claim|{_VERBS}"
    r"|(?:call|describ)e[ds](?= \w)|calls(?= \w))\b(?![-’'])|:(?=\s*\0)"
)
_STRONG = re.compile(r"said|says?|told|tells")
_LINK = re.compile(
    r" ?(?:that |(?:on )?\w+day that |(?:[A-Z][\w.]+ ){1,4}that |(?:he|she|it|they) |\0)"
)
_NO_LINK = re.compile(
    r" (?:is|was|are|were|will|would|has|had|goodbye|yes|to|of|(?:\w+ ){1,3}to \w+) "
)
_ACCORDING = re.compile(
    r"\b[Aa]ccording to (?!plan|schedule|the (?:plan|law|rules)|how|wh|your|my)"
    r"((?:[^,;:()—–]|:(?=\w)){2,120})"
)
_ASIDE = re.compile(r" ?\([^()]{1,40}\)")  # "the institute (IEP), …"
_SOURCE_END = re.compile(r" (?:that|who|which|as|after|when|while|and (?:was|is|has))\b")
_EDGE = re.compile(r"(?<!\d, \d{4}),(?! \d{4},)|[;\0()—–]|:(?!\w)")  # no comma of a date
_LEAD = re.compile(
    r"(?:(?:[Aa]nd|[Bb]ut|[Aa]s|[Ww]hile|Still|Then|Later|Meanwhile)\s+)?"
    r"(?:(?:On|Earlier|Late|Last|This)\s+(?:\w+day|week|month|year)\s+)?"
)
_ADVERB = re.compile(
    r"(?:\s+(?:also|later|has|had|have|then|previously|further|himself|herself|earlier|simply"
    r"|quickly|often|recently|once|repeatedly|reportedly|in an? \w+|(?:on )?[A-Z]\w+day))+\s*$"
)
_STOP = re.compile(
    r"\s(?:in(?! charge)|on|at|during|after|before|when|as|while|who|whose|that|which"
    r"|(?<!familiar )with|from|to|because|if|about|following|last|this|by|[A-Z]\w+day)\b"
)
_NO_PHRASE = re.compile(
    r"\b(?:that|which|who|whom|was|is|are|were|be|been|has|had|have|will|would|could|can|did|does|do"
    r"|to|not|never|because|if|when|while|after|before|than|then|what|how|why|where|i|we|you|me"
    r"|nobody|everyone|everybody|some|many|others|most|both|this|these|there|saying|so|just|but|or"
    r"|his|her|their|him|them|my|our|\w+day)\b|^(?:in|on|at|by|for|from|with|of|under|and|as)\b"
    r"|\b(?:and|of|for|in|the|an?)$",
    re.IGNORECASE,
)
# "his lawyer" is a speaker, though "his" says not whose; "no one" is none.
_POSSESSED = re.compile(r"^(?:his|her|their|its) (?=[a-z])", re.IGNORECASE)
_NOUN = re.compile(
    r"[A-Z]|(?:the|an?|one|another|two|three) |(?!.* (?:on|in|at) ).*(?: [A-Z]|s$)"
    r"|\w+s (?:in|at) |(?:he|she|they|it)$|police|people"
)
_LAST = re.compile(r"(?:[\w.’'-]+ ){0,8}[A-Z][\w’'-]+\W*|the [\w-]+\W*")
_PRONOUN = re.compile(r"(?:he|she|they|it)", re.IGNORECASE)
_APPOSED = re.compile(
    r"\s*(?:an?|the|who|whose|which|one|\d|[A-Z]|(?:in|during) an?\b|on [A-Z]"
    r"|\w+ (?:of|for|at|and)\b|\w+$)"
)
_NAME = r"[A-ZÀ-Þ][\w.’'-]*(?: (?:(?:de|da|van|von|bin|al|of) )?[A-ZÀ-Þ][\w.’'-]*){0,7}"
# "The head of Ostland's army Jan Ek met …", "On Monday, Ann Ott, a chemist, met …"
_SUBJECT = re.compile(
    r"(?:(?:In|On|At|After|For|By) [^,\0]{1,40}, |(?:But|And|Still,|Then) )?"
    r"(?:(?:[Tt]he|[Aa]n?) (?:[\w’'-]+ ){1,6}?(?<!of )(?<!for )(?<!at )(?<!in )(?<!from )"
    rf"(?P<titled>[A-Z][\w’'-]+ (?:[A-Z]\. )?[A-Z][\w’'-]+)|(?P<name>{_NAME}))"
    r"(?:,[^,\0]{1,120},)? [a-z]"
)
_FULL_NAME = re.compile(
    r"(?<!in )(?<!at )(?<!to )(?<!the )[A-Z][\w’'-]+ (?:[A-Z]\. )?([A-Z][\w’'-]+)"
)
_OPENING = re.compile(r"(?:the|an?|his|her|one|another) (?!\w+ly\b)\w", re.IGNORECASE)
_TITLED = re.compile(
    r"\b(?:M(?:r|s|rs|x)|Dr|Sen|Rep|Gov|Gen|Prof|Judge|Justice|President|Minister|Secretary|Mayor"
    r"|Senator|Governor|Lt|Sgt|Capt|Col|Coach|Chief|Sheriff|Pope)\b\.? [A-Z]"
)
_ROLE = re.compile(
    r"\b(?:official|(?:spokes|chair|congress)?(?:man|woman|person)|president|mayor|adviser|minister"
    r"|secretary|source|aide|diplomat|lawyer|coach|professor|expert|analyst|governor|senator"
    r"|officer|director|author|attorney|sheriff|neighbor|resident|witness|mother|father)$"
)
_GROUP = re.compile(
    r"^the |['’]s\b|\b(?:House|Ministry|Department|University|Service|Police|Court|Office|Agency"
    r"|Association|Council|Committee|Center|Centre|Institute|Company|Inc|Corp|Group|Times|Post|News"
    r"|Board|Foundation|Union|Bank|Administration|Republicans|Democrats|Party|Airlines|Bureau|City"
    r"|States?|County|School|Hospital|Society|League|Press|Commission|Authority|Organization|Journal"
    r"|Guard|Navy|Army|Force|Network|New|North|South|United|Museum|Church|Congress|Senate|Fund)\b"
)
_FEMALE = re.compile(r"\bM(?:r?s)\b|woman$|mother$|\b(?:Queen|Princess)\b")
_MALE = re.compile(r"\bMr\b|[a-z]man$|\bman$|father$|\b(?:King|Prince|Pope)\b")
_CUT = re.compile(
    r"; |, (?:but|while|although|though|and (?=the |an? |he |she |they |[A-Z]))(?!that)"
)
_TAIL = re.compile(
    r"(?:\s(?:on|in|at|during|by|via|to|after|late|early|last|this|\w+day)\b[^\0]{0,60})?[^\w\0]*$"
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Speaker:
    """The words that name who speaks: code points of the text, in the sentence at a position."""

    position: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Said:
    """Words that name a speaker, and what they vouch for; offsets into the sentence."""

    name: Span
    scopes: tuple[Span, ...]

    def covers(self, start: int, end: int) -> bool:
        return any(lo <= start and end <= hi for lo, hi in self.scopes)


def speaker_of(article: Article, position: int, span: Span | None) -> Speaker | None:
    """Who says the words at ``span`` of a sentence, or all of it; None for the article itself."""
    if article.sentences[position].kind is not SentenceKind.BODY:
        return None
    masked = _masked(article, position)
    start, end = span or (0, len(masked))
    said = [s for s in _sayings(masked) if span is None or s.covers(start, end)]
    if said:
        return _one(article, position, said)
    return _quoted_on(article, position) if _is_quoted(masked) else None


def named_in(article: Article, position: int) -> list[str]:
    """Whom a sentence names as speaking, pronouns and all; of a quotation, who speaks it."""
    start, masked = article.sentences[position].start, _masked(article, position)
    names = [article.text[start + s.name[0] : start + s.name[1]] for s in _sayings(masked)]
    if not names and (speaker := speaker_of(article, position, None)):
        names = [article.text[speaker.start : speaker.end]]
    return names


def _one(article: Article, position: int, said: list[_Said]) -> Speaker | None:
    """The one speaker of all that was said, a pronoun followed to its name."""
    text, start = article.text, article.sentences[position].start
    names = {text[start + s.name[0] : start + s.name[1]] for s in said}
    if len(names) > 1:
        return None
    if _PRONOUN.fullmatch(name := names.pop()):
        return _meant_by(article, position, name.lower())
    return Speaker(position, start + said[0].name[0], start + said[0].name[1])


def _quoted_on(article: Article, position: int) -> Speaker | None:
    """The speaker of a sentence all in quotation marks: named after the quotation, or before it."""
    return _neighbour(article, position, 1) or _neighbour(article, position, -1)


def _neighbour(article: Article, position: int, step: int) -> Speaker | None:
    last = len(article.sentences) - 1
    for at in range(position + step, min(max(position + step * (_NEAR + 1), -1), last + 1), step):
        here, beside = article.sentences[min(at, at - step)], article.sentences[max(at, at - step)]
        new_paragraph = "\n" in article.text[here.end : beside.start]
        if article.sentences[at].kind is not SentenceKind.BODY:
            return None
        masked = _masked(article, at)
        # Forward, the same quotation must still be open; back, a new one may have begun.
        if step > 0 and (new_paragraph or not masked.startswith("\0")):
            return None
        if step > 0 and article.text[beside.start] in '“"':
            return None
        if said := list(_sayings(masked)):
            speaker = _one(article, at, said)
            name = article.text[speaker.start : speaker.end] if speaker else ""
            # Over a paragraph, "Police said …" need not lead up to the quotation that follows.
            far = new_paragraph and "\0" not in masked
            return None if far and (_GROUP.search(name) or name.islower()) else speaker
        if not _is_quoted(masked):
            return None
    return None


def _meant_by(article: Article, position: int, pronoun: str) -> Speaker | None:
    """Whom "he" means: who speaks, or is the subject, in the last sentence that has such a one."""
    passed: set[str] = set()
    for at in range(position, max(-1, position - 1 - _NEAR), -1):
        start, masked = article.sentences[at].start, _masked(article, at)
        said = [] if at == position else list(_sayings(masked))
        names = {masked[slice(*s.name)]: s.name for s in said}
        others = {n: span for n, span in names.items() if not _PRONOUN.fullmatch(n)}
        subject = _SUBJECT.match(masked, dateline_end(masked)) if at != position else None
        before = article.text[:start]
        if not others and subject:
            group = "titled" if subject["titled"] else "name"
            if _fits(before + masked, subject[group], pronoun) and not _starts(subject[group]):
                others = {subject[group]: subject.span(group)}
        if others or (at != position and _OPENING.match(masked) and not names):
            name, span = others.popitem() if len(others) == 1 else ("", (0, 0))
            # Another full name on the way could be whom it means.
            if not name or passed - set(name.split()) or not _fits(before, name, pronoun):
                return None
            return Speaker(at, start + span[0], start + span[1])
        passed |= {m[1] for m in _FULL_NAME.finditer(masked) if not _starts(m[0])}
    return None


def _starts(words: str) -> bool:
    return re.split(r"[ ’']", words, maxsplit=1)[0] in SENTENCE_STARTERS


def _fits(before: str, name: str, pronoun: str) -> bool:
    """Whether a pronoun can stand for a name."""
    if pronoun in ("it", "they"):
        plural = " and " in name or (name[0].islower() and name.endswith("s"))
        return plural if pronoun == "they" else bool(_GROUP.search(name))
    if (_MALE if pronoun == "she" else _FEMALE).search(name):
        return False
    if _TITLED.search(name) or _ROLE.search(name):
        return not re.search(r" and |['’]s ", name)
    if _GROUP.search(name) or " and " in name or not name[0].isupper():
        return False
    # A single name is a person's when the article gave it with a first name before.
    first = rf"(?<!the )(?<!The )\b[A-Z][\w.’'-]+ (?:[A-Z]\. )?{re.escape(name)}\b"
    return " " in name or re.search(first, before) is not None


def _sayings(masked: str) -> Iterator[_Said]:
    """The attributions of a sentence whose quotations are masked."""
    for source in _ACCORDING.finditer(masked):
        if name := _phrase(masked, *source.span(1), is_source=True):
            aside = _ASIDE.match(masked, source.end())
            ends = aside.end() if aside else source.end()
            goes_on = masked.startswith(",", ends)
            rest = (ends, len(masked) if goes_on else ends)
            yield _Said(name, ((0, source.start()), rest))
    for verb in _SAYS.finditer(masked):
        after = _after(masked, verb)
        name = after if after and _LAST.fullmatch(masked, after[0]) else None
        name = name or _before(masked, verb.start()) or after
        if name and verb[0] == ":" and not re.fullmatch(_NAME, masked[slice(*name)]):
            continue
        if name and (scopes := _scopes(masked, name, verb)):
            yield _Said(name, scopes)


def _scopes(masked: str, name: Span, verb: re.Match[str]) -> tuple[Span, ...]:
    """What a speaker vouches for: the clause before the attribution, or after it, and quotes."""
    low, high = min(name[0], verb.start()), max(name[1], verb.end())
    lead, rest = masked[:low].rstrip(), masked[high:]
    quotes = tuple(m.span() for m in re.finditer(r"\0+", masked) if m.start() >= high)
    # “The talks were good” for both, she said at the door.
    by_quote = lead.rstrip(",").endswith("\0") or (lead[:1] == "\0" and lead.endswith(","))
    clause = lead.endswith(",") and len(lead.split()) > 3
    if name[0] > verb.start() or by_quote or (clause and _TAIL.match(rest)):
        return ((0, low), *quotes)
    if lead and re.match(r",(?!\s*\0)", rest):
        return ((0, low), (high, len(masked)))
    if re.match(r",?\s*\0", rest) and not verb[0].startswith("t"):
        return quotes
    if (_STRONG.fullmatch(verb[0]) and not _NO_LINK.match(rest)) or _LINK.match(rest):
        cut = _CUT.search(masked, high)
        return ((high, cut.start() if cut else len(masked)),)
    after_colon = masked[high:].partition("\0")[0].rstrip().endswith(":")
    return tuple((a, b) for a, b in quotes if after_colon or b - a > _LONG_QUOTE)


def _before(masked: str, verb: int) -> Span | None:
    """The subject right before a verb, over an apposition between commas."""
    edges = [0, *(m.end() for m in _EDGE.finditer(masked, max(0, verb - 400), verb))]
    pieces = [(a, b) for a, b in zip(edges, [*(e - 1 for e in edges[1:]), verb], strict=True)]
    if masked[slice(*pieces[-1])].strip():
        return _phrase(masked, *pieces[-1])
    for n in range(len(pieces) - 2, max(-1, len(pieces) - 6), -1):
        if masked[pieces[n][1]] != ",":
            return None
        name = _phrase(masked, *pieces[n])
        if name and n < len(pieces) - 2 and re.search(r"[A-Z]", masked[slice(*name)]):
            return name
        if not _APPOSED.match(masked, *pieces[n]):
            return None
    return None


def _after(masked: str, verb: re.Match[str]) -> Span | None:
    """The subject right after a verb: “…,” said the mayor."""
    lead = masked[: verb.start()].rstrip()
    if not lead.endswith((",", "\0")) or not re.fullmatch(r"(?!told|tells|call|descr)\w+", verb[0]):
        return None
    edge = _EDGE.search(masked, verb.end())
    end = edge.start() if edge else len(masked)
    stop = _STOP.search(masked, verb.end(), end)
    return _phrase(masked, verb.end(), stop.start() if stop else end)


def _phrase(masked: str, start: int, end: int, *, is_source: bool = False) -> Span | None:
    """The words between two places where they read as a speaker, trimmed."""
    if is_source:
        cut = _SOURCE_END.search(masked, start, end)
        end = cut.start() if cut else end
    else:
        lead = _LEAD.match(masked, start, end)
        start = lead.end() if lead else start
        adverb = _ADVERB.search(masked, start, end)
        end = adverb.start() if adverb else end
    # "an official who asked not to be named said": the official, not the whole clause.
    if who := re.compile(r" who \w+ \w+").search(masked, start, end):
        end = who.start()
    words = masked[start:end]
    start += len(words) - len(words.lstrip(" \n\t"))
    end -= len(words) - len(words.rstrip(" \n\t.!?"))
    words = _POSSESSED.sub("", masked[start:end])
    if not words or len(words.split()) > 12 or not re.search(r"\w\w", words):
        return None
    if not is_source and (_NO_PHRASE.search(words) or not _NOUN.match(words)):
        return None
    return start, end


def _is_quoted(masked: str) -> bool:
    return "\0" in masked and not re.search(r"\w", masked)


def _masked(article: Article, position: int) -> str:
    """A sentence with what stands in quotation marks, and the marks, as NUL characters."""
    text, sentence = article.text, article.sentences[position]
    first = article.sentences[max(0, position - _PARAGRAPH)].start
    start = max(first, text.rfind("\n", first, sentence.start) + 1)
    out, is_open = [], False
    for at in range(start, sentence.end):
        char = text[at]
        if char in "“„":
            is_open = True
        elif char == '"':
            before, after = text[at - 1 : at], text[at + 1 : at + 2]
            is_open = (not before or before.isspace() or before in "([—–-:") and not after.isspace()
        if at >= sentence.start:
            out.append("\0" if is_open or char in '“„”"' else char)
        if char == "”" or (char == '"' and not is_open):
            is_open = False
    return "".join(out)
