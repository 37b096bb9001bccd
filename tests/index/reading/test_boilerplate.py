"""Lines that are no sentences of the article: navigation, credits, stamps, headings."""

import pytest

from tests.index.reading.parsed import BODY, marked, read


class TestNavigation:
    @pytest.mark.parametrize(
        "line",
        [
            "Read More",
            "READ MORE: China's defence minister has not been seen. What is known",
            "Read more:Small-business owners support the rating",
            "More:Los Angeles school district hit by cyberattack",
            "**[Read more »](https://example.com/a)**",
            "WATCH: Blinken meets Wang in Malta",
            "VIDEO: Watch the full press conference",
            "Related: North Korea, Malaysia bar each other's citizens from leaving",
            "RELATED STORIES: What Malta meant",
            "ALSO READ: Oldest Historic Town in Every State",
            "Click here to see more photos of Dia de los Muertos celebrations.",
            "Sign up for CNN's Wonder Theory science newsletter. Explore the universe with news.",
            "Subscribe",
            "Subscribe to our YouTube channel",
            "Advertisement",
            "Story continues below.",
            "Share this article",
            "Photo: Reuters",
            "(Image credit: Nathan Howard/Getty Images)",
            "Follow Mike Snider on Twitter: @mikesnider.",
            "https://www.example.com/2023/09/18/blinken",
            "SABRES:Coach Don Granato has interim tag removed",
            "Will he resign?:What we know of the vote",
            "OPINION: It is time to leave",
            "Follow every game: Live scores",
            "Get our best stories in your inbox every morning",
            "More golf: https://example.com/golf and https://example.com/sports",
            "Reach the reporter at jane.doe@example.com or on Twitter @janedoe.",
            "Contributing: Jane Doe",
            "Jane Doe contributed to this report.",
            "JUST WATCHED Blinken meets Wang Replay More Videos ...",
            "Consider supporting our journalism and become a subscriber today.",
            "To support our journalism, pay what you like.",
            "Share this update",
            "Gift this story",
            "Listen to this article (7 min)",
            "31 comments",
            "Join the discussion",
            "Unsubscribe: https://example.com/leave",
            "{% include advert.html %}",
            '{{< figure src="wang.jpg" >}}',
        ],
    )
    def test_a_line_of_the_page_is_no_sentence(self, line: str) -> None:
        text = f"{BODY}\n{BODY}\n{BODY}\n{BODY}\n\n{line}\n\n{BODY}"
        found = "".join(words for kind, words in marked(text) if kind == "M")
        assert found.replace(" ", "") == line.replace(" ", "")
        assert marked(f"A headline\n\n{line}\n\n{BODY}")[1:] == [("M", line)]

    @pytest.mark.parametrize(
        "line",
        [
            "Read more slowly, the teacher told them.",
            "More than 11,300 people died: the dams had burst.",
            "Watch committees were formed: one in Paris.",
            "Related companies paid the fine.",
            "Advertisement spending fell by a tenth.",
            "Share prices fell on Monday.",
            "Subscribe, he said, or lose the house.",
            "Sign up for health insurance by Dec. 15, the agency said.",
            "Followers on Twitter doubled.",
            "The ministers met on Monday; read more: https://example.com/a",
            "The site is https://www.example.com/2023 and it was closed.",
            f"Video: a report misstated the source of a survey. {BODY}",
            "Montgomery:Two committees approved a bill on Wednesday.",
            "The vote ended 3:30 after the count, at 15:45 on Monday.",
            "He said to read the letter here and to reply.",
            "Support journalists in danger, the minister said.",
            "31 comments were deleted.",
            "Join the discussion group, he said, or leave it.",
            "To support our neighbours, we gave 5 million.",
        ],
    )
    def test_a_sentence_stays_one(self, line: str) -> None:
        text = f"{BODY}\n{BODY}\n{BODY}\n{BODY}\n\n{line}\n\n{BODY}"
        assert marked(text) == []

    def test_an_invitation_among_sentences(self) -> None:
        text = f"{BODY}\n\nHe left on Monday. Sign up here for the newsletter. Then it rained."
        assert marked(text) == [("M", "Sign up here for the newsletter.")]

    def test_furniture_is_no_headline(self) -> None:
        assert read(f"Advertisement\n\nBlinken meets Wang\n\n{BODY}").title == "Blinken meets Wang"
        assert read(f"WATCH: Blinken meets Wang\n\n{BODY}").title == "WATCH: Blinken meets Wang"

    def test_a_long_line_costs_little(self) -> None:
        assert len(marked("He left. Read more. " * 50_000)) == 50_000


class TestWhatIsNoSentence:
    """Credits, stamps and headings: below a heading stands the body."""

    @pytest.mark.parametrize(
        ("caption", "credit"),
        [
            ("The minister arrives in Valletta. ", "Jane Doe/Reuters"),
            ("Two meet on “neutral ground.” ", "JANE DOE/AFP/POOL/AFP via Getty Images"),
            ("They leave the hall. ", "Jane Doe via AP"),
            ("They leave the hall. ", "(Photo by Jane Doe / AFP) (Photo by JANE DOE/AFP)"),
            ("", "Jane Doe/The Northwest Daily News"),
        ],
    )
    def test_the_credit_of_a_photograph_not_its_caption(self, caption: str, credit: str) -> None:
        assert marked(f"{BODY}\n\n{caption}{credit}\n\n{BODY}") == [("M", credit)]

    @pytest.mark.parametrize(
        "stamp",
        [
            "6:36 pm ET",
            "3:35 p.m.",
            "Updated 11:30 a.m. EST",
            "14:05",
            "12 hr 4 min ago",
            "9.14am",
            "3h ago",
        ],
    )
    def test_the_time_of_a_live_blog(self, stamp: str) -> None:
        assert marked(f"{BODY}\n\n{stamp}\n\n{BODY}") == [("M", stamp)]

    @pytest.mark.parametrize(
        "heading",
        ["Talks resume in Malta", "What was said?", "Who is Han Zheng, 68?", "Background", "Malta"],
    )
    def test_a_heading(self, heading: str) -> None:
        assert marked(f"{BODY}\n\n{heading}\n\n{BODY}") == [("M", heading)]

    def test_a_numbered_heading(self) -> None:
        assert marked(f"{BODY}\n\n2. Malta\n\n{BODY}") == [("M", "2. Malta")]

    @pytest.mark.parametrize(
        "line",
        [
            "Born: 21 April 1926",
            "Alabama: 90",
            "Hawaii – $5.39",
            "Peaked at No. 8 in November 2005",
            "bread/milk",
            "He left at 6:36 p.m.",
            "“Will you resign?”",
            "He left.",
            "The minister said on Monday that he had met him,",
            "bread and milk",
            "The head of diplomacy left New York on Monday "
            + "after talks " * 8
            + "and two dinners",
        ],
    )
    def test_what_may_answer_stays(self, line: str) -> None:
        assert marked(f"{BODY}\n{BODY}\n{BODY}\n\n{line}\n\n{BODY}") == []

    def test_items_of_a_list_stay(self) -> None:
        assert marked(f"{BODY}\n\nMalta\nOslo\nParis\n\n{BODY}"[: -len(BODY) - 2]) == []

    def test_hostile_lines_cost_little(self) -> None:
        for line in ("a/" * 200, "A" * 399, "A " * 199, "a:" * 199, "1 h " * 99, "Get " * 100):
            marked(f"{BODY}\n{line}\n" * 500)
