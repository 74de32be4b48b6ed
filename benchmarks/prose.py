"""Articles of an invented news site: no sentence in it was ever printed, and no two pages are alike."""

import random
from collections.abc import Iterator

_WHO = """\
the ministry of canals
a panel of beekeepers
the night train operator
the harbour council
the mayor of Dostyk-Tau
the guild of felt makers
an association of apricot growers
the observatory on Mount Sary
the lowland water board
the chess federation
its deputy chair, Gulnoza Rahimjon-zoda
engineer Ерлан Қасенов
the poet Нургүл Асанова
the singer Фирӯза Холмат
a retired surveyor
the union of bakers
the library of Old Bazaar
two young botanists
the kite makers of the east bank
the weather service
the tram depot’s night shift
the folk theatre “Кыял”
the border post at Ак-Жол
the school for hydrologists
a delegation of glass blowers
the walnut exchange
the veterinary college
the steppe fire brigade
a cooperative of saffron farmers
the museum of clocks
""".splitlines()
_DID = """\
announced
postponed
welcomed
questioned
has measured
will publish
quietly withdrew
signed off on
recalculated
presented
is weighing
defended
opened bids for
doubled
renamed
walked away from
agreed to share
has mapped
reviewed
promised to repair
inherited
listed
rejected
co-financed
inspected
""".splitlines()
_WHAT = """\
a timetable for the mountain ferries
the plan for a second reservoir
a catalogue of 400 wild tulips
the new tariff on bottled air
its survey of snow leopards
a bridge between the two salt works
the winter fodder reserve
the archive of caravan songs
a cable car to the upper orchards
the rules for roadside tea houses
a loan for solar dryers
the census of wells
the route of the horse post
a prize for the best melon
the draft code on sheepdogs
the import of pedal looms
a fund for village clocks
the price list of the carpet fair
a line of electric donkey carts
the restoration of the brick minaret
the joint study of dust storms
a ban on plastic kites
the glacier register
""".splitlines()
_HOW = """\
after a long night of talks
in spite of the early frost
to the surprise of nobody
with the help of two universities
for the third year running
without naming a contractor
at the request of the upper villages
before the first snow
as the steppe turns green
under a single roof
by a margin of four votes
on the strength of one photograph
while prices at the fair kept still
and asked for patience
along the old silk road – or what is left of it
by a route that no map shows
in a letter of eleven pages
over the objections of the ferrymen
""".splitlines()
_SYLLABLES = [
    "ka",
    "ra",
    "ta",
    "shi",
    "bek",
    "dar",
    "yur",
    "um",
    "sai",
    "kol",
    "tor",
    "mok",
    "nar",
    "gul",
    "zha",
    "bai",
    "ost",
    "esh",
    "alt",
    "iri",
    "khu",
    "van",
    "dzo",
    "per",
    "uly",
]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_CURRENCIES = ("KZT/USD", "EUR/KGS", "TJS/USD", "UZS/RUB", "USD/TMT")


def headline(chance: random.Random) -> str:
    """Return a title."""
    who, what = chance.choice(_WHO).removeprefix("the ").removeprefix("a "), chance.choice(_WHAT)
    return f"{who[0].upper()}{who[1:]} Looks Again at {what[0].upper()}{what[1:]}"


def paragraphs(chance: random.Random) -> Iterator[str]:
    """Yield lines of articles without end: paragraphs, bullet lists and, now and then, the next title."""
    while True:
        for _ in range(chance.randint(6, 14)):
            yield " ".join(_sentence(chance) for _ in range(chance.randint(2, 6)))
            if chance.random() < 0.08:
                yield from (f"  • {_sentence(chance)}" for _ in range(chance.randint(3, 6)))
        yield headline(chance)


def quoting(rate: str) -> str:
    """Return a sentence that quotes a rate in a ticker's own form: to a pattern a quote, to a reader an aside."""
    return f"At the fair’s close the board over the tea stall read KZT/USD = {rate} 0.3% and nobody looked up."


def _sentence(chance: random.Random) -> str:
    who, did, what, how = chance.choice(_WHO), chance.choice(_DID), chance.choice(_WHAT), chance.choice(_HOW)
    kind = chance.random()
    if kind < 0.66:
        text = f"{who} of {_place(chance)} {did} {what} {how}."
    elif kind < 0.74:
        years = f"{chance.randint(2009, 2025)}/{chance.randint(10, 26)}"
        text = f"{how}, {who} {did} {what}, up {chance.randint(1, 480) / 10}% in {years}."
    elif kind < 0.80:
        date = f"{chance.randint(1, 28)} {chance.choice(_MONTHS)} {chance.randint(2011, 2025)}"
        text = f"on {date} {who} {did} {what} – {how}."
    elif kind < 0.86:
        cost = f"${chance.randint(2, 990)}.{chance.randint(0, 9)} million"
        text = f"“We know what {what} would cost: {cost},” {who} said {how}."
    elif kind < 0.92:
        share = f"between {chance.randint(2, 40)} and {chance.randint(41, 99)}% of it"
        text = f"{share}, {who} added, depends on {what} and/or {chance.choice(_WHAT)}."
    elif kind < 0.96:
        text = f"{chance.choice(_CURRENCIES)} was little changed {how}; {who} {did} {what}."
    else:
        replies = f"of {chance.randint(1_000, 99_999):,} replies (no. {chance.getrandbits(28):07x})"
        text = f"{replies}, {chance.randint(1, 99)} came from {who}."
    return text[0].upper() + text[1:]


def _place(chance: random.Random) -> str:
    """Return one of many names of villages: prose is not made of a few hundred words only."""
    return "".join(chance.choices(_SYLLABLES, k=3)).capitalize() + "-" + "".join(chance.choices(_SYLLABLES, k=2))
