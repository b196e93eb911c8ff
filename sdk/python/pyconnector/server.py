"""The connector as a gRPC service: Describe, Check, Sync and Renew, with health and Shutdown for the
host."""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterator

import grpc

from connector.v1 import connector_pb2 as pb
from pyconnector import check, link
from pyconnector.connector import Connector
from pyconnector.outbox import Outbox
from pyconnector.problems import Problem, as_problem
from pyconnector.renew import Renewals
from pyconnector.run import Run
from pyconnector.secrets import Secret
from pyconnector.session import Reporter, Session
from pyconnector.stop import Stop

_SERVING = b"\x08\x01"  # grpc.health.v1.HealthCheckResponse{status: SERVING}


class Server:
    """Answers the host's calls. Process ends when the program must end."""

    def __init__(self, connector: Connector, process: Stop, shutdown: Callable[[], None]) -> None:
        self._connector, self._process, self._shutdown = connector, process, shutdown
        self._described = connector.describe()
        self._idle = threading.Condition()
        self._calls = 0
        self._running: list[Stop] = []  # of the calls
        self._renewals = Renewals()

    def handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """Returns the services as gRPC takes them."""
        encode: Callable[[Any], bytes] = lambda m: m.SerializeToString()
        raw: Callable[[bytes], bytes] = bytes
        return (
            grpc.method_handlers_generic_handler("plumbline.connector.v1.Connector", {
                "Describe": grpc.unary_unary_rpc_method_handler(self._describe, pb.DescribeRequest.FromString, encode),
                "Check": grpc.unary_stream_rpc_method_handler(self._check, pb.CheckRequest.FromString, encode),
                "Sync": grpc.stream_stream_rpc_method_handler(self._sync, pb.SyncRequest.FromString, encode),
                "Renew": grpc.stream_stream_rpc_method_handler(self._renewals.serve, pb.RenewRequest.FromString, encode),
                "Tunnel": grpc.stream_stream_rpc_method_handler(link.tunnel, pb.TunnelRequest.FromString, encode),
            }),
            grpc.method_handlers_generic_handler("plugin.GRPCController", {
                "Shutdown": grpc.unary_unary_rpc_method_handler(self._end, raw, raw),
            }),
            grpc.method_handlers_generic_handler("grpc.health.v1.Health", {
                "Check": grpc.unary_unary_rpc_method_handler(_healthy, raw, raw),
            }),
        )

    def _describe(self, _: pb.DescribeRequest, __: grpc.ServicerContext) -> pb.DescribeResponse:
        return self._described

    def _end(self, _: bytes, __: grpc.ServicerContext) -> bytes:
        self._shutdown()
        return b""

    def _check(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> Iterator[pb.CheckResponse]:
        stop, box = Stop(), Outbox[pb.CheckResponse]()
        seconds = request.timeout.ToNanoseconds() / 1e9
        if seconds > 0:
            stop.at(seconds, Problem("network.timeout", f"the check took longer than {seconds:g} s"))

        def work() -> None:
            report = Reporter(log=lambda m: box.put(pb.CheckResponse(log=m)), renew=self._renew(request.renewals, stop))
            session = Session(self._connector.about(), request.credentials, stop, report)
            try:
                check.run(session, box.put, self._connector.connect, self._connector.check)
            finally:
                session.close()
                stop.close()

        return self._serve(context, stop, box, work)

    def _sync(self, words: Iterator[pb.SyncRequest], context: grpc.ServicerContext) -> Iterator[pb.SyncResponse]:
        stop, box = Stop(), Outbox[pb.SyncResponse]()

        def work() -> None:
            try:
                first = next(words)
            except Exception:  # gRPC's way to say that the call is over
                return
            if not first.HasField("open"):
                wrong = Problem("protocol.violation", "the host did not begin with Open")
                box.put(pb.SyncResponse(done=pb.Done(error=wrong.to_wire())))
                return
            run = Run(self._connector, first.open, stop, box.put, self._renew(first.open.renewals, stop))
            _begin(lambda: run.receive(words))  # ends with the call
            run.serve()

        return self._serve(context, stop, box, work)

    def _renew(self, call_id: str, stop: Stop) -> Callable[[str, Secret], bool]:
        return lambda name, value: self._renewals.hand(call_id, name, value, stop)

    def _serve(self, context: grpc.ServicerContext, stop: Stop, box: Outbox, work: Callable[[], None]) -> Iterator[Any]:
        """Runs work in another thread than the sender, until the end of the call."""
        gone = Problem("cancelled", "the host is gone")

        def over() -> None:
            box.broken()
            stop.set(gone)

        def guarded() -> None:
            forget = self._process.on_stop(lambda: stop.set(self._process.reason or gone))
            try:
                work()
            except Problem:
                pass  # the host is gone, so no report is possible
            finally:
                forget()
                box.close()
                with self._idle:
                    self._calls -= 1
                    self._running.remove(stop)
                    self._idle.notify_all()

        with self._idle:
            self._calls += 1
            self._running.append(stop)
        context.add_callback(over)
        _begin(guarded)
        return iter(box)

    def crashed(self, error: BaseException) -> None:
        """Ends every call, because a thread of the author has died and its data is missing."""
        with self._idle:
            running = list(self._running)
        for stop in running:
            stop.set(as_problem(error))

    def drain(self, seconds: float) -> None:
        """Waits until every call has cleaned up, for a limited time."""
        with self._idle:
            self._idle.wait_for(lambda: self._calls == 0, seconds)


def _begin(f: Callable[[], None]) -> None:
    threading.Thread(target=f, daemon=True).start()


def _healthy(request: bytes, context: grpc.ServicerContext) -> bytes:
    # HealthCheckRequest{service: "plugin"}, or of the whole server.
    if request not in (b"", b"\x0a\x06plugin"):
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return _SERVING
