"""Draw the README's pictures from the real program over the examples.

python docs/make_pictures.py   docs/session.svg and docs/discord-card.svg
"""

import sys
from pathlib import Path

# It runs as a file too, without Dateline installed.
sys.path.insert(0, str(Path(__file__).parent.parent))

import io
import shutil
import tempfile
from unittest.mock import patch

import click
from click.testing import CliRunner
from rich.console import Console
from rich.text import Text

from bot.cli.main import dateline
from bot.cli.options import Chosen
from bot.discord.delivery import Card
from bot.discord.views.answers import answer_card, scope
from bot.discord.views.buttons import answer_buttons
from docs.card_picture import drawn
from docs.console_blocks import COLUMNS, REPOSITORY, workplace
from index import Filters
from retrieval import Question

DOCS = REPOSITORY / "docs"
SESSION = (
    "where did Blinken meet Han Zheng",
    "when was Qin Gang removed",
    "who found water on Mars",
)
CARD = "where did Blinken meet Han Zheng"


@click.command()
def make() -> None:
    """Draw the pictures."""
    work = Path(tempfile.gettempdir(), "dateline-docs")
    home, folder = work / "home", work / "examples-of"
    shutil.rmtree(home / "corpora", ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True)
    with workplace(home, folder) as runner:
        added = runner.invoke(dateline, ["add", "examples/articles"])
        if added.exit_code:
            raise click.ClickException(added.output)
        (DOCS / "session.svg").write_text(session(runner), "utf-8")
        (DOCS / "discord-card.svg").write_text(card(home), "utf-8")


def session(runner: CliRunner) -> str:
    """A terminal in which some questions are asked, as SVG."""
    terminal = Console(
        record=True, width=COLUMNS, file=io.StringIO(), markup=False, emoji=False, highlight=False
    )
    with patch("bot.cli.terminal.console", return_value=terminal):
        for number, question in enumerate(SESSION):
            if number:
                terminal.print()
            terminal.print(Text.assemble(("$ ", "bold cyan"), f"dateline ask {question}"))
            runner.invoke(dateline, ["ask", *question.split()])
    return terminal.export_svg(
        title="dateline",
        code_format=_TERMINAL,
        unique_id="session",
        font_aspect_ratio=0.602,
    )


def card(home: Path) -> str:
    """An answer's card as Discord is sent it, as SVG."""
    chosen = Chosen()
    chosen.home_folder = str(home)
    answer = chosen.engine_of(chosen.corpus).ask(Question(CARD))
    embed = answer_card(answer, scope(Filters(), ""))
    sent = Card(embed, answer_buttons(answer, Filters(), private=False))
    return drawn(embed.to_dict(), sent.view.to_components() if sent.view else [])


# Rich's own template loads its font from the network.
_TERMINAL = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" \
xml:space="preserve" role="img" \
aria-label="A terminal session: questions, answers, citations">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font: bold 18px Helvetica, Arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""

if __name__ == "__main__":
    make()
