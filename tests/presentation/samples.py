"""An answer with every field in use, a refusal, and search results."""

from __future__ import annotations

from dataclasses import replace

from copilot.records import Answer, Citation, Claim, Coverage, Passage, Scores, Status, Warning_

COVERAGE = Coverage(
    documents=340,
    documents_searched=340,
    documents_read=5,
    passages=12_345,
    passages_searched=12_345,
    passages_read=12,
    failed=3,
    unread_pages=2,
)
PLAN = Citation(
    number=1,
    document_id=7,
    version_id=9,
    chunk_id=70,
    path="soutien/plan_soutien.pdf",
    title="Plan de soutien",
    sha256="ab" * 32,
    page=3,
    page_label=None,
    start=120,
    end=172,
    quote="Le dépôt de Cholet détient 38 000 litres\nde gazole.",
    context="Soutien > Carburants",
    date="2026-03-01",
    marking="DIFFUSION RESTREINTE",
    superseded_by="soutien/plan_soutien_v2.pdf",
)
STOCKS = Citation(
    number=2,
    document_id=8,
    version_id=10,
    chunk_id=80,
    path="stocks/etat.xlsx",
    title="État des stocks",
    sha256="cd" * 32,
    page=1,
    page_label="Stocks",
    start=40,
    end=62,
    quote="Cholet | gazole | 42 000",
    context="Dépôt | Produit | Quantité (L)",
    cells="A4:F4",
    also_in=("archive/etat.xlsx", "envoi.zip!etat.xlsx"),
)
PASSAGE = Passage(
    chunk_id=70,
    document_id=7,
    version_id=9,
    path="soutien/plan_soutien.pdf",
    sha256="ab" * 32,
    title="Plan de soutien",
    date="2026-03-01",
    language="fr",
    marking="SECRET",
    collection="soutien",
    page_first=3,
    page_last=4,
    page_label=None,
    start=100,
    end=400,
    text="Le dépôt de Cholet détient du gazole. " * 20,
    context="Soutien > Carburants",
    scores=Scores(0.91, 0.83, 12.5),
)
ANSWER = Answer(
    question="Combien de gazole y a-t-il à Cholet ?",
    language="fr",
    status=Status.PARTIAL,
    claims=(
        Claim("Le dépôt de Cholet détient 38 000 litres de gazole.", Status.SUPPORTED, (1,)),
        Claim("Il en reste 42 000 litres.", Status.PARTIAL, (1, 2), ("« litres » ne figure pas dans la citation.",)),
    ),
    citations=(PLAN, STOCKS),
    coverage=COVERAGE,
    marking="DIFFUSION RESTREINTE",
    generator="extractive",
    warnings=(
        Warning_("disagreement", (1, 2), "38 000 / 42 000"),
        Warning_("superseded", (1,), "soutien/plan_soutien_v2.pdf"),
    ),
    timings_ms={"retrieval": 12.5, "total": 30.1},
    hashes={"question": "ef" * 32},
    answer_id="a1b2c3",
)
REFUSAL = replace(
    ANSWER,
    status=Status.REFUSED,
    claims=(),
    citations=(),
    warnings=(),
    marking=None,
    refusal="Les documents ne le disent pas.",
    nearest=(PASSAGE, replace(PASSAGE, path="autre.txt", title="", marking=None, text="Court.")),
)
