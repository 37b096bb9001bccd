"""Sentences: golden cases as data, the promises on offsets as properties, hostile text by time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.segment import MAX_SENTENCE_CHARS, is_rule, split_sentences

# "‖" stands where one sentence ends and the next begins.
GOLDEN = {
    "quotations": [
        "The talks aim to “ensure that we manage it responsibly,” he said.",
        "“It works.” ‖ He left.",
        "“Will it work?” he asked. ‖ It did.",
        "“It works. ‖ It is good,” he said.",
        '"It works." ‖ He left.',
        "'It works!' ‖ He left.",
        "He said, “It works.” ‖ “It does?” she asked.",
        "They met (in May). ‖ (It rained.) ‖ They left.",
        "„Das ist gut.“ ‖ Er ging. ‖ „Wirklich?“ fragte sie.",
        "»Das ist gut.« ‖ Er ging.",
        "« Oui. » ‖ Il part. ‖ Élodie vient. ‖ À bientôt ! ‖ Ça va ?",
        "“... we will win,” he said. ‖ “… And we did.”",
        "I think so. ‖ “... We will win,” he said.",
        "She left.‖“We won,” he said. ‖ He agreed.‖‘Twice,’ he said.",
    ],
    "other scripts": [
        "今天很好！‖你好吗？‖很好。",
        "他走了！‖“好。”‖然后她走了。",
        "他说：“我去。”‖然后他走了。",
        "「行く。」と彼は言った。‖次の日。",
        "¿Qué pasa? ‖ ¡Nada! ‖ No sé.",
        "Это конец. ‖ Она ушла.",
        "यह अच्छा है। ‖ वह गया।",
        "ماذا حدث؟ ‖ لا شيء.",
        "Am 18. September kam er. ‖ Er blieb z.B. bis Mai.",
    ],
    "initials": [
        "CIA Director William J. Burns met J.K. Rowling. ‖ She left.",
        "John F. Kennedy and C. S. Lewis died that day.",
        "Edmund G. “Pat” Brown was governor. ‖ A.W. “Tom” Clausen was not.",
        "They chose Plan B. ‖ Officials were pleased.",
        "England won Group B. ‖ Wales did not.",
        "My wife and I went. ‖ So did he and I. ‖ Then we left.",
    ],
    "abbreviations": [
        "They live in the U.S. ‖ The next day the U.S. Senate voted.",
        "U.N. Secretary-General Guterres met the U.K. delegation.",
        "He works for the F.B.I. ‖ However, she does not.",
        "“We left the U.S. ‖ “We had to,” she said.",
        "Mr. Smith met Gen. Lee, Sen. Jane Roe (D-Calif.) and Dr. No.",
        "It opened on Sept. 18 at St. Mary’s. ‖ In Sept. 2023 it closed.",
        "Apple Inc. Chief Executive Tim Cook spoke. ‖ So did Ford Motor Co. ‖ The rest did not.",
        "He was No. 5 of Nos. 1 to 9. ‖ Was he first? ‖ No. ‖ He was not.",
        "Roe v. Wade and Ali vs. Frazier were decided.",
        "It starts at 8 a.m. Monday. ‖ It ends at 5 p.m. ‖ Tickets are free.",
        "It airs at 9 p.m. ET. ‖ Watch it.",
        "He lives in Tampa, Fla. ‖ He likes it.",
        "HAVANA, Fla. — The storm passed.",
        "UPDATED SEPT. 19 BY GOV. ABBOTT AND SEN. CRUZ. ‖ THEY MET IN LA. ‖ It rained.",
        "It wants 25,000 by 2030.⁴ ‖ A field costs 10³ euros.",
        "Martin Luther King Jr. Day is in Jan. ‖ It is a holiday.",
    ],
    "numbers and names": [
        "It cost $1.2 billion in 3.5 years. ‖ That is 40% of it.",
        "See www.example.com or https://example.com/a.b?c=d. ‖ Then go.",
        "In 2022. ‖ 15 people died in 2023.",
        "Apple’s iPhone sold well. ‖ iPhone sales rose.",
        "Yahoo! News reported it. ‖ Yahoo! ‖ It did.",
        "Msgr. Paul Roy met Spc. Ann Dee and Ald. Jo Fox. ‖ He was late.",
        "It cost €40.‖He paid it. ‖ It grew by 7%.‖Then it fell.",
        "Nobody came. ‖ el-Sisi left. ‖ It rained. ‖ van der Berg stayed.",
        "He lives at No. 5 and N°. 7. ‖ She met R. de Groot.",
        "Sie kam zum 2. Mal. ‖ Er wurde 3. ‖ Das reichte.",
        "The U.S. spent $5 on no. 7, i.e. too much, e.g. for St. Paul.",
    ],
    "lists": [
        "1. The first\n‖2. The second\n‖a) The third\n‖(4). The fourth",
        "• One thing. ‖ And more.\n‖• Another thing",
        "I. Introduction. ‖ It begins.",
    ],
    "ellipses": [
        "He waited ... and left. ‖ Well… ‖ Then he came back.",
        "He said [...] President Biden won. ‖ Nobody knows.",
        "Is this (?) Paris? ‖ It is!",
    ],
    "a space too few or too many": [
        "These are stumbling blocks.‖The meeting was long. ‖ Write to Jane.Doe@x.org.",
        "It ended .  ‖ He left ! ‖  She stayed.",
        "It was said.[12] ‖ It was denied.[3]",
    ],
    "fragments": [
        "He left. “ ! ”",
        "“ ! He left.",
        "Great! 😀\n‖She stayed.",
        "He left.\n‖* * *\n‖She stayed.\n)",
        "(\nHe left.",
    ],
    "lines": [
        "Blinken meets Han\n‖By Jane Doe\n‖He met him on Monday.\n\n‖It went well",
        "President Biden said it\n‖Officials denied it",
        "apples\n‖pears\n‖and oranges",
    ],
}
WRAPPED = """\
The head of American diplomacy Antony Blinken met Chinese Vice-President
Han Zheng in New York on Monday, arguing for the need for responsible
management of the tense relationship with Beijing. The talks went on for
two hours and included the situation in Ukraine and Taiwan, and then Mr.
Han left.

China and the United States are “committed to consultations” in
certain areas.
"""


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "marked", [case for cases in GOLDEN.values() for case in cases], ids=lambda case: case[:40]
)
def test_golden(marked: str) -> None:
    assert sentences(marked.replace("‖", "")) == [part.strip() for part in marked.split("‖")]


def test_hard_wrapped_lines_are_joined() -> None:
    found = [" ".join(sentence.split()) for sentence in sentences(WRAPPED)]
    assert [sentence.split()[0] for sentence in found] == ["The", "The", "China"]
    assert found[0].endswith("relationship with Beijing.")


HEADLINES = """\
Putin meets Xi in Moscow for the first time in over two years, he says
Storm kills dozens in Florida as the governor asks for help from others
Shares fall in Asia after the central bank raises its rate once again"""

ITEMS = """\
- the first of the items, which is long enough to be a line of its own
- the second of the items, which is long enough to be a line of its own"""

UNEVEN = """\
A line that is far shorter than the next and begins the block
and a line that goes on and on beyond what anyone would wrap at, to a hundred and more."""


@pytest.mark.parametrize("lines", [HEADLINES, ITEMS, UNEVEN])
def test_lines_that_end_by_choice_are_not_joined(lines: str) -> None:
    assert sentences(lines) == lines.split("\n")


def test_within_bounds_given() -> None:
    text = "Before. One sentence. Another one. After."
    start, end = text.index("One"), text.index(" After")
    assert [text[a:b] for a, b in split_sentences(text, start, end)] == [
        "One sentence.",
        "Another one.",
    ]
    assert split_sentences(text, 3, 3) == []


class TestLongSentences:
    def test_clause(self) -> None:
        clause = "word " * 30 + "word, "
        pieces = sentences(clause * 20)
        assert all(piece.endswith("word,") for piece in pieces)

    def test_space(self) -> None:
        assert all(piece.startswith("word") for piece in sentences("word " * 1_000))

    def test_hard(self) -> None:
        assert "".join(sentences("x" * 5_555)) == "x" * 5_555

    def test_no_character_is_taken_apart(self) -> None:
        family = "👩\u200d👩\u200d👧\u0301"
        pieces = sentences(family * 1_000)
        assert len(pieces) > 1
        assert all(piece[0] == "👩" and piece[-1] == "\u0301" for piece in pieces)


@pytest.mark.parametrize(("line", "drawn"), [("* * *", True), ("---", True), ("–", False)])
def test_is_rule(line: str, drawn: bool) -> None:
    assert is_rule(line, 0, len(line)) is drawn


NEWS_LIKE = st.lists(
    st.sampled_from(
        [
            *"aZ éÉ.!?…。「」“”\"'()[]«»-—*1\n\t\u00a0\u200b\u0301👍",
            "Mr. ",
            "U.S. ",
            "said ",
            "The ",
        ]
    ),
    max_size=60,
).map("".join)


@given(st.one_of(NEWS_LIKE, st.text(), NEWS_LIKE.map(lambda text: text * 40)))
def test_spans_are_ordered_disjoint_bounded_trimmed_and_cover_all(text: str) -> None:
    at = 0
    for start, end in split_sentences(text):
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert end - start <= MAX_SENTENCE_CHARS
        at = end
    assert not text[at:].strip()


@given(NEWS_LIKE, NEWS_LIKE, NEWS_LIKE)
def test_what_is_outside_the_bounds_does_not_matter(before: str, text: str, after: str) -> None:
    whole = before + text + after
    moved = split_sentences(whole, len(before), len(before) + len(text))
    assert [(a - len(before), b - len(before)) for a, b in moved] == split_sentences(text)


HOSTILE = {
    "opening quotation marks": "“",
    "brackets": "(",
    "full stops": ".",
    "full stops and spaces": ". ",
    "quoted full stops": '." ',
    "one word": "a",
    "words": "word ",
    "domain": "a.b",
    "abbreviations": "Mr. ",
    "initials": "A. ",
    "tabs": "x.\tx",
    "footnotes": ".[1",
    "lines of brackets": "(\n",
    "spaces": "a" + " " * 500 + ".",
    "accents": "\u0301",
    "ellipses": ". … ",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    started = time.process_time()
    split_sentences(text)
    assert time.process_time() - started < 5  # some 0.2 s; were it quadratic, minutes
