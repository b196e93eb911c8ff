"""The order of messages, the window, secrets and stopping."""

import threading
import unittest

from connector.v1 import connector_pb2 as pb
from pyconnector import kind, schema
from pyconnector.connector import Connector, Stream
from pyconnector.listing import Listing, ListPage
from pyconnector.outbox import Outbox
from pyconnector.pages import Pages
from pyconnector.problems import Problem
from pyconnector.run import Run
from pyconnector.secrets import Scrubber, Secret, basic
from pyconnector.server import Server
from pyconnector.stop import Stop
from pyconnector.window import Window

_GUIDE = "Words. Takes about 5 minutes.\n## Step 1: Do\nIt.\n**Expected outcome:** done.\n"
_TOKEN = "canary/+token 4711"


def _connector(read, **more):
    return Connector(
        id="acme", name="Acme", version="1.0.0", vendor="Acme", summary="Reads.", categories=("identity",),
        config_schema=b'{"type":"object","properties":{"token":{"type":"string","writeOnly":true}}}', guide=_GUIDE,
        streams=(Stream("users", "Users", "account", read, **more), Stream("more", "More", "account", lambda s, out: None)))


class _Host:
    """Receives a run's messages and acknowledges every checkpoint."""

    def __init__(self, connector, ack=True, **opened):
        self.said, self.ack, self.stop = [], ack, Stop()
        o = pb.Open(run_id="1", streams=[pb.StreamState(name="users"), pb.StreamState(name="more")], **opened)
        o.credentials.secrets["token"] = _TOKEN
        self.run = Run(connector, o, self.stop, self.take)

    def take(self, m):
        self.said.append(m)
        if self.ack and m.HasField("checkpoint"):
            self.run._take(pb.SyncRequest(ack=pb.Ack(sequence=m.checkpoint.sequence)))

    def serve(self):
        self.run.serve()
        return self

    def of(self, name):
        return [getattr(m, name) for m in self.said if m.WhichOneof("message") == name]


class Runs(unittest.TestCase):
    def test_complete(self):
        def read(_, out):
            for n in range(1001):
                out.put(str(n), {"external_id": str(n), "status": "active", "type": "human"})
        h = _Host(_connector(read)).serve()
        self.assertEqual([500, 500, 1], [c.records for c in h.of("checkpoint")])
        self.assertEqual([1, 2, 3], [c.sequence for c in h.of("checkpoint")])
        self.assertEqual([1, 2, 3], [b.number for b in h.of("batch")])
        self.assertEqual([pb.RESULT_COMPLETE, pb.RESULT_COMPLETE], [r.result for r in h.of("result")])
        self.assertEqual("done", h.said[-1].WhichOneof("message"))

    def test_partial_only_with_a_cursor_that_was_committed(self):
        def read(_, out):
            out.put("1", {"external_id": "1"})
            out.checkpoint({"page": 2}, "page 2")
            out.put("2", {"external_id": "2"})
            raise Problem("upstream.5xx", f"it said {_TOKEN}")
        h = _Host(_connector(read)).serve()
        first, second = h.of("result")
        self.assertEqual((pb.RESULT_PARTIAL, "upstream.5xx"), (first.result, first.error.code))
        self.assertEqual(pb.RESULT_COMPLETE, second.result)
        self.assertEqual([b'{"page":2}'], [c.cursor for c in h.of("checkpoint")])
        self.assertNotIn(_TOKEN, str(h.said))
        self.assertEqual(pb.RESULT_FAILED, _Host(_connector(lambda s, o: 1 / 0)).serve().of("result")[0].result)

    def test_a_crash_tells_no_values(self):
        def read(_, out):
            raise KeyError("what somebody earns")
        result = _Host(_connector(read)).serve().of("result")[0]
        self.assertEqual("internal.panic", result.error.code)
        self.assertIn("KeyError", result.error.detail)
        line = read.__code__.co_firstlineno + 1
        self.assertEqual(f"the connector crashed: KeyError at wire_test.py:{line}", result.error.message)
        self.assertNotIn("earns", str(result))

    def test_gaps_and_records_that_cannot_be_sent(self):
        def read(_, out):
            for key, fields in (("", {}), ("a", {"x": "y" * 300_000}), ("b", {"x": float("nan")}), ("c", {"x": "\ud800"}), ("k" * 513, {})):
                with self.assertRaises(Problem):
                    out.put(key, fields)
        h = _Host(_connector(read)).serve()
        self.assertEqual(
            ["schema.key_missing", "limit.record_too_large", "schema.unexpected", "schema.unexpected", "schema.unexpected"],
            [g.error.code for g in h.of("gap")])
        self.assertEqual(pb.RESULT_COMPLETE_WITH_GAPS, h.of("result")[0].result)

    def test_a_cursor_never_holds_a_secret(self):
        h = _Host(_connector(lambda _, out: out.checkpoint({"next": _TOKEN}))).serve()
        self.assertEqual("internal.bug", h.of("result")[0].error.code)

    def test_cancel_ends_a_wait(self):
        begun = threading.Event()

        def read(session, out):
            begun.set()
            session.stop.sleep(60)
        h = _Host(_connector(read))
        t = threading.Thread(target=h.serve)
        t.start()
        begun.wait()
        h.run._take(pb.SyncRequest(cancel=pb.Cancel(reason="user")))
        t.join(10)
        self.assertEqual(["cancelled", "cancelled"], [r.error.code for r in h.of("result")])

    def test_a_cursor_that_cannot_be_read(self):
        read = lambda _, out: self.assertIsNone(out.cursor())
        h = _Host(_connector(read, incremental=True))
        h.run._open.streams[0].cursor = b"\xff{"
        self.assertEqual(pb.RESULT_COMPLETE, h.serve().of("result")[0].result)


    def test_a_cursor_that_is_refused(self):
        gone = Problem("notfound.endpoint", "gone", upstream_status=410)
        for refusal, result, calls in ((Problem("cursor.expired", "too old"), pb.RESULT_COMPLETE, 2), (gone, pb.RESULT_COMPLETE, 2),
                                       (Problem("upstream.5xx", "down"), pb.RESULT_FAILED, 1)):
            given = []

            def read(_, out):
                given.append(out.cursor())
                if given[-1]:
                    out.remove("old")
                    raise refusal
                out.put("1", {"external_id": "1"})
            h = _Host(_connector(read, incremental=True, deletes="tombstone"))
            h.run._open.streams[0].cursor = b'{"since":5}'
            self.assertEqual((result, calls), (h.serve().of("result")[0].result, len(given)))
            self.assertEqual([], [r.key for b in h.of("batch") for r in b.records if r.removed])

    def test_a_refusal_comes_too_late_to_begin_anew(self):
        def read(_, out):
            for n in range(4):
                out.put(str(n), {"external_id": "x" * 400_000})
            raise Problem("cursor.expired", "too old")
        h = _Host(_connector(read, incremental=True), budgets=pb.Budgets(max_record_bytes=500_000, soft_batch_bytes=600_000))
        h.run._open.streams[0].cursor = b'{"since":5}'
        self.assertEqual("cursor.expired", h.serve().of("result")[0].error.code)


class Threads(unittest.TestCase):
    def test_a_crash_in_a_thread_of_the_author_ends_the_run(self):
        server = Server(_connector(lambda _, out: None), Stop(), lambda: None)
        context = type("Context", (), {"add_callback": lambda self, f: None})()
        stop, box, begun = Stop(), Outbox(), threading.Event()

        def work():
            begun.set()
            try:
                stop.sleep(60)
            except Problem as p:
                box.put(p)
        said = server._serve(context, stop, box, work)
        begun.wait()
        try:
            {}["x"]
        except KeyError as e:
            server.crashed(e)
        self.assertRegex(next(said).message, "^the connector crashed: KeyError at wire_test.py:[0-9]+$")


class Parts(unittest.TestCase):
    def test_window(self):
        w = Window(2, 100)
        w.reserve(90)
        self.assertEqual(1, w.checkpoint())
        waiting = threading.Thread(target=w.reserve, args=(20,))
        waiting.start()
        waiting.join(0.1)
        self.assertTrue(waiting.is_alive(), "110 bytes went out of 100")
        w.ack(1)
        waiting.join(10)
        self.assertFalse(waiting.is_alive())
        w.ack(1)
        with self.assertRaises(Problem):
            w.ack(7)

    def test_scrubber(self):
        s = Scrubber({"token": _TOKEN, "short": "ab"})
        for text in (_TOKEN, "canary%2F%2Btoken%204711", "canary%2F%2Btoken+4711", "Y2FuYXJ5Lyt0b2tlbiA0NzEx"):
            self.assertEqual("about [secret].", s.text(f"about {text}."))
        self.assertEqual("abc", s.text("abc"))
        self.assertEqual("[secret] [secret]", f"{Secret(_TOKEN)} {Secret(_TOKEN)!r}")

    def test_sign_in_headers(self):
        self.assertEqual("Bearer k", Secret("k").bearer().reveal())
        self.assertEqual("Basic bWU6aw==", basic(Secret("me"), Secret("k")).reveal())
        self.assertEqual("Basic azo=", basic(Secret("k"), Secret("")).reveal())
        self.assertEqual("[secret] [secret]", f"{Secret('k').bearer()} {basic(Secret('me'), Secret('k'))!r}")

    def test_moments(self):
        for text, want in {
            "2019-04-02T15:02:38.000Z": "2019-04-02T15:02:38Z", "2020-02-29T23:30:00-05:00": "2020-03-01T04:30:00Z",
            "2020-01-01T00:00:00.120Z": "2020-01-01T00:00:00.12Z", "2019-04-02T15:02:38": None, "soon": None, None: None, 5: None,
        }.items():
            self.assertEqual(want, kind.moment(text), text)
        self.assertEqual(["yes", "no", "unknown", "unknown"], [kind.tri(v) for v in (True, False, None, 1)])

    def test_moments_at_the_ends_of_the_calendar(self):
        for text in ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "never", "N/A", "-", "0000-00-00"):
            self.assertIsNone(kind.moment(text), text)
            self.assertIsNone(kind.day(text), text)

    def test_documents_are_canonical(self):
        self.assertEqual('{"a":9007199254740993,"b":"é/"}'.encode(), kind.document({"b": "é/", "a": 9007199254740993, "c": None}))

    def test_schema(self):
        described = {"type": "object", "required": ["a"], "additionalProperties": False, "properties": {
            "a": {"type": "string", "minLength": 1}, "b": {"type": "integer"}, "c": {"oneOf": [{"const": 1}, {"const": 2}]}}}
        for value, want in (
            ({"a": "x", "b": 1, "c": 2}, []), ({}, ["/a"]), ({"a": ""}, ["/a"]), ({"a": 1}, ["/a"]),
            ({"a": "x", "b": True, "c": 3, "d/e": 1}, ["/b", "/c", "/d~1e"])):
            self.assertEqual(want, [at for at, _ in schema.violations(described, value)], value)

    def test_lists_that_disagree(self):
        rows = [{"id": str(n)} for n in range(45)]

        def read(last=None, total=None):
            def page(at):
                number = min(at.page, last or at.page) - 1
                return ListPage(rows[number * 20:number * 20 + 20], total(at) if total else None)

            def stream(_, out):
                list_of = Listing("users", page, lambda row: row["id"], lambda row: out.put(row["id"], {"external_id": row["id"]}))
                list_of.read(out)
            h = _Host(_connector(stream)).serve()
            gaps = [g.error.message for g in h.of("gap")]
            return h.of("result")[0].records, gaps[0] if gaps else ""

        for last, total, records, gap in (
                (None, None, 45, ""), (None, lambda _: 45, 45, ""),
                (2, None, 40, "page 3 repeats page 2"), (2, lambda _: 45, 40, "40 different rows, and its total is 45"),
                (2, lambda _: 40, 40, ""), (None, lambda _: 30, 45, "45 different rows, and its total is 30"),
                (None, lambda _: 40, 45, "its total is 40"), (None, lambda _: 50, 45, "its total is 50"),
                (None, lambda at: 44 + at.page % 2, 45, "changed each time it was read")):
            got = read(last, total)
            self.assertEqual(records, got[0], gap)
            self.assertIn(gap, got[1])
            self.assertEqual(gap == "", got[1] == "")

    def test_pages_in_circles(self):
        for tokens, bodies in ((("1", "1"), (b"a", b"b")), (("1", "2"), (b"a", b"a"))):
            guard = Pages()
            guard.saw(tokens[0], bodies[0])
            with self.assertRaises(Problem):
                guard.saw(tokens[1], bodies[1])


if __name__ == "__main__":
    unittest.main()
