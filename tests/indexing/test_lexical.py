"""The lexical index: follows the truth, is rebuilt when damaged, and matches across accents and inflections."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.errors import WorkspaceError
from copilot.indexing import lexical
from copilot.indexing.lexical import LexicalFolder, query_terms
from copilot.records import StoredChunk
from copilot.store.locks import exclusive
from copilot.store.truth import Truth
from tests.makers import store


@pytest.fixture
def index(tmp_path: Path) -> LexicalFolder:
    return LexicalFolder(tmp_path / "lexical")


def texts(truth: Truth, index: LexicalFolder, query: str, allowed: set[int] | None = None) -> list[str]:
    return [p.text for p in truth.passages([chunk_id for chunk_id, _ in index.search(query, 10, allowed)])]


# --- following the truth ----------------------------------------------------------------------------------------------


def test_it_follows_additions_changes_and_deletions(truth: Truth, index: LexicalFolder) -> None:
    assert index.generation == -1
    assert index.search("gazole", 10) == []
    a = store(truth, "a.txt", "gazole à Cholet")
    store(truth, "b.txt", "gazole à Angers")
    assert index.refresh(truth)
    assert set(texts(truth, index, "gazole")) == {"gazole à Cholet", "gazole à Angers"}
    store(truth, "a.txt", "essence à Cholet")
    truth.documents.delete([a + 1])
    assert index.refresh(truth)
    assert index.search("gazole", 10) == []
    assert texts(truth, index, "Cholet") == ["essence à Cholet"]
    assert index.generation == truth.generation()


def test_a_fresh_index_is_not_written_again(truth: Truth, index: LexicalFolder, tmp_path: Path) -> None:
    store(truth, "a.txt", "gazole")
    index.refresh(truth)
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / "lexical").rglob("*"))
    assert index.refresh(truth)
    assert sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / "lexical").rglob("*")) == before


def test_only_what_is_new_is_added(truth: Truth, index: LexicalFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    store(truth, "a.txt", "un", "deux")
    index.refresh(truth)
    added: list[str] = []
    real = lexical._as_document

    def noting(chunk: StoredChunk) -> object:
        added.append(chunk.text)
        return real(chunk)

    monkeypatch.setattr(lexical, "_as_document", noting)
    store(truth, "b.txt", "trois")
    index.refresh(truth)
    assert added == ["trois"]


def put(path: Path, data: bytes) -> None:
    """Replace a file by another: one that is written in place, under the index that maps it, ends the process."""
    other = path.with_name("other")
    other.write_bytes(data)
    other.replace(path)


def damage_segments(folder: Path) -> None:
    for path in (folder / "segments").iterdir():
        if path.suffix in (".store", ".term", ".idx", ".fast", ".fieldnorm", ".pos"):
            put(path, b"\x00" * path.stat().st_size)


def cut_segments(folder: Path) -> None:
    for path in (folder / "segments").iterdir():
        if path.suffix:
            put(path, path.read_bytes()[: path.stat().st_size // 2])


def break_meta(folder: Path) -> None:
    put(folder / "segments" / "meta.json", b"{")


def lose_state(folder: Path) -> None:
    (folder / "state.json").unlink()


def break_state(folder: Path) -> None:
    (folder / "state.json").write_text('["half')


def lose_segments(folder: Path) -> None:
    (folder / "segments").rename(folder / "lost")


DAMAGES = [damage_segments, cut_segments, break_meta, lose_state, break_state, lose_segments]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("reopened", [True, False])
def test_a_damaged_index_is_rebuilt(truth: Truth, tmp_path: Path, damage: object, reopened: bool) -> None:
    folder = tmp_path / "lexical"
    index = LexicalFolder(folder)
    store(truth, "a.txt", "gazole à Cholet")
    index.refresh(truth)
    index.search("gazole", 1)
    assert callable(damage)
    damage(folder)
    store(truth, "b.txt", "gazole à Angers")
    if reopened:
        index = LexicalFolder(folder)
    assert index.refresh(truth)
    try:
        index.search("gazole", 10)
    except WorkspaceError:
        # Damage behind an index that was open already shows when it is read, and is mended by the next command.
        assert not reopened
        assert index.refresh(truth)
    assert set(texts(truth, index, "gazole")) == {"gazole à Cholet", "gazole à Angers"}
    assert set(texts(truth, LexicalFolder(folder), "gazole")) == {"gazole à Cholet", "gazole à Angers"}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_to_an_index_that_looks_fresh_is_mended_by_a_refresh(
    truth: Truth, tmp_path: Path, damage: object
) -> None:
    folder = tmp_path / "lexical"
    store(truth, "a.txt", "gazole à Cholet")
    LexicalFolder(folder).refresh(truth)
    assert callable(damage)
    damage(folder)
    index = LexicalFolder(folder)
    assert index.refresh(truth)
    assert texts(truth, index, "gazole") == ["gazole à Cholet"]


def test_who_cannot_have_the_lock_says_so(truth: Truth, index: LexicalFolder, tmp_path: Path) -> None:
    store(truth, "a.txt", "gazole")
    index.refresh(truth)
    store(truth, "b.txt", "gazole")
    with exclusive(tmp_path / "lexical" / "write.lock"):
        assert not index.refresh(truth)
        assert len(index.search("gazole", 10)) == 1, "the last state still serves"
    assert index.refresh(truth)
    assert len(index.search("gazole", 10)) == 2


def test_what_another_process_wrote_is_seen(truth: Truth, tmp_path: Path) -> None:
    one, other = LexicalFolder(tmp_path / "lexical"), LexicalFolder(tmp_path / "lexical")
    store(truth, "a.txt", "gazole")
    one.refresh(truth)
    assert len(other.search("gazole", 10)) == 1
    store(truth, "b.txt", "gazole")
    one.refresh(truth)
    assert other.refresh(truth)
    assert len(other.search("gazole", 10)) == 2


# --- matching ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "query"),
    [
        ("Le dépôt de Cholet.", "fr", "DEPOT"),
        ("Le depot de Cholet.", "fr", "dépôt"),
        ("Les véhicules réparés.", "fr", "véhicule réparé"),
        ("L'approvisionnement en carburant.", "fr", "approvisionnements"),
        ("Le niveau d’eau.", "fr", "eau"),
        ("Niveau de l'eau.", "fr", "d’eau"),
        ("The trucks were refuelled.", "en", "truck refuelling"),
        ("Cœur de réseau.", "fr", "coeur"),
        ("Stock : 42 000 litres.", "fr", "42000"),
        ("Stock : 42 000 litres.", "fr", "42 000"),
        ("Stock: 42,000 litres.", "en", "42 000"),
        ("Stock : 42.000 litres.", "fr", "42,000"),
        ("Charge : 12,5 t.", "fr", "12.5"),
        ("Northmark holds fuel.", "en", "Que détient Northmark ?"),
        ("Kommandant Müller", "de", "muller"),
    ],
)
def test_words_match_in_any_spelling(truth: Truth, index: LexicalFolder, text: str, language: str, query: str) -> None:
    store(truth, "a.txt", text, language=language)
    store(truth, "b.txt", "Zzz yyy xxx.", language=language)
    index.refresh(truth)
    assert texts(truth, index, query) == [text]


def test_the_context_is_searched_but_counts_less(truth: Truth, index: LexicalFolder) -> None:
    store(truth, "a.txt", "Trente mille litres.", context="Carburants > Gazole")
    store(truth, "b.txt", "Le gazole est livré.")
    store(truth, "c.txt", "Rien de tel ici.")
    index.refresh(truth)
    assert texts(truth, index, "gazole") == ["Le gazole est livré.", "Trente mille litres."]


def test_a_typing_error_still_finds(truth: Truth, index: LexicalFolder) -> None:
    store(truth, "a.txt", "Approvisionnement des unités.")
    store(truth, "b.txt", "Tout autre chose.")
    index.refresh(truth)
    assert texts(truth, index, "aprovisionement") == ["Approvisionnement des unités."]


def test_only_the_allowed_are_returned(truth: Truth, index: LexicalFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        store(truth, f"{number}.txt", f"gazole {number}")
    index.refresh(truth)
    ids = truth.live_chunk_ids().tolist()
    allowed = {ids[29], ids[3]}
    assert {i for i, _ in index.search("gazole", 10, allowed)} == allowed
    assert index.search("gazole", 10, set()) == []
    assert len(index.search("gazole", 1, allowed)) == 1
    # The other way, for sets too large for a query.
    monkeypatch.setattr(lexical, "_LARGEST_TERM_SET", 1)
    assert {i for i, _ in index.search("gazole", 2, allowed)} == allowed
    assert {i for i, _ in index.search("gazole", 10, allowed)} == allowed


def test_scores_fall_and_ties_are_in_a_fixed_order(truth: Truth, index: LexicalFolder) -> None:
    for number in range(5):
        store(truth, f"{number}.txt", "gazole")
    index.refresh(truth)
    found = index.search("gazole", 10)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert [chunk_id for chunk_id, _ in found] == sorted(chunk_id for chunk_id, _ in found)


@pytest.mark.parametrize(
    "query",
    ["", "   ", "!?…", 'text:"a" AND (b OR *', "chunk_id:1", "\x00\x1b[31m", "\ud800", "a" * 100_000, "é " * 5_000,
     "le la les", "\u202egazole", "+-&&||!(){}[]^~*?:\\/", "[1 TO 5]", "𝔤𝔞𝔷𝔬𝔩𝔢"],
)  # fmt: skip
def test_hostile_queries_are_only_words(truth: Truth, index: LexicalFolder, query: str) -> None:
    store(truth, "a.txt", "gazole à Cholet")
    index.refresh(truth)
    assert len(index.search(query, 10)) <= 1


def test_hostile_text_is_indexed_as_words(truth: Truth, index: LexicalFolder) -> None:
    store(truth, "a.txt", "\x00\x1b]52;c;AAAA\x07 gazole \u202e \U000e0041 " + "x" * 70_000)
    index.refresh(truth)
    assert len(index.search("gazole", 10)) == 1


def test_rare_words_weigh_more(truth: Truth, index: LexicalFolder) -> None:
    assert index.inverse_document_frequency("gazol") == 1.0
    for number in range(9):
        store(truth, f"{number}.txt", "camion" if number else "camion gazole")
    index.refresh(truth)
    rare, common = index.inverse_document_frequency("gazol"), index.inverse_document_frequency("camion")
    assert rare > 1 > common > 0
    assert index.inverse_document_frequency("absent") > rare


def test_a_query_of_function_words_alone_still_asks() -> None:
    assert query_terms("le la") == ["le", "la"]
    assert "gazol" in query_terms("le gazole")
    assert "le" not in query_terms("le gazole")
