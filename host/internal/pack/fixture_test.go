package pack_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// hostile is a text that breaks what takes it unguarded: markup, a formula, a path, and a sign that turns the rest around.
const hostile = "=cmd|'/C calc'!A0 <script>alert(1)</script> ../../x \u202egnp.exe"

func newKey(t testing.TB) pack.Key {
	t.Helper()
	made, err := release.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	return pack.Key{Private: made.Private, Public: made.Signer}
}

// listOf returns the reader of n records of a run.
func listOf(run, name string, n int) func(context.Context, func(host.Record) error) error {
	return func(_ context.Context, fn func(host.Record) error) error {
		for i := range n {
			data := fmt.Sprintf(`{"email":"u%d@example.com","mfa":"yes","name":%q}`, i, name)
			sum := sha256.Sum256([]byte(data))
			r := host.Record{
				Key: fmt.Sprintf("u%06d", i), Hash: hex.EncodeToString(sum[:]), Run: run, Data: json.RawMessage(data),
				ObservedAt: time.Date(2026, 3, 1, 0, 0, i%60, 0, time.UTC),
			}
			if err := fn(r); err != nil {
				return err
			}
		}
		return nil
	}
}

// content returns what a pack says: a list of n accounts that was read whole, and one whose name is hostile and that was never read.
func content(n int) *pack.Content {
	moment := time.Date(2026, 3, 31, 21, 59, 59, 999999999, time.UTC)
	read := time.Date(2026, 3, 31, 4, 0, 0, 0, time.UTC)
	run := &host.Run{ID: "01RUN", Connection: "c1", FinishedAt: &read}
	accounts := verdict.Reading{
		Connection: "c1", Alias: "corp", Stream: "users", Kind: "account", AsOf: &read, Run: run.ID, Complete: true, Direct: true,
	}
	never := verdict.Reading{Connection: "c2", Alias: "odd", Stream: hostile, Kind: "other", Gaps: []string{"It was never read by then."}}
	finding := pack.Finding{Test: "mfa", Version: 1, Severity: verdict.SeverityHigh, Item: verdict.Item{
		Outcome: verdict.OutcomeFail, Connection: "c1", Alias: "corp", Stream: "users", Key: hostile, Name: hostile, Message: hostile,
		Hash: "00ff", ObservedAt: &read,
	}}
	excluded := finding
	excluded.Outcome, excluded.Key = verdict.OutcomeExcluded, "service"
	excluded.Exclusion = &verdict.Exclusion{Reason: hostile, By: host.AgentActor(), At: read}
	return &pack.Content{
		Product: "Plumbline", Version: "1.0", Location: time.UTC,
		From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Until: moment, Moment: moment,
		Framework:    pack.Framework{ID: "soc2", Title: "SOC 2", Version: "2017", Licence: "none"},
		Requirements: []pack.Requirement{{ID: "CC6.1", Title: "Access"}, {ID: "164.308(a)(1)", Title: "Numbers first"}},
		Controls: []pack.Control{
			{ID: "access-mfa", Title: hostile, Requirements: []string{"CC6.1"}, Tests: []string{"mfa"}},
			{ID: "policies", Title: "Policies", Manual: true, Requirements: []string{"164.308(a)(1)"}},
		},
		Tests: []pack.Tested{{
			Test: verdict.Test{ID: "mfa", Version: 1, Title: hostile, Kind: "account", Severity: verdict.SeverityHigh, Remedy: "Enrol.",
				Controls: []string{"access-mfa"}},
			Result: verdict.Result{Test: "mfa", Version: 1, State: verdict.StateFailing, Reason: "2 fail.", At: moment,
				Tally: verdict.Tally{InScope: n, Fail: 1, Excluded: 1}, Sources: []verdict.Reading{accounts, never}},
		}},
		Populations: []pack.Population{
			{Reading: accounts, Connector: "fake", Filter: "none", WholeRun: run, LastRun: run, Days: verdict.DayCount{Proven: 1, Blind: 1},
				Spans: []verdict.CoverageSpan{
					{From: "2026-03-30", To: "2026-03-30", Days: 1, Coverage: verdict.CoverageBlind, Cause: verdict.CauseNoRead, Why: "No run."},
					{From: "2026-03-31", To: "2026-03-31", Days: 1, Coverage: verdict.CoverageProven, Cause: verdict.CauseRead, Why: "Read."},
				}, Records: listOf(run.ID, hostile, n)},
			{Reading: never, Connector: "fake", Filter: "none", Days: verdict.DayCount{Blind: 2}, Records: listOf("", "", 0)},
		},
		Findings: func(_ context.Context, fn func(pack.Finding) error) error {
			for _, f := range []pack.Finding{finding, excluded} {
				if err := fn(f); err != nil {
					return err
				}
			}
			return nil
		},
		Documents: []pack.Document{{
			ID: "01DOC", Title: hostile, Kind: "file", State: "ready", By: "anna", Text: hostile, File: "../Policy =1.pdf", ValidUntil: &moment,
			SHA256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
			Open:   func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("foo")), nil },
		}},
		Absent:  []pack.Absent{{Part: "Documents", Why: "not yet"}},
		Notices: []string{"users of corp was not read on 1 of 31 days (blind): 2026-03-30."},
		Chain:   pack.Chain{Aliases: map[string]string{"c1": "corp"}, Links: links(137)},
	}
}

// links returns the reader of n links of two chains.
func links(n int) func(context.Context, func(pack.Link) error) error {
	return func(_ context.Context, fn func(pack.Link) error) error {
		for i := range n {
			sum := sha256.Sum256(fmt.Append(nil, i))
			l := pack.Link{
				Connection: "c1", Number: uint64(i/2 + 1), At: time.Date(2026, 3, 30, 0, i, 0, 0, time.UTC), Hash: hex.EncodeToString(sum[:]),
				Run: "01RUN", Stream: "users",
			}
			if i%2 == 1 {
				l.Connection, l.Run, l.Stream = "", "", ""
			}
			if err := fn(l); err != nil {
				return err
			}
		}
		return nil
	}
}

// written returns a pack.
func written(t testing.TB, c *pack.Content, key pack.Key) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := pack.Write(t.Context(), &out, t.TempDir(), c, key, func(pack.Progress) {}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// verified verifies a pack.
func verified(t testing.TB, raw []byte, key string) pack.Report {
	t.Helper()
	report, err := pack.Verify(t.Context(), bytes.NewReader(raw), int64(len(raw)), key)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// member is a file of an archive.
type member struct {
	name    string
	content []byte
}

// members returns the files of a pack.
func members(t testing.TB, raw []byte) (all []member) {
	t.Helper()
	read, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range read.File {
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, member{f.Name, text})
	}
	return all
}

// packed makes an archive of files.
func packed(t testing.TB, all []member) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range all {
		to, err := w.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// fileOf returns a file of a pack.
func fileOf(t testing.TB, raw []byte, name string) string {
	t.Helper()
	all := members(t, raw)
	at := slices.IndexFunc(all, func(m member) bool { return m.name == name })
	if at < 0 {
		t.Fatalf("there is no %s", name)
	}
	return string(all[at].content)
}
