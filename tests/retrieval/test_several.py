"""Joining searches: the question keeps two places of three, nothing stands twice."""

from __future__ import annotations

from collections.abc import Sequence

from copilot.retrieval.retriever import SearchResult
from copilot.retrieval.several import join_results
from tests.passages import passage

_TEXTS = ["Alpha.", "Bravo.", "Charlie.", "Delta.", "Echo.", "Foxtrot.", "Golf.", "Hotel."]


def found(*numbers: int) -> SearchResult:
    return SearchResult([passage(_TEXTS[number], number=number) for number in numbers], "fr", None, "fused", "")


def joined(own: Sequence[int], *others: Sequence[int], limit: int = 6) -> list[str]:
    return [one.text[0] for one in join_results([found(*own)], [found(*other) for other in others], limit).passages]


def test_two_places_of_three_are_the_questions() -> None:
    assert joined((0, 1, 2, 3, 4), (5, 6, 7)) == ["A", "B", "F", "C", "D", "G"]
    assert joined((0, 1, 2, 3), (5, 6), (7,), limit=7) == ["A", "B", "F", "C", "D", "H", "G"]


def test_nothing_stands_twice() -> None:
    assert joined((0, 1, 2), (0, 1, 3)) == ["A", "B", "D", "C"]
    assert joined((0, 1), (1, 0)) == ["A", "B"]


def test_the_question_alone_is_as_it_was() -> None:
    own = found(3, 1, 2)
    assert join_results([own], [], 2) is own
    assert joined((3, 1, 2), ()) == ["D", "B", "C"]
    assert joined((), (4, 5)) == ["E", "F"]


def test_several_questions_share_the_places_and_leave_the_rest_for_later() -> None:
    own = [found(0, 1, 2), found(3, 4, 5)]
    joined = join_results(own, [], 4)
    assert [one.text[0] for one in joined.passages] == ["A", "D", "B", "E"]
    assert [one.text[0] for one in joined.further] == ["C", "F"]
