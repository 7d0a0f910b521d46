"""The entry point: chooses the language, runs the command, turns every outcome into a message and an exit code."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from copilot.errors import CopilotError, ExitCode
from copilot.i18n import LANGUAGES, language_of_locale, set_language, t
from copilot.i18n.causes import cause_of
from copilot.sandbox.landlock import landlock_version, restrict_network
from copilot.sandbox.limits import forbid_core_dumps, forbid_telemetry
from copilot.sandbox.seal import SealState, seal_but_for_a_server, seal_network
from copilot.sandbox.standing import note_missing_walls
from copilot.sanitise import visible

TRACE_VARIABLE = "COPILOT_TRACE"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `copilot` with `arguments` (those of the process where None) and exit the process with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    prepare(given)
    sys.exit(int(run(given)))


def prepare(arguments: Sequence[str] = ()) -> None:
    """Do what every process of this program that people start does first: its streams, its language, its walls."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal in another encoding loses a sign, not the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.excepthook = _tell_trace
    threading.excepthook = lambda told: _tell_trace(told.exc_type, told.exc_value, told.exc_traceback)
    set_language(choose_language(arguments, os.environ))
    # Whatever is written belongs to its owner alone.
    os.umask(0o077)
    forbid_core_dumps()
    forbid_telemetry()
    # Completion of shells is off, and what asks for it is answered in no language of ours.
    os.environ.pop("_COPILOT_COMPLETE", None)
    # Before any thread: what is loaded later, native code included, and every child live under it. A site's server is
    # talked to by this process alone, so that parsers, plugins and the local model seal themselves in any case.
    missing = []
    if _seal(enclave_url(os.environ)) is not SealState.SEALED:
        missing.append("seccomp")
    if not landlock_version():
        missing.append("landlock")
    if missing:
        _tell_missing(missing)


def _seal(enclave: str | None) -> SealState:
    if enclave is None:
        restrict_network()
        return seal_network()
    from copilot.sandbox.server_address import server_address

    server = server_address(enclave)
    restrict_network(server.ports)
    return seal_but_for_a_server(by_name=server.by_name)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error of ours is told on stderr."""
    from copilot.cli import parser_words

    parser_words.install()
    from typer.main import get_command

    from copilot.cli.app import app
    from copilot.cli.usage import NoArguments, UsageProblem, explain

    command = get_command(app)
    try:
        result = command.main(args=list(arguments), prog_name="copilot", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as ended:
        # Typer ends with 1 when a pipe breaks; where it is whoever reads our output that is gone, nothing failed.
        return _quietly_ended() if _reader_is_gone() else ExitCode(int(ended.code or ExitCode.FAILURE))
    except CopilotError as error:
        tell(error.message, error.next_step)
        return error.exit_code
    except NoArguments:
        # Called by its name alone: whoever does that wants to know what there is.
        run([*arguments, "--help"])
        return ExitCode.USAGE
    except UsageProblem as problem:
        tell(explain(problem), t("cli.see_help"))
        return ExitCode.USAGE
    except (KeyboardInterrupt, EOFError):
        result = ExitCode.INTERRUPTED
    except OSError as error:
        if isinstance(error, BrokenPipeError) and _reader_is_gone():
            return _quietly_ended()
        if error.errno == errno.EROFS:
            tell(t("store.read_only", path=error.filename or "?"), t("store.read_only_next"))
            return ExitCode.FAILURE
        tell(t("cli.os_error", error=cause_of(error), path=error.filename or "?"), t("cli.os_error_next"))
        return ExitCode.FAILURE
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        told = _tell_unforeseen(error)
        if os.environ.get(TRACE_VARIABLE):
            _tell_trace(type(error), error, error.__traceback__)
        return told
    code = int(result) if isinstance(result, int) else ExitCode.SUPPORTED
    if code == ExitCode.INTERRUPTED:
        # The parser may have turned Ctrl+C into this code itself.
        sys.stderr.write(f"\n{t('cli.interrupted')}\n")
    return code


def _tell_unforeseen(error: Exception) -> ExitCode:
    if isinstance(error, UnicodeEncodeError):
        # Bytes that are no text come through the command line as lone surrogates: only a path may hold them.
        tell(t("cli.no_text", text=error.object[max(0, error.start - 20) : error.end]), t("cli.no_text_next"))
        return ExitCode.USAGE
    if _is_of_the_database(error):
        tell(t("store.damaged_within", error=cause_of(error)), t("store.restore"))
    else:
        # A fault of ours. The trace helps whoever mends it; the user is told what to do meanwhile.
        tell(t("cli.fault", kind=type(error).__name__, detail=error), t("cli.fault_next"))
    return ExitCode.FAILURE


def _tell_trace(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Print a trace as text: its messages may hold what a document says."""
    from traceback import format_exception

    sys.stderr.write(visible("".join(format_exception(kind, error, trace)), multiline=True))


def _is_of_the_database(error: Exception) -> bool:
    """Say whether SQLite, or SQLCipher, met a damaged page on its way; neither is loaded to find out."""
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(error).__mro__}
    return bool(kinds & {("sqlite3", "DatabaseError"), ("sqlcipher3", "DatabaseError")})


def _reader_is_gone() -> bool:
    """Say whether stdout leads to a pipe that nobody reads any more."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _quietly_ended() -> ExitCode:
    # What is left in the buffer must not raise again at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.SUPPORTED


def tell(message: str, next_step: str = "") -> None:
    """Print an error for people: what happened, then what to do."""
    from copilot.cli.printing import wrapped

    sys.stderr.write(wrapped(f"copilot: {visible(message)}", sys.stderr) + "\n")
    if next_step:
        sys.stderr.write(wrapped(f"  → {visible(next_step)}", sys.stderr, "    ") + "\n")


def _tell_missing(walls: Sequence[str]) -> None:
    """Say in red which walls are not there, and have it recorded: what follows may be done, but not unknowingly."""
    from copilot.app.trail import open_user_trail
    from copilot.cli.printing import in_red

    for wall in walls:
        sys.stderr.write(in_red(f"copilot: {t(f'cli.missing_wall.{wall}')}", sys.stderr) + "\n")
    note_missing_walls(walls)
    # Nowhere to record it is no reason to stop: whatever must be recorded will be refused by itself.
    with suppress(CopilotError, OSError), open_user_trail() as trail:
        trail.begin()


def choose_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language of messages: ``--lang``, environment, project and user settings, locale, in this order.

    It is needed before anything is parsed, since help and usage errors are messages too. A value that is no language is
    passed over here and refused where the option or setting is read.
    """
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        value = arguments[index + 1] if argument == "--lang" and index + 1 < len(arguments) else None
        if argument.startswith("--lang="):
            value = argument.partition("=")[2]
        if value in LANGUAGES:
            return value
    for name in ("COPILOT_LANG", "COPILOT_INTERFACE__LANGUAGE"):
        if environment.get(name) in LANGUAGES:
            return environment[name]
    return _language_of_settings(environment) or language_of_locale(environment)


def enclave_url(environment: Mapping[str, str]) -> str | None:
    """Return the server that the user, and nobody else, named to talk to; a project's settings cannot."""
    from copilot.resources import user_settings_file
    from copilot.resources.regular_file import read_toml

    if url := environment.get("COPILOT_ENCLAVE__URL"):
        return url
    try:
        told = read_toml(user_settings_file(environment))
        return str(told.get("enclave", {}).get("url") or "") or None
    except (OSError, ValueError, AttributeError):
        return None


def _language_of_settings(environment: Mapping[str, str]) -> str | None:
    from copilot.resources import user_settings_file
    from copilot.resources.regular_file import read_toml
    from copilot.workspace import find_workspace

    files = [user_settings_file(environment)]
    with suppress(CopilotError, OSError):
        files.insert(0, find_workspace(Path.cwd(), explicit=None, environment=environment).settings_file)
    for file in files:
        try:
            language = read_toml(file).get("interface", {}).get("language")
        except (OSError, ValueError, AttributeError):
            # The settings proper will say what is wrong with the file.
            continue
        if language in LANGUAGES:
            return str(language)
    return None


if __name__ == "__main__":
    main()
