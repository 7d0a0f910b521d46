"""Finding a document by what a person calls it, and its pages."""

from __future__ import annotations

from pathlib import Path

from copilot.app.naming import PathNames
from copilot.errors import UsageError
from copilot.i18n import t
from copilot.records import SearchFilter
from copilot.store.chunks import PageText
from copilot.store.document_rows import DocumentRow
from copilot.store.truth import Truth


def find_document(truth: Truth, name: str) -> DocumentRow:
    """Return the live document with this path, or the only one whose path ends so.

    Raises:
        UsageError: none is so named, or several are.
    """
    exact = truth.documents.by_path(name)
    if exact is not None and exact.state != "deleted":
        return exact
    found = [
        row for row in truth.documents.summaries() if row.path.endswith(f"/{name}") or row.path.endswith(f"!{name}")
    ]
    if len(found) > 1:
        raise UsageError(t("store.several", name=name, paths=", ".join(row.path for row in found[:4])))
    row = truth.documents.by_path(found[0].path) if found else None
    if row is None:
        raise UsageError(t("store.no_document", name=name), t("store.list_documents"))
    return row


def find_documents_under(truth: Truth, names: PathNames, name: str) -> list[DocumentRow]:
    """Return the documents of a folder, or the one document, that `name` means as a name or as a path of the disk."""
    for candidate in (name, names.name_of(Path(name).absolute())):
        rows = [row for row in truth.documents.files_under(candidate.rstrip("/")).values() if row.state != "deleted"]
        if candidate and rows:
            return rows
    return [find_document(truth, name)]


def pages_of(truth: Truth, row: DocumentRow, page: int | None) -> list[PageText]:
    """Return the pages of a document's current version, or one of them.

    Raises:
        UsageError: it has no such page, or is in quarantine.
    """
    if row.quarantined:
        raise UsageError(t("store.in_quarantine", path=row.path), t("store.release"))
    pages = list(truth.iter_pages(SearchFilter(documents=(row.document_id,))))
    chosen = [found for found in pages if page is None or found.number == page]
    if not chosen:
        raise UsageError(t("store.no_page", path=row.path, page=page, pages=len(pages)))
    return chosen
