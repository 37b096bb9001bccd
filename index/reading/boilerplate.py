"""Lines of a web page that are not its article: "Read More", "Advertisement", a bare address.

Only a whole line is taken for one, and only where it is plainly one: a sentence of an article that
is lost is worse than a line too many that is ranked.
"""

import re

MAX_CHARS = 200

_AROUND = " \t*_#>|[]()•·»›→▶►…-–—"  # how markup and pages set such a line off
_ADDRESS = re.compile(r"<?(?:https?://|www\.)\S+>?")
_LINK = re.compile(r"!?\[(?P<label>[^\[\]]*)\]\(\S*\)")
_ON = r"(?: (?:on|via|to|by) (?:Twitter|X|Facebook|Instagram|LinkedIn|WhatsApp|Reddit|e-?mail))?"
_ALONE = re.compile(
    r"(?:read|see|show|load|view|watch|learn)(?: more| also| now| live| here| all"
    r"| video| the video)(?: here)?"
    r"|continue reading|keep reading|(?:click|tap) here"
    r"|advertisement|advertising|sponsored(?: content)?|skip advertisement"
    r"|(?:story|article)? ?continues below(?: (?:this )?ad(?:vertisement)?)?"
    r"|skip to (?:main )?content|back to top|jump to comments"
    rf"|(?:share|print|save|e-?mail|listen to)(?: this)? (?:article|story|page|post){_ON}"
    rf"|share{_ON}"
    r"|(?:leave|post|add) a comment|(?:view|show|hide)(?: all)? comments"
    r"|(?:related|recommended|trending|latest|more) (?:articles?|stor(?:y|ies)|content|coverage"
    r"|topics|links|news|videos?)|most (?:read|popular|viewed)"
    r"|more (?:on|from) this (?:story|topic)"
    r"|recommended for you|trending now|you (?:may|might) also like|editors?['’]? picks"
    r"|sign (?:up|in)|log in|subscribe(?: now| today| here)?|follow us|newsletters?",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:READ|Read)(?: (?:MORE|More|more|ALSO|Also|also|NEXT|Next|next))?(?: (?:on|here))?:.*"
    r"|(?:(?:ALSO|Also) (?:READ|Read|read)|(?:SEE|See) (?:ALSO|Also|also|MORE|More|more)"
    r"|(?:WATCH|Watch|LISTEN|Listen)(?: (?:LIVE|Live|live|NOW|Now|now|MORE|More|more))?"
    r"|GALLERY|Gallery|MORE|More"
    r"|(?:RELATED|Related)(?: (?:STORY|Story|story|STORIES|Stories|stories|ARTICLES?|[Aa]rticles?"
    r"|COVERAGE|[Cc]overage|NEWS|[Nn]ews|CONTENT|[Cc]ontent|LINKS?|[Ll]inks?|VIDEOS?|[Vv]ideos?))?"
    r"):.*"
    # A longer one tells what is to be seen.
    r"|(?:PHOTOS?|Photos?|VIDEOS?|Videos?|PODCAST|Podcast|Image|Picture)"
    r"(?: (?:[Cc]redit|[Cc]ourtesy|[Bb]y))?:.{0,80}"
    r"|(?:CLICK HERE|Click here)\b.*"
)
# A person may be told to sign up for a school; these are what a page wants one to sign up for.
_INVITING = re.compile(
    r"(?:sign up|subscribe)\b.*\b(?:newsletters?|inbox|e-?mails?|alerts|briefings?|podcasts?"
    r"|channel|updates|free trial|digital access|unlimited access|our|for free)\b.*"
    r"|follow .{1,60} on (?:twitter|x|facebook|instagram|youtube|tiktok|threads|linkedin)\b.{0,40}"
    r"|download (?:our|the [\w ]{1,30}) app\b.{0,60}"
    r"|get (?:the|our|more) .{1,100} (?:to|in) your inbox\b.{0,30}",
    re.IGNORECASE,
)


def is_furniture(line: str) -> bool:
    """Whether a line could be nothing else than a part of a page, so it is no headline either."""
    if len(line) > MAX_CHARS:
        return False
    bare = _LINK.sub(r"\g<label>", line).strip(_AROUND).rstrip(" .:!")
    return bool(_ALONE.fullmatch(bare) or _ADDRESS.fullmatch(line))


def is_navigation(line: str) -> bool:
    """Whether a line leads elsewhere: furniture, "READ MORE: …", "Sign up for our newsletter"."""
    if len(line) > MAX_CHARS:
        return False
    bare = _LINK.sub(r"\g<label>", line).strip(_AROUND)
    return is_furniture(line) or bool(_LABELLED.fullmatch(bare) or _INVITING.fullmatch(bare))


def line_around(text: str, start: int, end: int) -> str:
    """The line that a sentence is in; empty where it is in several, or in one too long."""
    first = text.rfind("\n", max(0, start - MAX_CHARS), start) + 1
    if not first and start > MAX_CHARS:
        return ""
    last = text.find("\n", end, first + 2 * MAX_CHARS)
    if last < 0:
        last = len(text)
    return "" if "\n" in text[start:end] or last - first > MAX_CHARS else text[first:last].strip()
