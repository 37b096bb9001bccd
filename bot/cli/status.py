"""Whether all is well: the corpus, what is in it, and the set-up around it."""

from typing import Any

import click

from bot.cli import setup_checks
from bot.cli.options import Chosen, print_json, shared
from bot.cli.progress import ProgressBar
from bot.cli.terminal import Column, draw, draw_table, line, part
from index import CorpusDamaged, EmptyCorpus

_FACTS = (Column("what"), Column("is"))
_FOUND = (Column("state"), Column("check"), Column("found"), Column("do", least=70))


@click.command()
@shared
def verify(chosen: Chosen) -> None:
    """Check every hash, offset and vector of the corpus."""
    with ProgressBar("verifying", "articles", note="verifying"):
        damages = chosen.corpus.verify()
    if not damages and not chosen.known_corpus.exists:
        raise EmptyCorpus(
            f"there is nothing to verify yet: no corpus {chosen.corpus_name!r}; "
            "add articles with: dateline add PATH"
        )
    if chosen.as_json:
        found = [{"what": damage.what, "mend": damage.mend} for damage in damages]
        print_json({"schema_version": 1, "sound": not damages, "damages": found})
    elif damages:
        for damage in damages:
            draw([line(part(damage.what)), line(part(damage.mend, "dim"), indent=2)])
    else:
        click.echo(f"The corpus {chosen.corpus_name!r} is sound.")
    if damages:
        raise CorpusDamaged(f"{len(damages)} found in {chosen.corpus_name!r}; {damages[0].mend}")


@click.command()
@shared
def info(chosen: Chosen) -> None:
    """Say what is in the corpus."""
    facts = facts_of(chosen)
    if chosen.as_json:
        print_json(facts)
        return
    version, model = "none yet", f"none yet; the first add takes {chosen.settings.model}"
    if made := facts["model"]:
        version = facts["corpus_version"]
        model = f"{made['name']} ({made['runtime']}, {made['precision']})"
    rows = [
        ["home", facts["home"]],
        ["corpus", " on ".join(filter(None, (facts["corpus"], facts["server"])))],
        ["version", version],
        ["articles", f"{facts['articles']:,}"],
        ["sentences", f"{facts['sentences']:,}"],
        ["size", f"{facts['bytes'] / 1e6:,.1f} MB"],
        ["model", model],
    ]
    draw_table(_FACTS, rows)


@click.command()
@shared
def doctor(chosen: Chosen) -> int:
    """Find what is wrong with the set-up: folders, disk, models, token, port."""
    found = list(setup_checks.examine(chosen))
    wrong = [one for one in found if one[-1] is not None]
    if chosen.as_json:
        checks = [
            {"check": name, "ok": remedy is None, "found": what, "do": remedy}
            for name, what, remedy in found
        ]
        print_json({"schema_version": 1, "sound": not wrong, "checks": checks})
    else:
        draw_table(
            _FOUND,
            [
                ["ok" if remedy is None else "WRONG", name, what, remedy or ""]
                for name, what, remedy in found
            ],
        )
    for name, what, remedy in wrong[:1]:
        click.echo(f"error: {name}: {what}; {remedy}", err=True)
    return 1 if wrong else 0


def facts_of(chosen: Chosen) -> dict[str, Any]:
    """What ``info --json`` prints."""
    with chosen.known_corpus.snapshot() as view:
        manifest = chosen.home.models.manifest(view.model_id) if view.model_id else None
        return {
            "schema_version": 1,
            "home": str(chosen.home.path),
            "corpus": chosen.corpus_name,
            "server": chosen.home.address and chosen.home.address.server,
            "corpus_version": view.corpus_version,
            "articles": view.article_count,
            "sentences": view.sentence_count,
            "bytes": chosen.corpus.size(),
            "model": manifest
            and {
                "id": manifest.id,
                "name": manifest.name,
                **manifest.config.model_dump(include={"runtime", "precision", "dimensions"}),
            },
        }
