"""How the connector converts rows to records."""

import json
import pathlib
import unittest

from knowbe4 import enrollments, users
from knowbe4.connector import new
from knowbe4.rows import Rows, Sender
from pyconnector import Problem, schema

_KINDS = pathlib.Path(__file__).resolve().parents[2] / "sdk" / "kind" / "schema"

_USER = {
    "id": 667542, "first_name": "William", "last_name": "Marcoux", "email": "w@kb4-demo.com", "groups": [3264, 9],
    "status": "active", "last_sign_in": "2019-04-02T15:02:38.000Z", "joined_on": "2019-04-02T15:02:38.000Z",
    "mobile_phone_number": "555", "custom_date_1": "1986-11-26", "current_risk_score": 45.7,
}


def _shown(fields):
    return {name: value for name, value in fields.items() if value is not None}


class Documents(unittest.TestCase):
    def valid(self, kind, fields):
        described = json.loads((_KINDS / f"{kind}.json").read_text())
        self.assertEqual([], list(schema.violations(described, _shown(fields))))

    def test_user(self):
        got = users.account("667542", _USER, {"3264": "Sales"}, {"667542"})
        self.valid("account", got)
        self.assertEqual(["9", "Sales"], got["groups"])
        self.assertEqual(("active", "yes", "unknown"), (got["status"], got["admin"], got["mfa"]))
        self.assertEqual("2019-04-02T00:00:00Z", got["last_login_at"])
        kept = json.dumps(got["vendor"])
        for left_out in ("555", "1986", "45.7"):
            self.assertNotIn(left_out, kept)

    def test_user_of_whom_little_is_told(self):
        got = users.account("1", {"id": 1, "status": None, "groups": None}, {}, set())
        self.valid("account", got)
        self.assertEqual(("unknown", "unknown", None), (got["status"], got["admin"], got["groups"]))

    def test_statuses(self):
        for word, want in {
            "Not Started": "assigned", "In Progress": "in_progress", "Passed": "complete", "Completed": "complete",
            "Past Due": "overdue", "A word of tomorrow": "unknown", None: "unknown",
        }.items():
            got = enrollments.training("5", {"enrollment_id": 5, "status": word, "user": None})
            self.valid("training", got)
            self.assertEqual(want, got["status"], word)

    def test_descriptor(self):
        self.assertEqual(["users", "enrollments"], [s.name for s in new().describe().streams])


class _Api:
    """Serves a list that a test changes while it is read."""

    def __init__(self, rows, after=0, always=False):
        self.rows, self.after, self.always = rows, after, always

    def get_json(self, _, query):
        first = (query["page"] - 1) * query["per_page"]
        rows = [{"id": n} for n in self.rows[first:first + query["per_page"]]]
        self.after -= 1
        if self.after == 0 or self.always and self.rows:
            del self.rows[0]
        return type("Answer", (), {"json": rows})


class _Out:
    """Collects the messages of a stream."""

    def __init__(self):
        self.gaps = []

    def gap(self, _, why):
        self.gaps.append(why)

    def checkpoint(self):
        pass

    note = expect = lambda self, _: None


def _read(api):
    got, out = [], _Out()
    Rows(api, "/x", per_page=3).read("rows", out, "id", lambda row: got.append(row["id"]))
    return got, out.gaps


class Pages(unittest.TestCase):
    def test_every_size(self):
        for size in range(8):
            self.assertEqual((list(range(size)), []), _read(_Api(list(range(size)))))

    def test_a_row_that_goes_away_is_noticed(self):
        for size in (4, 7, 9):
            for after in range(1, 4):
                got, gaps = _read(_Api(list(range(size)), after=after))
                self.assertEqual(set(range(1, size)), set(got) - {0}, (size, after))
                self.assertEqual([], gaps)

    def test_a_list_that_never_rests(self):
        _, gaps = _read(_Api(list(range(60)), always=True))
        self.assertIsInstance(gaps[0], Problem)
        self.assertIn("changed each time", gaps[0].message)


class _Refusing:
    """Takes records like a run: it reports one that is too large as a gap, and raises."""

    def __init__(self):
        self.sent, self.gaps = [], []

    def gap(self, scope, _):
        self.gaps.append(scope)

    def put(self, key, _):
        if key in ("large", "gone"):
            self.gap(f"record {key}", None)
            raise Problem("limit.record_too_large" if key == "large" else "cancelled", "refused")
        self.sent.append(key)


class Records(unittest.TestCase):
    def test_one_that_is_refused_costs_itself(self):
        out = _Refusing()
        send = Sender(out, "user", "id", lambda key, row: {"external_id": key})
        for key in ("1", "large", "2"):
            send({"id": key})
        self.assertEqual((["1", "2"], ["record large"]), (out.sent, out.gaps))
        with self.assertRaises(Problem):
            send({"id": "gone"})


if __name__ == "__main__":
    unittest.main()
