"""Examining this machine and workspace: what works, what is missing, and the command that mends it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from copilot.errors import CopilotError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.settings import Settings
from copilot.workspace import Workspace

if TYPE_CHECKING:
    from copilot.app.session import Session

_OCR_LANGUAGES = ("fra", "eng")


class Verdict(StrEnum):
    """How a check ended: fit, worth knowing, or to be mended."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check with its verdict, what was found, and what to do."""

    check: str
    verdict: Verdict
    detail: str
    next_step: str = ""


def examine(workspace: Workspace | None, settings: Settings) -> Iterator[Finding]:
    """Run every check; the workspace's own only where there is one."""
    yield _embedder(settings)
    yield _tesseract(settings)
    seal = _seal()
    yield seal
    yield _walls(is_sealed=seal.verdict is Verdict.GOOD)
    if settings.enclave.url:
        yield _enclave(settings)
    yield _tools()
    if workspace is None:
        yield Finding("workspace", Verdict.WARN, t("doctor.no_workspace"), t("doctor.no_workspace_next"))
        return
    yield from _workspace(workspace, settings)


def _enclave(settings: Settings) -> Finding:
    from copilot.sandbox.landlock import NETWORK_SINCE, landlock_version
    from copilot.sandbox.server_address import server_address

    key = "doctor.enclave" if landlock_version() >= NETWORK_SINCE else "doctor.enclave_any_port"
    told = t(key, hosts=", ".join(settings.enclave.hosts))
    if server_address(settings.enclave.url).by_name:
        told = f"{told} {t('doctor.enclave_by_name')}"
    return Finding("enclave", Verdict.WARN, told, t("doctor.enclave_next"))


def _embedder(settings: Settings) -> Finding:
    from copilot.app.session import embedder_spec
    from copilot.indexing.embedding import load_embedder

    try:
        embedder = load_embedder(embedder_spec(settings))
        dimension = len(embedder.embed_query("essai"))
        embedder.close()
    except CopilotError as error:
        return Finding("embedder", Verdict.BAD, error.message, error.next_step)
    return Finding("embedder", Verdict.GOOD, t("doctor.embedder", name=embedder.embedder_id, dimension=dimension))


def _tesseract(settings: Settings) -> Finding:
    if not settings.documents.ocr:
        return Finding("ocr", Verdict.WARN, t("doctor.ocr_off"))
    program = shutil.which("tesseract")
    if program is None:
        return Finding("ocr", Verdict.WARN, t("doctor.no_tesseract"), t("doctor.no_tesseract_next"))
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(
            "ocr", Verdict.WARN, t("doctor.tesseract_fails", error=cause_of(error)), t("doctor.no_tesseract_next")
        )
    installed = set(listed.stdout.split())
    missing = [language for language in _OCR_LANGUAGES if language not in installed]
    if missing:
        languages = ", ".join(missing)
        packages = " ".join(f"tesseract-ocr-{language}" for language in missing)
        detail = t("doctor.no_language", languages=languages)
        return Finding("ocr", Verdict.WARN, detail, t("doctor.no_language_next", packages=packages))
    return Finding("ocr", Verdict.GOOD, t("doctor.ocr"))


def _seal() -> Finding:
    """Try to open a socket in a sealed child: what the parser processes live under."""
    from copilot.sandbox.probe import try_in_child

    try:
        attempt = try_in_child()
    except (OSError, ValueError, subprocess.SubprocessError):
        attempt = None
    if attempt is None or "seccomp" not in attempt.walls:
        return Finding("seal", Verdict.BAD, t("doctor.no_seal"), t("doctor.no_seal_next"))
    if not attempt.holds:
        return Finding("seal", Verdict.BAD, t("doctor.seal_leaks"), t("doctor.no_seal_next"))
    return Finding("seal", Verdict.GOOD, t("doctor.seal", tried=attempt.to_sockets))


def _walls(*, is_sealed: bool) -> Finding:
    """Say which walls stand between what is not trusted and the user's files."""
    from copilot.sandbox.landlock import landlock_version
    from copilot.sandbox.namespaces import has_namespaces

    stand = {"seccomp": is_sealed, "landlock": bool(landlock_version()), "namespaces": has_namespaces()}
    names = ", ".join(t(f"doctor.wall.{name}") for name, stands in stand.items() if stands) or "0"
    if not stand["landlock"]:
        key = "doctor.no_landlock" if is_sealed else "doctor.no_landlock_nor_seal"
        return Finding("walls", Verdict.BAD, t(key), t("doctor.no_landlock_next"))
    if not is_sealed:
        return Finding("walls", Verdict.BAD, t("doctor.walls", walls=names), t("doctor.no_seal_next"))
    if not stand["namespaces"]:
        return Finding("walls", Verdict.WARN, t("doctor.no_third_wall", walls=names), t("doctor.no_third_wall_next"))
    return Finding("walls", Verdict.GOOD, t("doctor.walls", walls=names))


def _tools() -> Finding:
    """Put up the walls that tools run behind, and look whether every plugin is whole."""
    from copilot.app.plugins import open_catalogue
    from copilot.sandbox.single import can_confine
    from copilot.tools.catalogue import State

    catalogue = open_catalogue()
    broken = [plugin.name for plugin in catalogue.plugins if plugin.state is State.BROKEN]
    if not can_confine():
        return Finding("tools", Verdict.BAD, t("doctor.tools_unwalled"), t("doctor.tools_unwalled_next"))
    if broken:
        return Finding("tools", Verdict.WARN, t("doctor.tools_broken", names=", ".join(broken)), t("doctor.tools_next"))
    return Finding("tools", Verdict.GOOD, t("doctor.tools", number=len(catalogue.tools())))


def _audit(session: Session) -> Iterator[Finding]:
    if not session.trail.is_on:
        yield Finding("audit", Verdict.WARN, t("audit.off"), t("doctor.audit_on"))
    found = session.trail.verify()
    if found.problem is not None:
        told = t(f"audit.fault.{found.problem.fault}", number=found.problem.sequence)
        yield Finding("audit", Verdict.BAD, told, t("doctor.audit_next"))
    elif session.trail.is_on:
        yield Finding("audit", Verdict.GOOD, t("doctor.audit", entries=found.entries, signed=found.signed))


def _at_rest(workspace: Workspace) -> Iterator[Finding]:
    from copilot.store.disk import DiskState, disk_state, has_swap

    if workspace.is_encrypted:
        yield Finding("at_rest", Verdict.GOOD, t("doctor.at_rest.vault"))
        if has_swap():
            yield Finding("swap", Verdict.WARN, t("doctor.swap"), t("doctor.swap_next"))
        return
    state = disk_state(workspace.state)
    if state in (DiskState.ENCRYPTED, DiskState.MEMORY):
        yield Finding("at_rest", Verdict.GOOD, t(f"doctor.at_rest.{state}"))
    else:
        yield Finding("at_rest", Verdict.WARN, t(f"doctor.at_rest.{state}"), t("doctor.at_rest_next"))


def _workspace(workspace: Workspace, settings: Settings) -> Iterator[Finding]:
    from copilot.app.session import Session

    yield from _at_rest(workspace)
    if workspace.is_encrypted and workspace.secrets is None:
        yield Finding("database", Verdict.WARN, t("doctor.locked"), t("store.locked_next"))
        return
    try:
        session = Session(workspace, settings)
    except CopilotError as error:
        yield Finding("database", Verdict.BAD, error.message, error.next_step)
        return
    with session:
        problems = session.truth.check()
        if problems:
            detail = t("doctor.database_bad", path=workspace.database, problem=problems[0])
            yield Finding("database", Verdict.BAD, detail, t("store.restore"))
            return
        yield from _audit(session)
        counts = session.truth.counts()
        yield Finding("database", Verdict.GOOD, t("doctor.database", lang=None, **counts))
        if counts["quarantined"]:
            detail = t("doctor.quarantined", lang=None, **counts)
            yield Finding("quarantine", Verdict.WARN, detail, t("doctor.quarantined_next"))
        if counts["failed"]:
            yield Finding("failed", Verdict.WARN, t("doctor.failed", lang=None, **counts), t("doctor.failed_next"))
        if counts["unread_pages"]:
            yield Finding("unread", Verdict.WARN, t("doctor.unread", lang=None, **counts), t("doctor.unread_next"))
        waiting = session.not_embedded()
        if waiting:
            yield Finding("vectors", Verdict.WARN, t("doctor.not_embedded", number=waiting), t("doctor.run_sync"))
        if session.truth.is_read_only:
            yield Finding("disk", Verdict.WARN, t("doctor.read_only", root=workspace.root), t("store.read_only_next"))
            return
        if workspace.secrets is not None:
            # Its indexes live as long as the process: there is nothing that could be behind.
            return
        generation = session.truth.generation()
        if session.lexical.generation != generation:
            yield Finding("lexical", Verdict.WARN, t("doctor.lexical_stale"), t("doctor.run_reindex"))
        if counts["documents"] and not waiting and not session.chroma_is_fresh():
            yield Finding("chroma", Verdict.WARN, t("doctor.chroma_stale"), t("doctor.run_reindex"))
