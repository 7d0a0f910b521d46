"""The schema of the truth, and how a database of an earlier schema becomes one of this.

``PRAGMA user_version`` holds the schema's number; each entry of `MIGRATIONS` takes the database from its index to the
next number, inside one transaction.
"""

from __future__ import annotations

_INITIAL = """
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO meta VALUES ('generation', '0'), ('vector_generation', '0');

-- One row a file (or a member of an archive, an attachment of a message: path 'container!member').
CREATE TABLE documents (
    document_id     INTEGER PRIMARY KEY AUTOINCREMENT,
    path            TEXT NOT NULL UNIQUE,
    root            TEXT NOT NULL,
    collection      TEXT NOT NULL,
    container_id    INTEGER REFERENCES documents(document_id),
    state           TEXT NOT NULL CHECK (state IN ('live', 'failed', 'deleted')),
    size            INTEGER NOT NULL DEFAULT 0,
    mtime_ns        INTEGER NOT NULL DEFAULT 0,
    sha256          TEXT NOT NULL DEFAULT '',
    members_pending INTEGER NOT NULL DEFAULT 0,
    reason          TEXT,
    message         TEXT,
    current_version INTEGER,
    seen_at         TEXT NOT NULL
);
CREATE INDEX documents_sha ON documents(sha256);
CREATE INDEX documents_container ON documents(container_id);
-- From a passage to whether it is in service: asked of every hit of every search.
CREATE INDEX documents_version ON documents(current_version);

CREATE TABLE versions (
    version_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id   INTEGER NOT NULL REFERENCES documents(document_id),
    number        INTEGER NOT NULL,
    sha256        TEXT NOT NULL,
    size          INTEGER NOT NULL,
    media_type    TEXT NOT NULL,
    title         TEXT,
    author        TEXT,
    date          TEXT,
    language      TEXT NOT NULL,
    marking       TEXT,
    page_count    INTEGER NOT NULL,
    unread_pages  INTEGER NOT NULL,
    warnings      TEXT NOT NULL DEFAULT '[]',
    signature     BLOB,
    superseded_by INTEGER REFERENCES documents(document_id),
    duplicate_of  INTEGER REFERENCES documents(document_id),
    parsed_at     TEXT NOT NULL,
    UNIQUE (document_id, number)
);

-- A page's text runs to the start of the next page, so that the pages joined are the document's text.
CREATE TABLE pages (
    version_id INTEGER NOT NULL REFERENCES versions(version_id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    start      INTEGER NOT NULL,
    end        INTEGER NOT NULL,
    label      TEXT,
    read       INTEGER NOT NULL,
    ocr        INTEGER NOT NULL,
    text       TEXT NOT NULL,
    PRIMARY KEY (version_id, number)
);

CREATE TABLE chunks (
    chunk_id   INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id INTEGER NOT NULL REFERENCES versions(version_id) ON DELETE CASCADE,
    start      INTEGER NOT NULL,
    end        INTEGER NOT NULL,
    page_first INTEGER NOT NULL,
    page_last  INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    sheet      TEXT,
    cells      TEXT,
    context    TEXT NOT NULL,
    text       TEXT NOT NULL,
    text_hash  BLOB NOT NULL
);
CREATE INDEX chunks_version ON chunks(version_id);
CREATE INDEX chunks_hash ON chunks(text_hash);

-- One vector a distinct text and embedder: unchanged chunks of a new version, and copies, are embedded once.
CREATE TABLE vectors (
    embedder_id TEXT NOT NULL,
    text_hash   BLOB NOT NULL,
    vector      BLOB NOT NULL,
    PRIMARY KEY (embedder_id, text_hash)
);

CREATE TABLE answers (
    answer_id TEXT PRIMARY KEY,
    asked_at  TEXT NOT NULL,
    question  TEXT NOT NULL,
    status    TEXT NOT NULL,
    record    TEXT NOT NULL
);
"""

_CONVERSATIONS = """
CREATE TABLE conversations (
    conversation_id TEXT PRIMARY KEY,
    title           TEXT NOT NULL,
    created_at      TEXT NOT NULL,
    updated_at      TEXT NOT NULL
);

-- A turn hangs on the one it follows; two that follow the same one are branches. `record` is the whole answer as JSON.
CREATE TABLE turns (
    turn_id         INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL REFERENCES conversations(conversation_id) ON DELETE CASCADE,
    parent_id       INTEGER REFERENCES turns(turn_id) ON DELETE CASCADE,
    asked_at        TEXT NOT NULL,
    question        TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('asking', 'answered', 'cancelled', 'failed')),
    message         TEXT,
    record          TEXT
);
CREATE INDEX turns_conversation ON turns(conversation_id);
CREATE VIRTUAL TABLE turns_text USING fts5(question, answer, tokenize = 'unicode61 remove_diacritics 2');
"""

_APPROVALS = """
CREATE TABLE approvals (
    tool          TEXT NOT NULL,
    plugin_sha256 TEXT NOT NULL,
    allowed       INTEGER NOT NULL,
    decided_at    TEXT NOT NULL,
    PRIMARY KEY (tool, plugin_sha256)
);
"""

# A document in quarantine stays known, and is neither searched nor read. Which answers used a document is asked when it
# turns out to be bad: of answers that were stored before this table, only what they cite is known.
_QUARANTINE = """
ALTER TABLE documents ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;
CREATE TABLE quarantine (
    document_id INTEGER PRIMARY KEY REFERENCES documents(document_id),
    sha256      TEXT NOT NULL,
    since       TEXT NOT NULL,
    reason      TEXT NOT NULL
);
CREATE TABLE answer_documents (
    answer_id   TEXT NOT NULL REFERENCES answers(answer_id) ON DELETE CASCADE,
    document_id INTEGER NOT NULL REFERENCES documents(document_id),
    cited       INTEGER NOT NULL,
    PRIMARY KEY (answer_id, document_id)
) WITHOUT ROWID;
CREATE INDEX answer_documents_document ON answer_documents(document_id);
INSERT OR IGNORE INTO answer_documents
    SELECT a.answer_id, d.document_id, 1
    FROM answers a, json_each(a.record, '$.citations') c
    JOIN documents d ON d.path = json_extract(c.value, '$.path')
    WHERE json_valid(a.record);
"""

MIGRATIONS: tuple[str, ...] = (_INITIAL, _CONVERSATIONS, _APPROVALS, _QUARANTINE)
SCHEMA_VERSION = len(MIGRATIONS)
