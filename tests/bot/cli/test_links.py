"""Links on the command line: fetched from hosts that the owner trusts, and known again."""

from pathlib import Path

import pytest

from bot.cli.articles import links_in
from bot.settings import Settings
from tests.conftest import Program, Run
from tests.index.web.sites import PROSE, page, redirect, site

OTHER = "A ferry stopped between the islands on Tuesday, with ninety people on board of it. " * 4


def test_links_are_added_beside_paths_and_known_again(empty: Program, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("It rained on Monday.")
    answers = {"/derna": page(), "/old": redirect("/derna"), "/ferry": page(OTHER)}
    with site(answers) as public:
        allowed = f"intranet.example, {public.host}"
        links = f"# of today\n{public.url}/ferry # a ferry\n\n{public.url}/none\n/etc/passwd\n"
        given = [str(tmp_path / "a.txt"), f"{public.url}/old", "--links", "-"]
        done = empty("add", *given, stdin=links.encode(), DATELINE_ALLOWED_HOSTS=allowed)
        assert done.returncode == 1
        for line in (
            f"added {tmp_path / 'a.txt'}: ",
            f"added {public.url}/old: ",
            f"added {public.url}/ferry: ",
            f"refused {public.url}/none: is not there (404)\n",
            "refused /etc/passwd: is no web address",
            "error: 2 articles refused; the rest is stored\n",
        ):
            assert line in done.stderr
        assert done.stdout.startswith("3 added, 2 refused; 3 without a date; 3 articles with ")
        shown = empty.json("show", f"{public.url}/derna")
        assert (shown["title"], shown["source"]) == ("Derna floods", "127.0.0.1")
        assert shown["url"] == f"{public.url}/derna"
        assert empty.json("show", f"{public.url}/old") == shown

        links_again = f"{public.url}/old", f"{public.url}/ferry"
        again = empty("add", *links_again, DATELINE_ALLOWED_HOSTS=allowed)
        assert again.stdout.startswith("2 unchanged; 3 articles")
        public.answers["/derna"] = page(PROSE + "The count rose.")
        options = "--title", "Derna"
        titled = empty("add", links_again[0], *options, DATELINE_ALLOWED_HOSTS=allowed)
        assert titled.stdout.startswith("1 updated; 1 without a date; 3 articles")
        private = empty("add", f"{public.url}/derna")
        assert "is at a port that is not the web's" in private.stderr


def test_a_list_of_links() -> None:
    lines = ["# old\n", "https://a.example/#b\n", " https://c.example/ # new\n", "\n", "x", "x"]
    assert links_in(lines) == ["https://a.example/#b", "https://c.example/", "x"]


def test_something_must_be_given_and_a_list_be_there(run: Run) -> None:
    assert run("add").stderr.startswith("error: give a path or a link, or --links FILE")
    missing = run("add", "--links", "no/such/file")
    assert missing.exit_code == 2
    assert "no/such/file" in missing.stderr


@pytest.mark.parametrize("contact", ["a b", "x\r\nX-Evil: 1", "ü@example.com", ""])
def test_a_contact_that_cannot_be_sent_is_refused(contact: str) -> None:
    with pytest.raises(ValueError, match="contact"):
        Settings(contact=contact)
    assert Settings(contact="https://example.com").trusted_hosts == frozenset()
