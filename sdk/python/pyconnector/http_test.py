"""The client with a local server that misbehaves."""

import gzip
import http.server
import os
import threading
import time
import unittest

from connector.v1 import connector_pb2 as pb
from pyconnector.connector import Connector
from pyconnector.http import Client, reset_wait, retry_after
from pyconnector.problems import Problem
from pyconnector.secrets import Secret
from pyconnector.session import Reporter, Session
from pyconnector.stop import Stop


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.answers.get(self.path.partition("?")[0], _plain)(self)

    def do_CONNECT(self):
        self.server.asked.append(f"CONNECT {self.path} {self.headers.get('Proxy-Authorization')}")
        self.send_response(403)
        self.send_header("Plumbline-Egress", "denied; the host is not declared")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def _send(body=b"{}", status=200, length=None, **headers):
    def answer(h):
        h.send_response(status)
        for name, value in headers.items():
            h.send_header(name.replace("_", "-"), value)
        h.send_header("Content-Length", str(len(body) if length is None else length))
        h.end_headers()
        h.wfile.write(body)
        h.close_connection = length is not None
    return answer


_plain = _send(b'{"a": 9007199254740993}', Content_Type="application/json")


def _first(*answers):
    left = list(answers)
    return lambda h: (left.pop(0) if left else _plain)(h)


class Requests(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.server.asked, self.server.answers = [], {}
        threading.Thread(target=self.server.serve_forever, args=(0.05,)).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.stop, self.progress = Stop(), []
        connector = Connector(id="acme", name="", version="1.0.0", vendor="", summary="", categories=(), config_schema=b"{}", guide="", streams=())
        self.session = Session(connector.about(), pb.Credentials(secrets={"token": "canary-4711"}), self.stop,
                               Reporter(log=lambda m: None, progress=self.progress.append, throttle=lambda m: None))
        self.addCleanup(self.session.close)

    def client(self, **more):
        return Client(self.session, self.url, **more)

    def fails(self, path, code, **more):
        with self.assertRaises(Problem) as caught:
            self.client(**more).get_json(path)
        self.assertEqual(code, caught.exception.code, caught.exception.message)
        return caught.exception

    def test_reads_again_and_again_on_one_connection(self):
        c = self.client(headers={"Authorization": Secret("canary-4711").after("Bearer ")})
        for _ in range(3):
            self.assertEqual({"a": 9007199254740993}, c.get_json("/x", {"page": 2, "token": "t"}).json)
        self.assertIn("/x?page=2&token=***", self.progress[-1].request.url)

    def test_a_connection_that_ended_meanwhile(self):
        def end(h):
            _plain(h)
            h.close_connection = True  # and does not say so
        self.server.answers["/x"] = end
        c = self.client()
        for _ in range(3):
            c.once("GET", self.url + "/x")

    def test_half_an_answer_is_none(self):
        self.server.answers["/x"] = _send(b"half", length=50)
        with self.assertRaises(Problem) as caught:
            self.client().get("/x")
        self.assertTrue(caught.exception.cut_short)

    def test_heals(self):
        for name, fault in {
            "5xx": _send(status=500), "half": _send(b'{"a":', length=50), "429": _send(status=429, Retry_After="0.01"),
            "not JSON": _send(b'{"a":'),
        }.items():
            with self.subTest(name):
                self.server.answers["/x"] = _first(fault)
                self.client().get_json("/x")

    def test_what_does_not_heal(self):
        cases = {
            "/401": (_send(status=401), "auth.invalid"), "/403": (_send(status=403), "permission.missing"),
            "/404": (_send(status=404), "notfound.endpoint"), "/html": (_send(b"<html>", Content_Type="text/html"), "upstream.invalid_response"),
            "/away": (_send(status=302, Location="http://127.0.0.2/x"), "upstream.invalid_response"),
            "/circle": (_send(status=302, Location="/circle"), "upstream.invalid_response"),
            "/nan": (_send(b'{"a": NaN}'), "upstream.invalid_response"), "/year": (_send(status=429, Retry_After="99999999"), "rate.limited"),
            "/big": (_send(b'"' + b"x" * (2 << 20) + b'"'), "upstream.invalid_response"),
            "/bomb": (_send(gzip.compress(b" " * (4 << 20)), Content_Encoding="gzip"), "upstream.invalid_response"),
        }
        for path, (answer, code) in cases.items():
            with self.subTest(path):
                self.server.answers[path] = answer
                self.fails(path, code, max_body=1 << 20)
        self.assertEqual(1, self.server.asked.count("/401"))

    def test_a_silent_answer_ends_in_time_and_when_stopped(self):
        gone = threading.Event()
        self.addCleanup(gone.set)
        self.server.answers["/x"] = lambda h: gone.wait(30)
        with self.assertRaises(Problem) as caught:
            self.client(timeout=0.2).once("GET", self.url + "/x")
        self.assertEqual("network.timeout", caught.exception.code)
        threading.Timer(0.2, self.stop.set, (Problem("cancelled", "stopped"),)).start()
        self.fails("/x", "cancelled")

    def test_an_answer_that_drips_ends_in_time(self):
        gone = threading.Event()
        self.addCleanup(gone.set)

        def drip(h):
            h.send_response(200)
            h.send_header("Content-Length", "200")
            h.end_headers()
            while not gone.wait(0.05):
                h.wfile.write(b"x")
        self.server.answers["/x"] = drip
        with self.assertRaises(Problem) as caught:
            self.client(timeout=0.3).once("GET", self.url + "/x")
        self.assertEqual("network.timeout", caught.exception.code)

    def test_only_reads_and_stays(self):
        c = self.client(queries=("/graphql",))
        c_address = lambda *a: c._address(*a)
        for method, path in (("POST", "/x"), ("DELETE", "/x"), ("GET", "https://127.0.0.1/x"), ("GET", "//elsewhere/x")):
            with self.subTest(path=path, method=method), self.assertRaises(Problem):
                c_address(method, path, None)
        self.assertEqual(self.url + "/graphql", c_address("POST", "/graphql", None))

    def test_everything_goes_through_the_hosts_proxy(self):
        port = self.server.server_address[1]
        os.environ["PLUMBLINE_PROXY"] = f"http://run:token@127.0.0.1:{port}"
        self.addCleanup(os.environ.pop, "PLUMBLINE_PROXY")
        p = self.fails("/x", "network.denied")
        self.assertEqual("the host is not declared", p.message)
        self.assertEqual([f"CONNECT 127.0.0.1:{port} Basic cnVuOnRva2Vu"], self.server.asked)

    def test_retry_after(self):
        for text, want in {"3": 3, "0": 0, "-1": 0, "nan": 0, "soon": 0, "": 0, "1e99": 31536000, "Wed, 21 Oct 2015 07:28:00 GMT": 0}.items():
            self.assertEqual(want, retry_after(text), text)

    def test_when_a_limit_is_lifted(self):
        for text, want in {"3": 3, "0.5": 0.5, "0": 0, "-1": None, "nan": None, "inf": None, "1e99": None, "soon": None, "": None, "1445412480": 0}.items():
            self.assertEqual(want, reset_wait(text), text)
        for unix in (time.time() + 60, (time.time() + 60) * 1e3):
            self.assertAlmostEqual(60, reset_wait(str(unix)), delta=5)


if __name__ == "__main__":
    unittest.main()
