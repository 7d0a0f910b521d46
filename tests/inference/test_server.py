"""A real llama.cpp server on loopback, and servers that misbehave."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.errors import CancelledError, DeniedError, ModelError
from copilot.inference.formats.detection import MARKS
from copilot.inference.server import ServerModel, ServerSetup
from copilot.inference.synthetic import write_scripted
from copilot.ports import Cancellation
from copilot.records import Completed, EndReason, Message, ModelRequest, PromptProgress, Role, Structure, Token
from tests.models import SPM, vocabulary_of
from tests.servers import Behaviour, Odd, OddServer, free_port, llama_server, piece

REPLY = '{"claims":[]}'
SCHEMA = {"type": "object", "properties": {"claims": {"type": "array", "maxItems": 0}}, "required": ["claims"]}
REQUEST = ModelRequest((Message(Role.USER, "Combien ?"),), Structure("", SCHEMA), max_tokens=64)
WHOLE = (piece(REPLY), piece(None, "stop"), b"[DONE]")


def model_at(port: int, *, hosts: tuple[str, ...] = ("127.0.0.1",), seconds: float = 30, key: str = "") -> ServerModel:
    return ServerModel(ServerSetup(f"http://127.0.0.1:{port}/v1", "tiny", hosts, seconds=seconds, key=key))


def ask(server: OddServer, request: ModelRequest = REQUEST, **more: Any) -> Completed:
    *_, end = model_at(server.server_port, **more).generate(request)
    assert isinstance(end, Completed)
    return end


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    path = write_scripted(tmp_path_factory.mktemp("server") / "s.gguf", vocabulary_of(SPM), [REPLY], context=512)
    with llama_server(path) as port:
        yield port


def test_a_real_server_answers_within_the_schema(real: int) -> None:
    model = model_at(real)
    for _ in range(2):
        events = list(model.generate(REQUEST))
        assert isinstance(events[0], PromptProgress)
        end = events[-1]
        assert isinstance(end, Completed)
        assert "".join(event.text for event in events if isinstance(event, Token)) == end.text
        assert (json.loads(end.text), end.reason) == ({"claims": []}, EndReason.STOP)


def test_a_real_server_that_is_told_no_more_than_a_few_tokens(real: int) -> None:
    request = ModelRequest(REQUEST.messages, None, max_tokens=1)
    *_, end = model_at(real).generate(request)
    assert isinstance(end, Completed)
    assert (end.reason, end.text) == (EndReason.LENGTH, REPLY[: len(end.text)])


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_what_is_sent() -> None:
    with OddServer.running(lambda one: one.stream(*WHOLE)) as server:
        assert ask(server, key="secret").text == REPLY
        ask(server)
    (body, headers), (_, plain) = server.asked
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (body["model"], body["stream"], body["max_tokens"], body["temperature"]) == ("tiny", True, 64, 0.0)
    assert headers["Authorization"] == "Bearer secret"
    assert "Authorization" not in plain


@pytest.mark.parametrize("gbnf", ["", 'root ::= "{}"'])
def test_another_manner_is_tried_once_and_remembered(gbnf: str) -> None:
    def old(one: Odd) -> None:
        server = one.server
        assert isinstance(server, OddServer)
        if server.asked[-1][0].get("response_format", {}).get("type") == "json_schema":
            one.send_error(500, "json_schema is none of text, json_object")
        else:
            one.stream(*WHOLE)

    request = ModelRequest(REQUEST.messages, Structure(gbnf, SCHEMA))
    with OddServer.running(old) as server:
        model = model_at(server.server_port)
        for _ in range(2):
            assert list(model.generate(request))
    told = [(body.get("response_format", {}).get("type"), body.get("grammar")) for body, _ in server.asked]
    other = (None, gbnf) if gbnf else ("json_object", None)
    assert told == [("json_schema", None), other, other]


def test_no_name_of_a_control_token_is_sent() -> None:
    text = " ".join([*sorted(MARKS), "<|im_start|>", "<|eot_id|>"])
    request = ModelRequest((Message(Role.SYSTEM, text), Message(Role.USER, text)), REQUEST.structure)
    with OddServer.running(lambda one: one.stream(*WHOLE)) as server:
        ask(server, request)
    [(body, _)] = server.asked
    for message in body["messages"]:
        assert not [name for name in text.split() if name in message["content"]]
        assert message["content"].replace(" ", "") == text.replace(" ", "")


# --- what comes back --------------------------------------------------------------------------------------------------

FAULTS: dict[str, Behaviour] = {
    "an error": lambda one: one.send_error(503, "busy"),
    "an error for every manner": lambda one: one.send_error(400, "response_format"),
    "no JSON": lambda one: one.stream(b"not json"),
    "no object": lambda one: one.stream(b"[1]"),
    "told in the stream": lambda one: one.stream(b'{"error": "out of memory"}'),
    "nothing at all": lambda one: one.stream(),
    "broken off": lambda one: one.stream(piece('{"claims":')),
    "empty": lambda one: one.stream(piece(None, "stop"), b"[DONE]"),
    "another structure": lambda one: one.stream(piece('{"claims":[1]}', "stop"), b"[DONE]"),
    "words beside it": lambda one: one.stream(piece(f"Here: {REPLY}", "stop"), b"[DONE]"),
    "nested without end": lambda one: one.stream(piece("[" * 4_000, "stop"), b"[DONE]"),
    "an event nested without end": lambda one: one.stream(b"[" * 900_000),
    "a number without end": lambda one: one.stream(b'{"usage": {"prompt_tokens": 1e999}}', *WHOLE),
    "half a surrogate pair": lambda one: one.stream(
        piece(r'{"claims":[{"text":"\ud800","quotes":[]}]}', "stop"), b"[DONE]"
    ),
    "no HTTP": lambda one: one.wfile.writelines([b"SSH-2.0-x\r\n"]),
    "elsewhere": lambda one: one.send_error(302, "moved"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_is_named(fault: str) -> None:
    with OddServer.running(FAULTS[fault]) as server, pytest.raises(ModelError, match=r"127\.0\.0\.1"):
        ask(server)


@pytest.mark.parametrize(
    "odd", [b'{"choices": []}', b'{"choices": 3, "usage": 4}', b'{"choices": [{"delta": 1}]}', b'{"usage": {"x": []}}']
)
def test_odd_events_are_passed_over(odd: bytes) -> None:
    with OddServer.running(lambda one: one.stream(odd, *WHOLE)) as server:
        assert ask(server).text == REPLY


def test_a_reply_cut_short_is_told_so() -> None:
    with OddServer.running(lambda one: one.stream(piece('{"claims":', "length"))) as server:
        assert ask(server).reason is EndReason.LENGTH


def test_a_reply_without_end_is_cut() -> None:
    def endless(one: Odd) -> None:
        one.stream()
        try:
            while True:
                one.wfile.write(b"data: " + piece("la " * 100) + b"\n\n")
        except OSError:
            return

    with OddServer.running(endless) as server:
        end = ask(server)
    assert end.reason is EndReason.LENGTH
    assert len(end.text) < 64 * 64 + 400


def _silent(one: Odd) -> None:
    one.stream()
    server = one.server
    assert isinstance(server, OddServer)
    server.released.wait(60)


def test_a_silent_server_can_be_left() -> None:
    cancel = Cancellation()
    threading.Timer(0.1, cancel.cancel).start()
    with OddServer.running(_silent) as server, pytest.raises(CancelledError):
        list(model_at(server.server_port).generate(REQUEST, cancel))


def test_a_silent_server_has_so_long() -> None:
    with OddServer.running(_silent) as server, pytest.raises(ModelError, match=r"127\.0\.0\.1"):
        ask(server, seconds=0.2)


def test_a_server_that_takes_no_connection_can_be_left() -> None:
    # Two connections fill the queue of a socket that nobody accepts from; the third waits.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, socket.socket() as one, socket.socket() as two:
        for line in (one, two):
            line.setblocking(False)
            line.connect_ex(deaf.getsockname())
        cancel = Cancellation()
        threading.Timer(0.2, cancel.cancel).start()
        with pytest.raises(CancelledError):
            list(model_at(deaf.getsockname()[1]).generate(REQUEST, cancel))


def test_nobody_there() -> None:
    with pytest.raises(ModelError, match=r"127\.0\.0\.1"):
        list(model_at(free_port()).generate(REQUEST))


def test_only_named_hosts_and_real_addresses() -> None:
    with pytest.raises(DeniedError, match=r"127\.0\.0\.1"):
        model_at(1, hosts=("localhost",))
    for url in ("", "file:///etc/passwd", "host:80", "http://[x", "http://host:99999/v1"):
        with pytest.raises(ModelError):
            ServerModel(ServerSetup(url, "m", ("host",)))


def test_the_seal_stays_unless_the_user_names_a_server(tmp_path: Path) -> None:
    from copilot.cli.main import enclave_url

    there = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    assert not enclave_url(there)
    settings = tmp_path / "analyst-copilot" / "config.toml"
    settings.parent.mkdir()
    settings.write_text('[enclave]\nhosts = ["a"]\n')
    assert not enclave_url(there)
    settings.write_text('[enclave]\nhosts = ["a"]\nurl = "http://a/v1"\n')
    assert enclave_url(there)
    settings.write_text("enclave = 3")
    assert not enclave_url(there)
