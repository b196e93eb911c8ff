"""The program around a connector."""

from __future__ import annotations

import logging
import os
import signal
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING, NoReturn

from pyconnector import handshake
from pyconnector.about import SDK
from pyconnector.connector import Connector
from pyconnector.problems import Problem, where
from pyconnector.stop import Stop

if TYPE_CHECKING:
    from pyconnector.server import Server

_GRACE = 1.0  # for calls to clean up after themselves
_CALLS = 64  # at one moment; each connection over the link is one, and threads are made when they are needed


def serve(connector: Connector) -> NoReturn:
    """Runs the program as a connector and ends it; it never returns. The program should call
    nothing else.

    Started by hand, the program explains itself: "describe" prints the descriptor as JSON, and
    "--version" the version."""
    sys.exit(_serve(connector, sys.argv[1:]))


def _serve(c: Connector, args: list[str]) -> int:
    if args in (["--version"], ["version"]):
        print(f"{c.id} {c.version} (Plumbline connector, protocol {handshake.PROTOCOL}, {SDK})")
        return 0
    if args == ["describe"]:
        print(c.manifest())
        return 0
    if not handshake.started_by_host():
        return _explain(
            f"{c.id} {c.version} is a Plumbline connector. The Plumbline host starts it; you cannot run it by hand.\n"
            'Add it with `plumbline connection add`, or run it with "describe" to see what it reads.')
    if not handshake.speaks():
        return _explain(f"{c.id} {c.version} speaks protocol {handshake.PROTOCOL}, which this host does not.")
    return _listen(c)


def _explain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


def _listen(c: Connector) -> int:
    # Here: gRPC takes longer than all else, and who is only asked what it is needs none.
    import concurrent.futures

    import grpc

    from pyconnector import limits
    from pyconnector.server import Server

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the host decides
    _keep_quiet()
    os.umask(0o077)
    path = handshake.socket_path()
    proof, certificate = handshake.credentials()
    process, ended = Stop(), threading.Event()
    server = Server(c, process, ended.set)
    threading.excepthook = lambda args: _crashed(server, args.exc_value or Exception())
    wire = grpc.server(
        concurrent.futures.ThreadPoolExecutor(max_workers=_CALLS), handlers=server.handlers(), options=[
            # Left alone, gRPC takes in 4 MiB, and hangs up on a host that asks
            # every now and then whether the program is still there.
            ("grpc.max_receive_message_length", limits.MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", limits.MAX_MESSAGE_BYTES),
            ("grpc.http2.max_ping_strikes", 0), ("grpc.keepalive_permit_without_calls", 1),
        ])
    where_to = "unix:" + path
    wire.add_secure_port(where_to, proof) if proof else wire.add_insecure_port(where_to)
    wire.start()
    _announce(handshake.line(path, certificate))
    for watch in (_watch_stdin, _watch_parent):
        threading.Thread(target=watch, args=(ended.set,), daemon=True).start()  # end with the program
    ended.wait()
    process.set(Problem("cancelled", "the host ended the program"))
    server.drain(_GRACE)
    wire.stop(0.2).wait(0.3)
    try:
        os.unlink(path)
    except OSError:
        pass  # gRPC or the host was faster
    # Not sys.exit, which would wait for threads in the middle of a request.
    os._exit(0)


def _announce(line: str) -> None:
    """Prints the handshake line and replaces stdout by stderr, so that other output does not
    disturb the protocol. The real stdout stays open until the end."""
    os.write(1, line.encode())
    os.dup(1)
    os.dup2(2, 1)


def _crashed(server: Server, error: BaseException) -> None:
    """Ends the run with the crash of a thread that the author started."""
    print(where(error), file=sys.stderr)
    server.crashed(error)


def _keep_quiet() -> None:
    """Makes a crash print its lines but not its values, which could hold a secret."""
    logging.getLogger("grpc").setLevel(logging.CRITICAL + 1)
    sys.excepthook = lambda _, error, __: print(where(error), file=sys.stderr)


def _watch_stdin(gone) -> None:
    """Calls gone when stdin closes. The host keeps that pipe open as long as it lives. A stdin that
    is not a pipe is ignored."""
    try:
        mode = os.fstat(0).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            return
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    gone()


def _watch_parent(gone) -> None:
    """Calls gone when the program gets another parent, the second sign that the host has ended."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    gone()
