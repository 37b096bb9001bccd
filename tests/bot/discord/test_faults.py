"""What goes wrong between the bot and Discord: each ends with one answer or one clear message.

Never with two: also where Discord does what it was asked for, and then says that it did not.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.discord import direct_messages, service
from tests.bot.discord.running import (
    AT_BOT,
    HAN,
    Running,
    by_mention,
    drive,
    driven,
    one,
    settled,
    soon,
    visible,
    with_text,
)
from tests.discord_standin.server import NEWSROOM, Fault, Invocation, text_of
from tests.discord_standin.trouble import ALWAYS, broken, cut, limited, slow
from tests.discord_standin.world import READER

pytestmark = pytest.mark.usefixtures("quick")

CALLBACK, WEBHOOK, MESSAGES, ALL = "/callback", "/webhooks/", "/messages", "/api/"
# Refused before it came to Discord, by what stands before it.
BANNED = {"Retry-After": "0.02"}

Make = Callable[[], Fault]


# -- one way of asking after another, and one fault after another ---------------------------------


FAULTS: dict[str, Make] = {
    "429 of the route, first answer": lambda: limited("POST", CALLBACK),
    "429 of all routes, first answer": lambda: limited("POST", CALLBACK, "global"),
    "429 of what is shared, first answer": lambda: limited("POST", CALLBACK, "shared"),
    "429 without Via, first answer": lambda: Fault("POST", CALLBACK, 429, {}, BANNED),
    "429 of the route, edit": lambda: limited("PATCH", WEBHOOK, times=3),
    "429 of all routes, edit": lambda: limited("PATCH", WEBHOOK, "global", times=3),
    "429 of what is shared, edit": lambda: limited("PATCH", WEBHOOK, "shared", times=3),
    "429 without Via, edit": lambda: Fault("PATCH", WEBHOOK, 429, {}, BANNED, 3),
    "500 first answer": lambda: broken("POST", CALLBACK, 500),
    "502 first answer": lambda: broken("POST", CALLBACK, 502),
    "503 first answer": lambda: broken("POST", CALLBACK, 503),
    "500 after the first answer": lambda: broken("POST", CALLBACK, 500, after=True),
    "503 after the first answer": lambda: broken("POST", CALLBACK, 503, after=True),
    "500 edit": lambda: broken("PATCH", WEBHOOK, 500),
    "502 edit": lambda: broken("PATCH", WEBHOOK, 502, times=6),
    "503 edit": lambda: broken("PATCH", WEBHOOK, 503, times=6),
    "503 after the edit": lambda: broken("PATCH", WEBHOOK, 503, times=6, after=True),
    "cut first answer": lambda: cut("POST", CALLBACK),
    "cut after the first answer": lambda: cut("POST", CALLBACK, after=True),
    "cut edit": lambda: cut("PATCH", WEBHOOK, times=3),
    "cut after the edit": lambda: cut("PATCH", WEBHOOK, times=3, after=True),
    "slow first answer": lambda: slow("POST", CALLBACK, 0.15),
    "slow edit": lambda: slow("PATCH", WEBHOOK, 0.15),
}


@pytest.mark.parametrize("fault", FAULTS)
@driven
async def test_a_command_has_one_answer(run: Running, fault: str) -> None:
    made = FAULTS[fault]()
    run.discord.faults.append(made)
    asked = await run.discord.invoke("ask", {"question": "in Washington"})
    await settled(run, lambda: asked.message)
    one(run, "## Washington")
    assert made.struck
    run.discord.rejected.clear()  # a first answer that was taken before it was repeated


@pytest.mark.parametrize("fault", FAULTS)
@driven
async def test_a_button_has_one_answer(run: Running, fault: str) -> None:
    asked = await run.discord.ask("in Washington")
    made = []
    clicked: list[Invocation] = []
    for label in ("Context", "More", "👍"):
        made.append(FAULTS[fault]())
        run.discord.faults[:] = made[-1:]
        clicked.append(await run.discord.click(asked, label))
        await run.discord.until(lambda: clicked[-1].message)
    await settled(run, lambda: all(one.message for one in clicked))
    assert len(visible(run)) == 4
    assert all(one.struck for one in made)
    run.discord.rejected.clear()


@pytest.mark.parametrize("fault", [name for name in FAULTS if "first" in name])
@driven
async def test_what_is_typed_has_its_choices(run: Running, fault: str) -> None:
    made = FAULTS[fault]()
    run.discord.faults.append(made)
    typed = await run.discord.invoke("ask", {"article": "bl"}, focused="article")
    await settled(run, lambda: typed.choices)
    assert [choice["name"] for choice in typed.choices or []] == ["Blinken meets Han"]
    assert made.struck
    run.discord.rejected.clear()


async def asked_privately(run: Running) -> Invocation:
    options = {"question": "in Washington", "private": True}
    return await (await run.discord.invoke("ask", options)).answer()


def can_be_shared(asked: Invocation) -> bool:
    return "dl:share" in str((asked.message or {})["components"])


@pytest.mark.parametrize("fault", FAULTS)
@driven
async def test_an_answer_is_shared_once(run: Running, fault: str) -> None:
    asked = await asked_privately(run)
    made = FAULTS[fault]()
    run.discord.faults.append(made)
    await run.discord.click(asked, "Share")
    await settled(run, lambda: made.struck and not can_be_shared(asked))
    assert len(with_text(run, "Shared by")) == 1
    assert len(visible(run)) == 2
    run.discord.rejected.clear()  # a first answer that was taken before it was repeated


@driven
async def test_an_answer_that_could_not_be_shared_can_be_shared_again(run: Running) -> None:
    asked = await asked_privately(run)
    run.discord.faults.append(broken("POST", CALLBACK, 403))
    await run.discord.click(asked, "Share")
    await settled(run, lambda: with_text(run, "Something went wrong"))
    assert not with_text(run, "Shared by")
    again = await run.discord.click(asked, "Share")
    await settled(run, lambda: not can_be_shared(asked))
    with pytest.raises(AssertionError, match="Share"):
        await run.discord.click(asked, "Share")
    assert with_text(run, "Shared by") == [again.message]


@driven
async def test_an_answer_that_keeps_its_button_is_not_shared_again(run: Running) -> None:
    asked = await asked_privately(run)
    run.discord.faults.append(broken("PATCH", WEBHOOK, 403))
    await run.discord.click(asked, "Share")
    await settled(run, lambda: with_text(run, "Shared by"))
    again = await (await run.discord.click(asked, "Share")).answer()
    assert again.text == "This answer has been shared already, or is being shared now."
    assert len(with_text(run, "Shared by")) == 1
    assert len(visible(run)) == 3


SENDING: dict[str, Make] = {
    "429 of the route": lambda: limited("POST", MESSAGES, times=3),
    "429 of all routes": lambda: limited("POST", MESSAGES, "global", times=3),
    "429 of what is shared": lambda: limited("POST", MESSAGES, "shared", times=3),
    "429 without Via": lambda: Fault("POST", MESSAGES, 429, {}, BANNED, 3),
    "500": lambda: broken("POST", MESSAGES, 500, times=6),
    "502": lambda: broken("POST", MESSAGES, 502, times=6),
    "503": lambda: broken("POST", MESSAGES, 503, times=6),
    "500 after": lambda: broken("POST", MESSAGES, 500, times=6, after=True),
    "503 after": lambda: broken("POST", MESSAGES, 503, times=3, after=True),
    "cut": lambda: cut("POST", MESSAGES, times=3),
    "cut after": lambda: cut("POST", MESSAGES, times=3, after=True),
    "slow": lambda: slow("POST", MESSAGES, 0.15),
}


@pytest.mark.parametrize("fault", SENDING)
@pytest.mark.parametrize("as_reply", [False, True])
@driven
async def test_a_message_has_one_reply(run: Running, fault: str, *, as_reply: bool) -> None:
    asked = await run.discord.ask("in Washington") if as_reply else None
    made = SENDING[fault]()
    run.discord.faults.append(made)
    said = await run.discord.say("and in York" if asked else f"{AT_BOT} in York", to=asked)
    await settled(run, lambda: run.discord.replies(said) and made.struck)
    (reply,) = run.discord.replies(said)
    assert "## York" in text_of(reply)
    assert len(visible(run)) == 1 + as_reply


@driven
async def test_typing_that_is_refused_does_not_keep_from_answering(run: Running) -> None:
    run.corpus.asking.clear()
    refusal = broken("POST", "/typing", 503)
    run.discord.faults.append(refusal)
    await by_mention(run)
    await soon(lambda: refusal.struck)
    run.corpus.asking.set()
    await settled(run, lambda: visible(run))
    one(run, "## Washington")


# -- a minute without Discord --------------------------------------------------------------------


async def outage(run: Running, ask: Callable[[], Awaitable[Any]]) -> None:
    """Let Discord be out of order for a minute from when something is asked."""
    await run.discord.gateway_end.ready(None)
    out = broken("*", ALL, times=ALWAYS)
    run.discord.faults.append(out)
    await ask()
    await soon(lambda: out.struck >= 3)
    run.discord.world.clock.advance(60)
    run.discord.faults.clear()


@pytest.mark.parametrize("private", [False, True])
@driven
async def test_a_command_in_an_outage_is_answered_after_it(run: Running, *, private: bool) -> None:
    options = {"question": "in Washington", "private": private}
    await outage(run, lambda: run.discord.invoke("ask", options))
    # Its token has died meanwhile: what was private is told privately.
    own = run.discord.world.direct_channel(READER)
    where = own if private else run.discord.world.guilds[NEWSROOM].general
    await settled(run, lambda: run.discord.messages.in_channel(where))
    one(run, "## Washington")
    run.discord.rejected.clear()


@driven
async def test_an_answer_that_is_ready_in_an_outage_comes_after_it(run: Running) -> None:
    run.corpus.asking.clear()
    asked = await run.discord.invoke("ask", {"question": "in Washington"})
    await asked.until(lambda it: it.answered == 5)

    async def ready() -> None:
        run.corpus.asking.set()

    await outage(run, ready)
    await settled(run, lambda: asked.message)
    one(run, "## Washington")


@driven
async def test_a_button_in_an_outage_is_answered_after_it(run: Running) -> None:
    asked = await run.discord.ask("in Washington")
    await outage(run, lambda: run.discord.click(asked, "Context"))
    own = run.discord.world.direct_channel(READER)
    await settled(run, lambda: run.discord.messages.in_channel(own))
    assert len(with_text(run, f"**{HAN}**")) == 1
    assert len(visible(run)) == 2
    run.discord.rejected.clear()


@driven
async def test_an_answer_is_shared_after_an_outage(run: Running) -> None:
    asked = await asked_privately(run)
    await outage(run, lambda: run.discord.click(asked, "Share"))
    await settled(run, lambda: with_text(run, "Shared by"))
    assert len(visible(run)) == 2
    again = await (await run.discord.click(asked, "Share")).answer()
    assert "shared already" in again.text
    run.discord.rejected.clear()


@driven
async def test_a_message_in_an_outage_is_answered_after_it(run: Running) -> None:
    await outage(run, lambda: run.discord.say(f"{AT_BOT} in Washington"))
    await settled(run, lambda: visible(run))
    one(run, "## Washington")


# -- who is a member -----------------------------------------------------------------------------


MEMBER_FAULTS: dict[str, Make] = {
    "503": lambda: broken("GET", "/members/", times=ALWAYS),
    "cut": lambda: cut("GET", "/members/", times=ALWAYS),
    "slow": lambda: slow("GET", "/members/", 3.0),
}


@pytest.mark.parametrize("fault", MEMBER_FAULTS)
def test_who_cannot_be_told_from_others_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(direct_messages, "_BELIEVED", 0.0)
    monkeypatch.setattr(service, "CLICK_SECONDS", 0.3)
    monkeypatch.setattr(service, "MESSAGE_SECONDS", 0.3)

    async def test(run: Running) -> None:
        await run.discord.ask("in Washington")
        asked = await run.discord.ask("in Washington", guild=None)
        run.discord.faults.append(MEMBER_FAULTS[fault]())
        clicked = await (await run.discord.click(asked, "Context")).answer()
        replied = await run.discord.reply(await run.discord.say("in New York", guild=None))
        for told in (clicked.text, text_of(replied)):
            assert told.startswith("Discord does not say just now whether you are in the server")
        run.discord.faults.clear()
        context = await (await run.discord.click(asked, "Context")).answer()
        assert f"**{HAN}**" in context.text

    drive(tmp_path, test)


# -- at the pace of the real Discord ---------------------------------------------------------------


@pytest.mark.parametrize("times", [2, 3, 4])
def test_errors_in_a_row_leave_time_for_a_first_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    monkeypatch.undo()  # the waits of discord.py, too

    async def test(run: Running) -> None:
        run.discord.faults.append(broken("POST", CALLBACK, times=times))
        asked = await run.discord.invoke("ask", {"question": "in Washington"})
        await asked.until(lambda it: it.message)
        assert asked.first
        assert asked.first < 2
        run.discord.faults.append(broken("POST", CALLBACK, times=times))
        assert (await (await run.discord.click(asked, "Ask on")).answer()).form
        one(run, "## Washington")

    drive(tmp_path, test)
