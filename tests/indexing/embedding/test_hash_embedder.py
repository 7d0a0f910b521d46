from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copilot.indexing.embedding import EmbedderSpec, embedder_id_of, load_embedder, load_token_counter
from copilot.indexing.embedding.hash_embedder import HashEmbedder
from copilot.indexing.embedding.token_counters import estimate_tokens


def test_shared_words_bring_texts_together() -> None:
    embedder = HashEmbedder()
    query = embedder.embed_query("dépôt de carburant")
    fuel, bridge = embedder.embed_passages(["Les dépôts de carburants d'Angers", "the bridge was closed"])
    assert query @ fuel > query @ bridge + 0.2


@given(st.text())
def test_any_text_has_a_unit_vector_that_never_changes(text: str) -> None:
    embedder = HashEmbedder()
    vector = embedder.embed_query(text)
    assert np.isclose(np.linalg.norm(vector), 1.0, atol=1e-5)
    np.testing.assert_array_equal(vector, embedder.embed_passages([text])[0])


def test_no_text_has_no_vector() -> None:
    embedder = load_embedder(EmbedderSpec("hash"))
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)
    assert embedder.embedder_id == embedder_id_of(EmbedderSpec("hash"))


def test_the_estimate_is_seldom_below_the_true_count() -> None:
    text = (
        "Le convoi a quitté le dépôt d'Angers à 06 h 30 avec 42 000 litres de gazole ; l'itinéraire de rechange, "
        "par Cholet, n'a pas été reconnu. The alternate route has not been reconnoitred; the engineers expect to "
        "reopen the bridge within 36 hours (see annex C, table 4)."
    )
    for name in ("e5", "minilm"):
        true = load_token_counter(EmbedderSpec(name))(text)
        assert 0.85 * true <= estimate_tokens(text) <= 1.6 * true
