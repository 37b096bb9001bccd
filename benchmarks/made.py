"""Articles made up for measuring: any number, each in any number of editions, all different.

Each states one fact of its own near its top, which a question asks for; the rest is filler whose
sentences recur in other articles, as they do in the news.
"""

import datetime as dt
import random
from collections.abc import Sequence

from index import ArticleInput, Incoming, accept

_FIRST_TEXT = """
Ada Boris Clara Dmitri Elena Farid Greta Hugo Ines Jonas Katya Liam Mira Nils Olga Pablo Quinn
Rosa Stefan Tessa Umar Vera Walter Xenia Yusuf Zelda Anton Bianca Cyril Dora Emil Fiona Gustav
Helga Igor Judith Kaspar Leila Marek Nadia Otto
"""
_FIRST = _FIRST_TEXT.split()
_LAST_TEXT = """
Marlow Okafor Lindqvist Baptiste Novak Ferreira Haddad Ishikawa Jansen Kowalski Larsen Moretti
Nakamura Oduya Petrov Quispe Rahman Sorensen Takeda Ulrich Vasquez Weber Xiang Yilmaz Zamora
Abbott Brandt Castellan Dekker Eriksen Fontaine Grady Holloway Ivanova Jovanovic Kessler Lombard
Mendes Norling Ostrow Pereira Quigley Rossi Szabo Thorne Underhill Vance Whitlock Yates Zeller
"""
_LAST = _LAST_TEXT.split()
_TOWNS_TEXT = """
Kelso Varna Tromso Evora Lodz Ghent Turku Split Bergen Cork Graz Basel Malmo Porto Siena Ulm Vaduz
Ystad Zadar Bath Delft Esbjerg Faro Gdansk Haifa Izmir
"""
_TOWNS = _TOWNS_TEXT.split()
_THINGS_TEXT = """
bridge library harbour museum tramway hospital theatre school observatory market stadium archive
reservoir lighthouse ferry garden
"""
_THINGS = _THINGS_TEXT.split()
_FILLER = (
    "The work took {n} years and cost {m} million crowns.",
    "Residents had asked for it since the flood of {y}.",
    "“We waited a long time for this day,” said {first} {last}, who lives nearby.",
    "Some {m} people came in spite of the rain.",
    "Critics say that the money would have been better spent on roads.",
    "The council votes on the next part in {y}.",
    "A spokesman for the ministry declined to comment.",
    "It is the largest project of its kind since {y}.",
    "Traffic through {town} was stopped for {n} hours.",
    "The builders found {m} coins from the year {y} under the ground.",
)


def fact(number: int) -> tuple[str, str, str]:
    """Who opened what where, for an article; no two of the first 2,050 share the who."""
    who = f"{_FIRST[number % len(_FIRST)]} {_LAST[number // len(_FIRST) % len(_LAST)]}"
    return who, _THINGS[number * 7 % len(_THINGS)], _TOWNS[number * 11 % len(_TOWNS)]


def question(number: int) -> str:
    """What to ask for the fact of an article."""
    who, thing, _ = fact(number)
    return f"Where did {who} open the {thing}?"


def article(number: int, edition: int = 1, sentences: int = 5) -> Incoming:
    """An article by its number; every edition has other words, and the same fact."""
    who, thing, town = fact(number)
    chance = random.Random(f"{number}/{edition}")
    day = dt.date(2020, 1, 1) + dt.timedelta(days=number)
    lines = [f"{who} opened the {thing} in {town} on {day:%A} as visitor number {edition} of it."]
    lines += [
        chance.choice(_FILLER).format(
            n=chance.randint(2, 12),
            m=chance.randint(13, 900),
            y=chance.randint(1890, 2030),
            first=chance.choice(_FIRST),
            last=chance.choice(_LAST),
            town=chance.choice(_TOWNS),
        )
        for _ in range(sentences - 1)
    ]
    made = ArticleInput(
        text="\n".join(lines) + "\n",
        title=f"New {thing} for {town}",
        id=f"a{number}",
        published=day.isoformat(),
        source=f"The {town} Courier",
    )
    return accept(made, None, f"article {number}")


def articles(numbers: Sequence[int], sentences: int = 5) -> list[Incoming]:
    """First editions of several articles."""
    return [article(number, sentences=sentences) for number in numbers]
