"""New secrets over gRPC: the server as it is, and a host that takes them, refuses them, or does not."""

import concurrent.futures
import queue
import tempfile
import threading
import unittest

import grpc

from connector.v1 import connector_pb2 as pb
from pyconnector.connector import Connector, Stream
from pyconnector.problems import Problem
from pyconnector.secrets import Secret
from pyconnector.server import Server
from pyconnector.stop import Stop

_SCHEMA = b'{"type":"object","properties":{"token":{"type":"string","writeOnly":true}}}'
_GUIDE = "Words. Takes about 5 minutes.\n## Step 1: Do\nIt.\n**Expected outcome:** done.\n"
_NEW = ("n3w-secret-1", "n3w-secret-2")


class _Words:
    """What one side of a call says, as gRPC takes it."""

    def __init__(self, *first):
        self._waiting = queue.SimpleQueue()
        for word in first:
            self.say(word)

    def say(self, word):
        """Says one more word; None is the last one."""
        self._waiting.put(word)

    def __iter__(self):
        return iter(self._waiting.get, None)


class Renewed(unittest.TestCase):
    def setUp(self):
        self.results = []  # of renew_secret: True, False or a Problem
        self.handed = threading.Event()
        connector = Connector(
            id="acme", name="Acme", version="1.0.0", vendor="Acme", summary="Reads.", categories=("identity",),
            config_schema=_SCHEMA, guide=_GUIDE, streams=(Stream("users", "Users", "account", self._read),),
            check=lambda session, _: self._hand(session, _NEW[0]))
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=Server(connector, Stop(), lambda: None).handlers())
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        server.add_insecure_port(f"unix:{folder.name}/s")
        server.start()
        self.addCleanup(lambda: server.stop(0).wait())
        self.channel = grpc.insecure_channel(f"unix:{folder.name}/s")
        self.addCleanup(self.channel.close)

    def _read(self, session, _):
        for value in _NEW:
            self._hand(session, value)
            session.log("info", f"the new token is {value}")

    def _hand(self, session, value):
        try:
            self.results.append(session.renew_secret("token", Secret(value)))
        except Problem as p:
            self.results.append(p)
            raise
        finally:
            self.handed.set()

    def _call(self, method, words, answer):
        path = "/plumbline.connector.v1.Connector/" + method
        return self.channel.stream_stream(path, lambda m: m.SerializeToString(), answer.FromString)(iter(words))

    def _sync(self, renewals):
        opened = pb.Open(run_id="1", streams=[pb.StreamState(name="users")], renewals=renewals)
        opened.credentials.secrets["token"] = "old-secret"
        return self._call("Sync", _Words(pb.SyncRequest(open=opened)), pb.SyncResponse)

    def _renew(self, call_id, answer):
        """Opens the call and answers what comes by answer; None ends the call. Returns what came."""
        words, came = _Words(pb.RenewRequest(begin=pb.RenewBegin(id=call_id))), []
        call = self._call("Renew", words, pb.RenewResponse)

        def take():
            for m in call:
                came.append((m.number, m.name, m.value))
                words.say(answer(m))
        taking = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(taking.shutdown)
        self.addCleanup(lambda: words.say(None))
        taking.submit(take)
        return came

    def test_sealed(self):
        came = self._renew("r", lambda m: pb.RenewRequest(sealed=pb.RenewSealed(number=m.number)))
        said = list(self._sync("r"))
        self.assertEqual([True, True], self.results)
        self.assertEqual([(1, "token", _NEW[0]), (2, "token", _NEW[1])], came)
        self.assertNotIn("n3w", str(said))
        self.assertIn("the new token is [secret]", str(said))

    def test_the_call_comes_after_the_run(self):
        run = self._sync("r")
        next(run)  # it has begun
        self._renew("r", lambda m: pb.RenewRequest(sealed=pb.RenewSealed(number=m.number)))
        list(run)
        self.assertEqual([True, True], self.results)

    def test_a_check(self):
        came = self._renew("c", lambda m: pb.RenewRequest(sealed=pb.RenewSealed(number=m.number)))
        check = self.channel.unary_stream("/plumbline.connector.v1.Connector/Check", lambda m: m.SerializeToString(), pb.CheckResponse.FromString)
        list(check(pb.CheckRequest(renewals="c")))
        self.assertEqual(([True], [(1, "token", _NEW[0])]), (self.results, came))

    def test_refused(self):
        self._renew("r", lambda m: pb.RenewRequest(refused=pb.RenewRefused(number=m.number, message=f"no room for {m.value}")))
        said = list(self._sync("r"))
        self.assertEqual(["config.invalid"], [p.code for p in self.results])
        result = next(m.result for m in said if m.WhichOneof("message") == "result")
        self.assertIn("no room for [secret]", result.error.message)

    def test_ended(self):
        self._renew("r", lambda m: None)
        list(self._sync("r"))
        self.assertEqual(["cancelled"], [p.code for p in self.results])

    def test_a_host_that_takes_none(self):
        said = list(self._sync(""))
        self.assertEqual([False, False], self.results)
        self.assertNotIn("n3w", str(said))

    def test_a_cancelled_run_does_not_wait(self):
        run = self._sync("never opened")
        next(run)
        run.cancel()
        self.assertTrue(self.handed.wait(10))
        self.assertEqual(["cancelled"], [p.code for p in self.results])

    def test_a_call_without_an_id(self):
        call = self._call("Renew", _Words(pb.RenewRequest(sealed=pb.RenewSealed(number=1))), pb.RenewResponse)
        with self.assertRaises(grpc.RpcError):
            list(call)


if __name__ == "__main__":
    unittest.main()
