"""Lines that are in an article's text and are not its sentences.

They are parts of a web page ("Advertisement"), promotions of other articles ("READ MORE: …"), a
photograph's credit, a live blog's times and headings. A line counts as one of
these only where it is plainly one: a lost sentence is worse than a line too many that is ranked.

On the half of 100 real articles with 380 such lines marked by eye that nobody had looked at, all
136 lines found were right, of 197 (whole captions counted, which are kept by now). Of 8,382 gold
answers of the training questions 8 lie in such a line, 4 in a teaser, 2 in a heading. Beside each
pattern stands how many lines it finds in 3,000 articles of the news quiz.
"""

import re

_MAX_PROMOTION_CHARS = 200
_MAX_LINE_CHARS = 400
_MAX_HEADING_CHARS = 100

_AROUND = " \t*_#>|[]()•·»›→▶►👉➤…-–—"  # how markup and pages set such a line off
_ADDRESS = re.compile(r"<?(?:https?://|www\.)\S+>?")
_LINK = re.compile(r"!?\[(?P<label>[^\[\]]*)\]\(\S*\)")
_ON = r"(?: (?:on|via|to|by) (?:Twitter|X|Facebook|Instagram|LinkedIn|WhatsApp|Reddit|e-?mail))?"
_PAGE_PART = re.compile(  # 184
    r"(?:read|see|show|load|view|watch|learn)(?: more| also| now| live| here| all"
    r"| video| the video)(?: here)?"
    r"|continue reading|keep reading|(?:click|tap) here"
    r"|advertisement(?: \d{1,2})?|advertising|sponsored(?: content)?|skip advertisement"
    r"|article content|copy link|link copied|loading|excerpt"
    r"|(?:story|article)? ?continues below(?: (?:this )?ad(?:vertisement)?)?"
    r"|skip to (?:main )?content|back to top|jump to comments"
    r"|(?:share|print|save|e-?mail|listen to|gift)(?: this)? (?:article|story|page|post|update)"
    rf"{_ON}"
    r"(?: ?\(?\d{1,2} min(?:ute)?s?\)?)?"
    rf"|share{_ON}"
    r"|(?:leave|post|add) a comment|(?:view|show|hide)(?: all)? comments|\d+ comments?"
    r"|join the (?:conversation|discussion)"
    r"|(?:related|recommended|trending|latest|more) (?:articles?|stor(?:y|ies)|content|coverage"
    r"|topics|links|news|videos?)|most (?:read|popular|viewed)"
    r"|more (?:on|from) this (?:story|topic)"
    r"|recommended for you|trending now|you (?:may|might) also like|editors?['’]? picks"
    r"|sign (?:up|in)|log in|subscribe(?: now| today| here)?|unsubscribe|follow us|newsletters?"
    r"|\{%.*%\}|\{\{.*\}\}",  # what a template left
    re.IGNORECASE,
)
_LABELLED = re.compile(  # 1,088
    r"(?:read(?: more| also| next)?(?: on| here)?|also read|see (?:also|more)|gallery"
    r"|(?:watch|listen)(?: live| now| more)?|more(?: updates)?|follow .{1,40}(?=: (?:latest|live))"
    r"|related(?: (?:story|stories|articles?|coverage|news|content|links?|videos?))?"
    r"|analysis|exclusive|newsletter|opinion|unsubscribe|stay up[ -]to[ -]date"
    r"):.*"
    # A longer one tells what is to be seen.
    r"|(?:photos?|videos?|podcast|image|picture|graphics?|interactive)"
    r"(?: (?:credit|courtesy|by))?:.{0,80}"
    r"|click here\b.*",
    re.IGNORECASE,
)
# A link under a label, as some sites join them: "SABRES:Coach has his interim tag removed". 1,637.
_TEASER = re.compile(r"[^\W_][^:]{1,60}:(?=[‘'“\"]?[A-Z]).*[^.…:]|STORY: .*")
# A person may be told to sign up for a school; these are what a page wants one to sign up for.
_INVITING = re.compile(  # 1,006
    r"share this (?:story|article|post|page) ?:.*"
    r"|(?:this|the|your) (?:advertisement|ad|video|content|browser) (?:has not loaded"
    r"|(?:has )?failed to load|does(?: not|n['’]t) support|could not be (?:loaded|played))\b.*"
    r"|(?:we apologi[sz]e|sorry),? (?:but )?(?:this|the|your) (?:video|content|browser)\b.*"
    r"|(?:please )?(?:enable|turn on) javascript\b.*"
    r"|we (?:value|respect) your privacy\b.*|(?:we|this (?:web)?site) uses? .{0,40}\bcookies\b.*"
    r"|(?:you can )?(?:sign up|subscribe)\b.*\b(?:newsletters?|inbox|e-?mails?|alerts|briefings?"
    r"|podcasts?|channel|updates|free trial|digital access|unlimited access|our|for free|here)\b.*"
    r"|follow .{1,60} on (?:twitter|x|facebook|instagram|youtube|tiktok|threads|linkedin)\b.{0,40}"
    r"|download (?:our|the [\w ]{1,30}) app\b.{0,60}"
    r"|(?:you can )?get .{1,100} (?:to|in) your inbox\b.*"
    r"|read .{1,60} here\.?|find out more (?:here|in our story)\.?|check your local forecast.{0,10}"
    r"|(?:consider |to )?support(?:ing)? (?:our )?journalism\b.*"
    r"|more .{1,60}: https?://.*|.{0,40}\b(?:reach|contact|e-?mail) .{1,100}\S@\S.*"
    r"|contributing: .*|.{0,100}\bcontributed to this (?:article|report|story)\b.{0,5}"
    r"|this (?:article|story) (?:has been|was) updated\b.{0,60}"
    r"|(?:just|must) watch(?:ed)?\b.*|.*\breplay more videos\b.*|video ad feedback\b.*",
    re.IGNORECASE,
)
_STAMP = re.compile(  # 198
    r"(?:(?:posted|published|updated):? )?(?:at )?"
    r"(?:\d{1,2}(?:[:.]\d{2})? ?[ap]\.?m\b\.?|\d{1,2}:\d{2})(?: [A-Z]{1,4})?"
    r"|(?:\d{1,3} ?(?:days?|h(?:ou)?rs?|min(?:ute)?s?|[dhm]),? ?){1,2}ago",
    re.IGNORECASE,
)
_AGENCY = (
    r"(?:Adobe Stock|AFP|Alamy|AP|Bloomberg|CNN|Getty(?: Images)?|Pool|Reuters|Shutterstock"
    r"|USA T(?:ODAY|oday)(?: Network| Sports)?)"
)
_CREDIT = re.compile(  # 67 alone, and more behind a caption
    r"\(?(?:(?:[A-Z][\w.’'-]*(?: [\w.’'-]+){0,5}/)+[A-Z][\w.’'/ -]{1,50}"
    rf"|[A-Z][\w.’' -]{{1,40}} ?(?:/|via|for) ?{_AGENCY})\)?|(?:\(Photo by [^()]{{1,60}}\) ?)+"
)
_NUMBER = re.compile(r"\d{1,2}[.)] ")
# With one, what looks like a heading may be a fact, "Born: 21 April", or a caption with its credit.
# Of 7,002 lines that would be headings 1,327 have one.
_TELLS = re.compile(r"[\d:]|[a-z]{3}\.[”\"]? ")
_NEXT_LINE = re.compile(r"\s*(?P<line>.*)")


def is_page_part(line: str) -> bool:
    """Whether a line could be nothing else than a part of a page, so it is no headline either."""
    if len(line) > _MAX_PROMOTION_CHARS:
        return False
    return bool(_PAGE_PART.fullmatch(_bare(line).rstrip(" .:!")) or _ADDRESS.fullmatch(line))


def is_promotion(line: str) -> bool:
    """Whether a line leads elsewhere: furniture, "READ MORE: …", "Sign up for our newsletter"."""
    if len(line) > _MAX_PROMOTION_CHARS:
        return False
    bare = _bare(line)
    labelled = bare[:1].isupper() and _LABELLED.fullmatch(bare)
    return bool(labelled or _TEASER.fullmatch(bare)) or is_invitation(line)


def is_invitation(sentence: str) -> bool:
    """Whether all that a sentence says is to read, follow or sign up for something."""
    if len(sentence) > _MAX_PROMOTION_CHARS:
        return False
    return is_page_part(sentence) or _INVITING.fullmatch(_bare(sentence)) is not None


def is_credit(sentence: str) -> bool:
    """Whether a sentence only says whose the photograph above is; the caption says something."""
    return len(sentence) <= _MAX_PROMOTION_CHARS and _CREDIT.fullmatch(sentence) is not None


def is_no_sentence(line: str, below: str) -> bool:
    """Whether a line of the text is none of the article's sentences; ``below`` is the next one."""
    if not line:
        return False
    return bool(_STAMP.fullmatch(line)) or is_promotion(line) or _is_heading(line, below)


def line_and_next(text: str, start: int, end: int) -> tuple[str, str]:
    """The line that a sentence is in, and the next; both empty where it is in several lines.

    A line too long to be of any kind told apart here is empty too, as is the one below a line too
    long to be a heading.
    """
    first = text.rfind("\n", max(0, start - _MAX_LINE_CHARS), start) + 1
    if not first and start > _MAX_LINE_CHARS:
        return "", ""
    last = text.find("\n", end, first + _MAX_LINE_CHARS)
    if last < 0:
        last = len(text)
    if "\n" in text[start:end] or last - first > _MAX_LINE_CHARS:
        return "", ""
    below = _NEXT_LINE.match(text, last) if last - first <= _MAX_HEADING_CHARS else None
    return text[first:last].strip(), below["line"].rstrip() if below else ""


def _bare(line: str) -> str:
    return _LINK.sub(r"\g<label>", line).strip(_AROUND)


def _is_heading(line: str, below: str) -> bool:
    """Whether a line that is no sentence, or a question, stands over one that ends as they do."""
    line = _NUMBER.sub("", line, count=1)
    if len(line) > _MAX_HEADING_CHARS or len(below) < 40 or below[-1] not in '.!?”"’':
        return False
    is_label = line[-1:].isalnum() and line[0].isupper() and not _TELLS.search(line)
    return is_label or line[-1:] == "?"
