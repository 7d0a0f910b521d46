"""Answers from the documents' own sentences, and refusals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from copilot.generation.candidates import is_asking
from copilot.generation.extractive import ExtractiveGenerator, ExtractiveVerdict
from copilot.generation.question import AnswerType, analyse
from copilot.ports import Vectors
from copilot.records import Passage


def passage(
    text: str, *, number: int = 1, context: str = "", language: str = "fr", title: str = "Point de situation"
) -> Passage:
    return Passage(
        chunk_id=number,
        document_id=number,
        version_id=number,
        path=f"note{number}.txt",
        sha256="0" * 64,
        title=title,
        date=None,
        language=language,
        marking=None,
        collection="default",
        page_first=1,
        page_last=1,
        page_label=None,
        start=0,
        end=len(text),
        text=text,
        context=context,
    )


STOCKS = passage(
    "Le convoi est prêt. Le dépôt de Valbrune détient 42 000 L de gazole au 12 mars 2026. Il emploie 35 personnes. "
    "Le colonel Dubreuil commande le dépôt depuis 2024. La météo reste clémente."
)
ROUTES = passage("Le pont de Larmagne est fermé aux chars. La route de Corbigny est dégagée sur 64 km.", number=2)
TABLE = passage(
    "Corbigny | 38 500 | 12 mars 2026\nQuernoy | 12 000 | 11 mars 2026",
    number=3,
    context="Annexe B — Stocks de gazole\nDépôt | Quantité (L) | Date",
)
PASSAGES = (STOCKS, ROUTES, TABLE)


def answer(question: str, passages: Sequence[Passage] = PASSAGES, language: str = "fr") -> list[str]:
    return [claim.text for claim in ExtractiveGenerator().write_claims(question, passages, language)]


def verdict_of(
    generator: ExtractiveGenerator, question: str, passages: Sequence[Passage] = PASSAGES, language: str = "fr"
) -> ExtractiveVerdict:
    ((told, verdict),) = generator.explain(question, passages, language).items()
    assert told == question
    return verdict


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Combien de litres de gazole le dépôt de Valbrune détient-il ?", "Le dépôt de Valbrune détient 42 000 L"),
        ("Qui commande le dépôt de Valbrune ?", "Le colonel Dubreuil commande le dépôt depuis 2024."),
        ("Le pont de Larmagne est-il fermé ?", "Le pont de Larmagne est fermé aux chars."),
        ("Quelle quantité de gazole à Quernoy ?", "Quernoy | 12 000 | 11 mars 2026"),
        ("QUI COMMANDE LE DÉPÔT ?", "Le colonel Dubreuil commande le dépôt depuis 2024."),
    ],
)
def test_the_sentence_that_answers_comes_first(question: str, expected: str) -> None:
    assert expected in answer(question)[0]


@pytest.mark.parametrize(
    ("question", "reason", "missing"),
    [
        ("Combien de litres de gazole le dépôt de Montreuil détient-il ?", "missing_term", "Montreuil"),
        ("Quel est le stock de gazole de Valbrune au 14 mars 2026 ?", "missing_term", "14"),
        ("Combien d'hélicoptères sont indisponibles pour maintenance ?", "coverage", "hélicoptères"),
    ],
)
def test_a_question_without_an_answer_is_refused_and_says_why(question: str, reason: str, missing: str) -> None:
    verdict = verdict_of(ExtractiveGenerator(), question)
    assert (verdict.answered, verdict.reason) == (False, reason)
    assert missing in verdict.missing
    assert answer(question) == []


def test_nothing_to_look_for_or_in() -> None:
    generator = ExtractiveGenerator()
    assert verdict_of(generator, "Combien ?").reason == "no_words"
    assert verdict_of(generator, "Quel stock ?", ()).reason == "no_passages"
    assert answer("Quel stock ?", ()) == []


def test_claims_are_verbatim_and_cite_their_passage() -> None:
    for claim in ExtractiveGenerator().write_claims("Combien de gazole dans les dépôts de Valbrune ?", PASSAGES, "fr"):
        ((number, quote),) = claim.quotes
        assert claim.text == quote
        assert quote in PASSAGES[number - 1].text


def test_disagreeing_sources_are_both_quoted_and_repeats_are_not() -> None:
    other = passage("Le dépôt de Valbrune détient 38 500 L de gazole au 12 mars 2026.", number=2)
    repeat = passage("Le dépôt de Valbrune détient 42 000 L de gazole au 12 mars 2026.", number=3)
    found = " ".join(answer("Combien de litres de gazole le dépôt de Valbrune détient-il ?", (STOCKS, other, repeat)))
    assert found.count("42 000 L") == 1
    assert found.count("38 500 L") == 1


def test_rare_words_decide() -> None:
    common = {"depot": 0.1, "gazol": 0.1}
    generator = ExtractiveGenerator(idf=lambda stem: common.get(stem, 5.0))
    verdict = verdict_of(generator, "Quel amiral inspecte le dépôt de gazole ?")
    assert not verdict.answered
    assert verdict.coverage < 0.1


def test_the_threshold_is_the_trade() -> None:
    question = "Quels itinéraires mènent au pont de Larmagne ?"
    assert verdict_of(ExtractiveGenerator(threshold=0.2), question).answered
    assert not verdict_of(ExtractiveGenerator(threshold=0.9), question).answered


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("Combien de camions ?", "fr", AnswerType.QUANTITY),
        ("How many trucks?", "en", AnswerType.QUANTITY),
        ("En quelle année ?", "fr", AnswerType.DATE),
        ("When did it leave?", "en", AnswerType.DATE),
        ("Qui commande ?", "fr", AnswerType.PERSON),
        ("Où est le dépôt ?", "fr", AnswerType.PLACE),
        ("Le gué ou le pont ?", "fr", AnswerType.ANY),
    ],
)
def test_the_kind_of_answer(question: str, language: str, expected: AnswerType) -> None:
    assert analyse(question, language, lambda _: 1.0).answer is expected


class TopicEmbedder:
    """Embeds by topic in either language: fuel, or anything else."""

    embedder_id = "topic"
    dimension = 2
    window_tokens = 100

    def __init__(self) -> None:
        self.embedded = 0

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_query(self, text: str) -> Vectors:
        fuel = any(word in text.lower() for word in ("gazole", "fuel", "diesel"))
        return np.array([1.0, 0.0] if fuel else [0.0, 1.0], dtype=np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return np.stack([self.embed_query(text) for text in texts])

    def close(self) -> None: ...


def test_across_languages_only_where_it_is_asked_for() -> None:
    question = "How much fuel is left?"
    assert not verdict_of(ExtractiveGenerator(TopicEmbedder()), question, language="en").answered
    crossing = ExtractiveGenerator(TopicEmbedder(), cross_language_cosine=0.55)
    assert next(crossing.write_claims(question, PASSAGES, "en")).text.count("gazole") == 1


def test_only_the_best_sentences_are_embedded() -> None:
    embedder = TopicEmbedder()
    many = [passage("Le stock de gazole baisse. " * 40, number=number) for number in range(1, 6)]
    list(ExtractiveGenerator(embedder).write_claims("Le stock de gazole ?", many, "fr"))
    assert 0 < embedder.embedded <= 48 < 5 * 40


def test_what_only_its_title_speaks_of_is_not_added() -> None:
    context = "Groupes électrogènes en panne au camp"
    mail = passage(
        "Deux groupes électrogènes sont en panne. Il brûle onze litres par heure. Douze injecteurs sont partis hier.",
        context=context,
        title=context,
    )
    assert answer("Combien de groupes électrogènes sont en panne ?", [mail]) == [
        "Deux groupes électrogènes sont en panne."
    ]


def test_rows_that_only_their_headings_explain_are_kept() -> None:
    assert "\n".join(answer("Quelle est la quantité de gazole par dépôt ?", [TABLE])).count("|") == 4


def test_each_of_several_questions_is_answered_for_itself() -> None:
    both = "Combien de litres de gazole le dépôt de Valbrune détient-il, et qui ferme le pont de Larmagne ?"
    assert [text[:12] for text in answer(both)] == ["Le dépôt de ", "Le pont de L"]
    half = "Combien de litres de gazole le dépôt de Valbrune détient-il, et qui ferme le pont de Montreuil ?"
    assert [text[:12] for text in answer(half)] == ["Le dépôt de "]
    verdicts = ExtractiveGenerator().explain(half, PASSAGES, "fr")
    assert [verdict.answered for verdict in verdicts.values()] == [True, False]


def test_what_others_hold_is_not_said_to_be_nowhere() -> None:
    question = "Quelle route de Corbigny passe au dépôt de Valbrune ?"
    verdict = verdict_of(ExtractiveGenerator(), question)
    assert (verdict.answered, verdict.reason) == (False, "apart")


@pytest.mark.parametrize(
    ("asking", "language"),
    [
        ("Quelle est la capacité du dépôt de Valbrune ?", "fr"),
        ("Le colonel demande au génie si la capacité du dépôt de Valbrune suffit.", "fr"),
        ("He asked for an opinion on whether the capacity of the depot at Valbrune will do.", "en"),
    ],
)
def test_a_sentence_that_asks_answers_nothing(asking: str, language: str) -> None:
    asked = {"fr": "Quelle capacité le dépôt de Valbrune a-t-il ?", "en": "What is the capacity at Valbrune?"}
    question = asked[language]
    assert answer(question, [passage(asking, language=language)], language) == []
    assert verdict_of(ExtractiveGenerator(), question, [passage(asking)], language).reason == "coverage"
    told = passage(f"{asking} It is 800 m³. Elle est de 800 m³.", language=language)
    assert all(asking not in text for text in answer(question, [told], language))


@pytest.mark.parametrize(
    "sentence",
    [
        "La demande est de 300 L par jour si l'effectif est de 100.",
        "Demander l'autorisation du génie si la charge dépasse 40 t.",
        "Le chef de convoi demande une escorte si la route est coupée.",
        "Faire savoir au PC à 06h30 s'il manque des vivres.",
        "Répondre à toute question sous 24 h, même si le dépôt est fermé.",
        "Ask the duty officer for an escort if the road is closed.",
        "The vehicles in question carry 200 L each if fully loaded.",
        "The opinion of the engineer is required if the load exceeds 40 t.",
        "Le général demandait si le pont tenait ; il porte 44 t.",
        "Le pont porte 44 t (vraiment ?)",
        "Question | Réponse | Si applicable",
    ],
)
def test_a_sentence_that_tells_is_no_question(sentence: str) -> None:
    assert not is_asking(sentence)


@pytest.mark.parametrize(
    ("question", "measures"),
    [
        ("Quelle charge le pont supporte-t-il ?", True),
        ("Quelle est la charge utile du camion ?", True),
        ("What load can the bridge carry?", True),
        ("How do I load the ammunition onto the trailer?", False),
        ("Qui charge les camions au dépôt ?", False),
        ("Who is in charge of the depot?", False),
        ("Comment se fait la charge des batteries ?", False),
        ("Quelle charge de travail cela fait-il ?", False),
    ],
)
def test_a_load_is_measured_where_it_is_what_is_asked_for(question: str, *, measures: bool) -> None:
    assert bool(analyse(question, "fr", lambda _: 1.0).units) is measures


def test_without_an_embedder_in_service_words_alone_compare() -> None:
    generator = ExtractiveGenerator(None, cross_language_cosine=0.8)
    lone = passage("Le tonnage limite du pont est de 44 tonnes.")
    others = [
        passage(f"Le tonnage limite du pont est de 26 {unit}.", number=n) for n, unit in ((2, "tonnes"), (3, "t"))
    ]
    assert "26" in next(generator.write_claims("Quel est le tonnage limite du pont ?", [lone, *others], "fr")).text


def test_what_is_ranked_is_ranked_once_for_one_answer() -> None:
    embedder = TopicEmbedder()
    generator = ExtractiveGenerator(embedder)
    list(generator.write_claims("Quel est le stock de gazole ?", PASSAGES, "fr"))
    once = embedder.embedded
    generator.explain("Quel est le stock de gazole ?", PASSAGES, "fr")
    assert embedder.embedded == once
    generator.explain("Quel est le stock de gazole ?", PASSAGES[:1], "fr")
    assert embedder.embedded > once
    once = embedder.embedded
    list(generator.write_claims("Quel est le stock de gazole ?", PASSAGES[:1], "fr"))
    assert embedder.embedded > once, "the index may have changed since"
