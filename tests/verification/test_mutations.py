"""True claims pass; each kind of small falsehood made of them is caught."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from copilot.language.quantities import Kind, Quantity, find_quantities
from copilot.records import Claim, DraftClaim, Passage, Status
from copilot.verification import verify


@dataclass(frozen=True, slots=True)
class TrueClaim:
    """`quote` stands in a document in `language` and supports `claim`; so do its `variants`, (language, text)."""

    language: str
    quote: str
    claim: str
    verb: tuple[str, str] = ("", "")
    name: str = ""
    variants: tuple[tuple[str, str], ...] = ()


def french(
    quote: str, claim: str, verb: str = "", name: str = "", *variants: str, en: tuple[str, ...] = ()
) -> TrueClaim:
    denied = {"est": "n’est pas", "sont": "ne sont pas"}.get(verb) or (f"ne {verb} pas" if verb else "")
    others = tuple(("fr", text) for text in variants) + tuple(("en", text) for text in en)
    return TrueClaim("fr", quote, claim, (verb, denied), name, others)


def english(
    quote: str, claim: str, verb: tuple[str, str] = ("", ""), name: str = "", *variants: str, fr: tuple[str, ...] = ()
) -> TrueClaim:
    others = tuple(("en", text) for text in variants) + tuple(("fr", text) for text in fr)
    return TrueClaim("en", quote, claim, verb, name, others)


TRUE_CLAIMS = (
    french(
        "Le dépôt de Valbrune détient 42 000 L de gazole.",
        "Valbrune détient 42 000 L de gazole.",
        "détient",
        "Valbrune",
        "Valbrune détient 42.000 litres de gazole.",
        "Valbrune détient 42 m³ de gazole.",
        en=("Valbrune: 42,000 litres.",),
    ),
    french(
        "La consommation moyenne s'élève à 3 800 litres par jour.",
        "La consommation moyenne atteint 3 800 L/jour.",
        "atteint",
        "",
        en=("Average use: 3,800 litres per day.",),
    ),
    french(
        "Le pont de Larmagne supporte une charge de 24,5 tonnes.",
        "Le pont de Larmagne supporte 24,5 t.",
        "supporte",
        "Larmagne",
        "Le pont de Larmagne supporte 24 500 kg.",
        en=("Larmagne bridge: 24.5 t.",),
    ),
    french(
        "Le convoi quitte Corbigny le 12 mars 2026 à 06h30.",
        "Le convoi quitte Corbigny le 12/03/2026 à 06h30.",
        "quitte",
        "Corbigny",
        "Le convoi quitte Corbigny le 12 mars 2026.",
        en=("The convoy leaves Corbigny on March 12, 2026 at 6:30 am.",),
    ),
    french(
        "L'autonomie du groupe électrogène est de 18 heures à pleine charge.",
        "L'autonomie du groupe est de 18 h.",
        "est",
        "",
        en=("Endurance at full load: 18 hours.",),
    ),
    french(
        "Le groupe électrogène délivre une puissance de 150 kVA sous 400 V.",
        "Le groupe délivre 150 kVA sous 400 V.",
        "délivre",
    ),
    french(
        "Le taux de disponibilité des véhicules est de 87,5 %.",
        "La disponibilité des véhicules est de 87,5 %.",
        "est",
        "",
        "La disponibilité des véhicules est de 87,5 pour cent.",
        en=("Vehicle availability: 87.5%.",),
    ),
    french(
        "Soixante-douze camions sont stationnés à Brévanne.",
        "72 camions sont stationnés à Brévanne.",
        "sont",
        "Brévanne",
    ),
    french(
        "La 3e compagnie occupe la crête de Morlieu depuis le 4 avril 2026.",
        "La 3e compagnie occupe la crête de Morlieu.",
        "occupe",
        "Morlieu",
    ),
    french(
        "Le budget annuel est de 1 200 000 € pour l'entretien des pistes.",
        "Le budget d'entretien est de 1 200 000 €.",
        "est",
        "",
        "Le budget d'entretien est de 1,2 M€.",
        en=("Budget: €1,200,000.",),
    ),
    french(
        "La distance entre Valbrune et Corbigny est de 64 km par la route.",
        "Corbigny est à 64 km de Valbrune.",
        "est",
        "Corbigny",
        "Corbigny est à 64 000 m de Valbrune.",
    ),
    french(
        "Le point de ravitaillement se situe en 31U DQ 48251 11932.",
        "Le point de ravitaillement se situe en 31UDQ4825111932.",
    ),
    french(
        "L'article 0123-45-678-9012 est disponible en 14 exemplaires.",
        "L'article 0123-45-678-9012 est disponible.",
        "est",
    ),
    french("La température relevée à l'aube était de -5 °C sur le plateau.", "La température était de -5 °C à l'aube."),
    french(
        "L'ordre prend effet à compter du 120600ZMAR26.",
        "L'ordre prend effet le 12 mars 2026.",
        "",
        "",
        "L'ordre prend effet le 12 mars 2026 à 06h00Z.",
        en=("Effective 12 March 2026.",),
    ),
    french(
        "Le colonel Dubreuil commande le régiment de soutien.",
        "Le colonel Dubreuil commande le régiment de soutien logistique du soutien.",
        "commande",
        "Dubreuil",
    ),
    french(
        "La piste mesure 2 400 mètres de long et 45 mètres de large.",
        "La piste mesure 2 400 m de long.",
        "mesure",
        "",
        "La piste mesure 2,4 km de long.",
    ),
    french(
        "Le stock de rations couvre les besoins jusqu'à J+10.",
        "Le stock de rations couvre jusqu'à J+10.",
        "couvre",
        "",
        en=("Rations last until D+10.",),
    ),
    french(
        "La citerne contient 30 m³ d'eau potable.",
        "La citerne contient 30 m³ d'eau.",
        "contient",
        "",
        "La citerne contient 30 000 L d'eau.",
    ),
    french(
        "Le dépôt de Quernoy accueille 350 personnes au maximum.",
        "Quernoy accueille 350 personnes.",
        "accueille",
        "Quernoy",
    ),
    french("La vitesse de marche prescrite est de 40 km/h de jour.", "La vitesse de marche est de 40 km/h.", "est"),
    french("Les pertes s'établissent entre 10 et 15 % des effectifs.", "Les pertes vont jusqu'à 15 % des effectifs."),
    french(
        "Le véhicule FRX-2004 emporte 5 500 kg de charge utile.",
        "Le FRX-2004 emporte 5 500 kg.",
        "emporte",
        "",
        "Le FRX-2004 emporte 5,5 t.",
    ),
    french(
        "La livraison de mai 2026 comprend 1 500 obus.", "La livraison de mai 2026 comprend 1 500 obus.", "comprend"
    ),
    english(
        "The Harwick depot holds 38,500 litres of diesel.",
        "Harwick holds 38,500 L of diesel.",
        ("holds", "does not hold"),
        "Harwick",
        fr=("Harwick : 38 500 L.",),
    ),
    english(
        "The bridge at Stonebury is rated at 30 t for wheeled vehicles.",
        "The Stonebury bridge is rated at 30 t.",
        ("is", "is not"),
        "Stonebury",
        "The Stonebury bridge is rated at 30,000 kg.",
    ),
    english(
        "The convoy reached Eastmoor on 14 April 2026 at 1830Z.",
        "The convoy reached Eastmoor on 14 April 2026.",
        ("reached", "never reached"),
        "Eastmoor",
        "The convoy reached Eastmoor on 2026-04-14.",
        fr=("Eastmoor : 14 avril 2026 à 18:30.",),
    ),
    english(
        "Mean time between failures was 1,250 hours for the pump.",
        "The pump's mean time between failures was 1,250 h.",
        ("was", "was not"),
    ),
    english(
        "Forty-two thousand rounds were delivered in March 2026.",
        "42,000 rounds were delivered in March 2026.",
        ("were", "were not"),
    ),
    english(
        "The runway is 2,400 m long and closed at night.",
        "The runway is 2,400 m long.",
        ("is", "is not"),
        "",
        "The runway is 2.4 km long.",
    ),
    english(
        "Each truck burns 32.5 litres per 100 km on roads.",
        "Each truck burns 32.5 L/100 km on roads.",
        ("burns", "does not burn"),
        "",
        fr=("Par camion : 32,5 l/100 km.",),
    ),
    english(
        "The generator weighs 2,200 lb without fuel.",
        "Without fuel the generator weighs 2,200 lb.",
        ("weighs", "weighs"),
    ),
    english(
        "General Ashford approved the plan on 3 May 2026.",
        "Ashford approved the plan on May 3, 2026.",
        ("approved", "never approved"),
        "Ashford",
    ),
    english(
        "The water point is at 48.8582 N 2.2945 E.", "The water point is at 48.8582° N, 2.2945° E.", ("is", "is not")
    ),
    english(
        "Stock number 0456-12-345-6789 is on order since 2 June 2026.",
        "0456-12-345-6789 is on order.",
        ("is", "is not"),
    ),
    english(
        "Only 65% of the fleet was ready on D+2.",
        "65 % of the fleet was ready on D+2.",
        ("was", "was not"),
        "",
        fr=("Flotte : 65 % à J+2.",),
    ),
    english("The budget for repairs is $5 million this year.", "The repair budget is $5,000,000.", ("is", "is not")),
    english(
        "Camp Northgate houses 1,200 people in 75 tents.",
        "Camp Northgate houses 1,200 people.",
        ("houses", "never houses"),
        "Northgate",
    ),
    english(
        "The second convoy carries 18 tonnes of ammunition.",
        "The second convoy carries 18 t of ammunition.",
        ("carries", "does not carry"),
        "",
        "The second convoy carries 18,000 kg of ammunition.",
    ),
    english(
        "The medical team treated 27 patients at Fernhill.",
        "27 patients were treated at Fernhill.",
        ("were", "were not"),
        "Fernhill",
    ),
)

MakePassage = Callable[..., Passage]
OTHER_UNITS = {"L": "kg", "kg": "L", "m": "L", "s": "km", "%": "km", "€": "%", "$": "€", "VA": "L", "V": "L", "°C": "%",
               "person": "t", "m/s": "%", "L/s": "%", "L/m": "%"}  # fmt: skip


def judge(true: TrueClaim, claim: str, make_passage: MakePassage, *, quote: str = "", language: str = "") -> Claim:
    around = "Rien d'autre à signaler. " if true.language == "fr" else "Nothing else to report. "
    passage = make_passage(around + true.quote, language=true.language)
    draft = DraftClaim(claim, ((1, quote or true.quote),))
    return verify([draft], [passage], language=language or true.language).claims[0]


def quantities(true: TrueClaim, *kinds: Kind) -> Iterator[Quantity]:
    yield from (q for q in find_quantities(true.claim, true.language) if q.kind in kinds)


def other_figure(match: re.Match[str]) -> str:
    return str((int(match.group()) + 1) % 9 + 1)


def changed_numbers(true: TrueClaim) -> Iterator[str]:
    for q in quantities(true, Kind.NUMBER, Kind.ORDINAL, Kind.IDENTIFIER, Kind.COORDINATE, Kind.RELATIVE_DAY):
        changed = re.sub(r"[1-9](?!.*[1-9])", other_figure, q.text.split("/")[0]) + "".join(q.text.partition("/")[1:])
        if changed != q.text:
            yield true.claim[: q.start] + changed + true.claim[q.end :]


def changed_units(true: TrueClaim) -> Iterator[str]:
    for q in quantities(true, Kind.NUMBER):
        if q.unit and q.text[0] not in "$€":
            figures = re.match(r"[-\d][\d ,.\u202f]*(?<=\d)", q.text)
            if figures:
                yield f"{true.claim[: q.start]}{figures.group()} {OTHER_UNITS[q.unit]}{true.claim[q.end :]}"


def shifted_dates(true: TrueClaim) -> Iterator[str]:
    for q in quantities(true, Kind.DATE, Kind.INSTANT):
        for year, later in (("2026", "2027"), ("2026", "2025")):
            yield true.claim[: q.start] + q.text.replace(year, later) + true.claim[q.end :]
        day = re.sub(r"(?<!\d)\d{1,2}(?!\d)", lambda m: str(int(m.group()) + 1), q.text, count=1)
        if day != q.text:
            yield true.claim[: q.start] + day + true.claim[q.end :]


def denied(true: TrueClaim) -> Iterator[str]:
    verb, denial = true.verb
    if verb != denial:
        yield re.sub(rf"\b{verb}\b", denial, true.claim, count=1)


def renamed(true: TrueClaim) -> Iterator[str]:
    if true.name:
        for other in ("Saint-Aubry", "Kessler"):
            yield true.claim.replace(true.name, other)


MUTATIONS = (changed_numbers, changed_units, shifted_dates, denied, renamed)
# How many falsehoods of each kind the sentences give at least: a mutation that makes none would test nothing.
AT_LEAST = {"changed_numbers": 30, "changed_units": 22, "shifted_dates": 12, "denied": 28, "renamed": 24}


@pytest.mark.parametrize("true", TRUE_CLAIMS, ids=lambda true: true.claim[:40])
def test_a_true_claim_is_supported_in_every_notation(true: TrueClaim, make_passage: MakePassage) -> None:
    for language, text in ((true.language, true.claim), (true.language, true.quote), *true.variants):
        claim = judge(true, text, make_passage, language=language)
        assert claim.status is Status.SUPPORTED, (text, claim.reasons)
        assert claim.citations == (1,)


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_a_falsehood_is_caught(mutate: Callable[[TrueClaim], Iterator[str]], make_passage: MakePassage) -> None:
    made = [(true, text) for true in TRUE_CLAIMS for text in mutate(true)]
    assert len(made) >= AT_LEAST[mutate.__name__]
    missed = [text for true, text in made if judge(true, text, make_passage).status is Status.SUPPORTED]
    assert missed == []
    assert all(judge(true, text, make_passage).reasons for true, text in made)


@pytest.mark.parametrize("true", TRUE_CLAIMS, ids=lambda true: true.claim[:40])
def test_a_quote_altered_by_one_word_is_not_found(true: TrueClaim, make_passage: MakePassage) -> None:
    words = true.quote.split(" ")
    for place in range(len(words)):
        altered = " ".join([*words[:place], "autrement", *words[place + 1 :]])
        claim = judge(true, true.claim, make_passage, quote=altered)
        assert claim.status is Status.UNSUPPORTED
        assert claim.citations == ()
