package supervisor_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// liar is a connector without the SDK's manners. Its setting "say" chooses what it
// sends in its stream users (snapshot) or changes (tombstone).
type liar struct{ connectorv1.ConnectorServer }

func newLiar() *liar {
	stream := func(name string, deletes sdk.Deletes) sdk.Stream {
		return sdk.Stream{Name: name, Title: "Accounts", Kind: kind.KindAccount, Deletes: deletes, Incremental: deletes == sdk.Tombstone,
			Read: func(context.Context, *sdk.Session, *sdk.Output) error { return nil }}
	}
	honest, err := sdk.NewServer(&sdk.Connector{
		ID: "liar", Name: "Liar", Version: "1.0.0", Vendor: "Plumbline", License: "Apache-2.0",
		Summary: "Sends what a connector must not send.", Categories: []string{"custom"},
		ConfigSchema: []byte(`{"type":"object","properties":{"token":{"type":"string","writeOnly":true}}}`),
		Guide:        "Lies. Takes about 1 minute.\n\n## Step 1: Nothing\nNothing.\n\n**Expected outcome:** Nothing.\n",
		Connect:      func(context.Context, *sdk.Session) error { return nil },
		Streams:      []sdk.Stream{stream("users", sdk.Snapshot), stream("changes", sdk.Tombstone)},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return &liar{honest}
}

// talk is one conversation of the liar, which counts for itself.
type talk struct {
	wire                grpc.BidiStreamingServer[connectorv1.SyncRequest, connectorv1.SyncResponse]
	token               string
	batches, checkpoint uint64
	err                 error // of the first message that could not be sent
}

func (t *talk) send(m *connectorv1.SyncResponse) {
	if t.err == nil {
		t.err = t.wire.Send(m)
	}
}

func (t *talk) records(stream, cursor string, records ...*connectorv1.Record) {
	t.batches++
	t.checkpoint++
	t.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Batch{Batch: &connectorv1.Batch{Stream: stream, Number: t.batches,
		Records: records}}})
	t.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Checkpoint{Checkpoint: &connectorv1.Checkpoint{
		Stream: stream, Sequence: t.checkpoint, Records: uint64(len(records)), Cursor: []byte(cursor),
	}}})
}

func (t *talk) result(stream string, result connectorv1.Result, failure *connectorv1.Error) {
	t.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Result{Result: &connectorv1.StreamResult{Stream: stream,
		Result: result, Error: failure}}})
}

func (t *talk) progress(p *connectorv1.Progress) {
	t.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Progress{Progress: p}})
}

func (t *talk) throttle(wait time.Duration) {
	t.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Throttle{Throttle: &connectorv1.Throttle{Source: "429",
		Wait: durationpb.New(wait)}}})
}

func (t *talk) log(text string) {
	t.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: &connectorv1.Log{Level: connectorv1.Log_LEVEL_INFO,
		Message: text}}})
}

func liedAccount(key, name string) *connectorv1.Record {
	return &connectorv1.Record{Key: key, Payload: fmt.Appendf(nil, `{"external_id":"a","status":"active","type":"human","username":%q}`, name)}
}

func liedAccounts(n int) (records []*connectorv1.Record) {
	for i := range n {
		records = append(records, liedAccount(fmt.Sprintf("u%d", i), "a"))
	}
	return records
}

func removals(n int) (records []*connectorv1.Record) {
	for i := range n {
		records = append(records, &connectorv1.Record{Key: fmt.Sprintf("u%d", i), Removed: true})
	}
	return records
}

const evil = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202egpj.exe\u200b\rforged"

// lies are what the liar can say before it ends its streams.
func lies() map[string]func(t *talk) {
	failure := &connectorv1.Error{Code: "upstream.5xx", Message: "the vendor failed"}
	return map[string]func(t *talk){
		"year-10000": func(t *talk) {
			t.progress(&connectorv1.Progress{Step: "connect", WaitUntil: &timestamppb.Timestamp{Seconds: 300_000_000_000}})
		},
		"before-1970": func(t *talk) {
			t.progress(&connectorv1.Progress{Step: "connect", WaitUntil: &timestamppb.Timestamp{Seconds: -99}})
		},
		"30-days":    func(t *talk) { t.throttle(30 * 24 * time.Hour) },
		"count":      func(t *talk) { t.progress(&connectorv1.Progress{Step: "connect", Seen: 1 << 63}) },
		"slash":      func(t *talk) { t.progress(&connectorv1.Progress{Step: "a/b"}) },
		"too-large":  func(t *talk) { t.log(strings.Repeat("x", 9<<20)) },
		"not-utf8":   func(t *talk) { t.log("\xff") },
		"bare-error": func(t *talk) { t.err = status.Error(codes.Unknown, "boom "+evil+t.token) },
		"window": func(t *talk) {
			for i := range 500 {
				t.records("users", "", liedAccount("u0", fmt.Sprint("name ", i)))
			}
		},
		"fill": func(t *talk) {
			t.records("users", "", liedAccounts(30)...)
			t.records("changes", "c1", liedAccounts(30)...)
		},
		"remove-snapshot": func(t *talk) {
			t.records("users", "", removals(30)...)
			t.result("users", connectorv1.Result_RESULT_FAILED, failure)
		},
		"remove-and-fail": func(t *talk) {
			t.records("changes", "", removals(30)...)
			t.result("changes", connectorv1.Result_RESULT_FAILED, failure)
			t.records("users", "", liedAccounts(30)...)
		},
		"remove-and-end": func(t *talk) { t.records("changes", "c3", removals(2)...); t.records("users", "", liedAccounts(30)...) },
		"nul-key":        func(t *talk) { t.records("users", "", liedAccount("a\x00b", "a"), liedAccount("c", "1")) },
		"twice": func(t *talk) {
			t.records("users", "", liedAccount("a", "one"), liedAccount("b", "b"), liedAccount("c", "1"), liedAccount("a", "two"))
		},
		"lines": func(t *talk) {
			for i := range 30_000 {
				t.log(fmt.Sprint("line ", i))
			}
		},
		"megabytes": func(t *talk) {
			for range 100 {
				t.log(strings.Repeat("x", 1<<20))
			}
		},
		"again-and-again": func(t *talk) {
			for range 5000 {
				t.progress(&connectorv1.Progress{Step: "connect", State: connectorv1.Progress_STATE_SKIPPED})
			}
		},
		"evil": func(t *talk) {
			t.log(evil)
			t.result("users", connectorv1.Result_RESULT_FAILED,
				&connectorv1.Error{Code: evil, Message: evil, Remedy: evil, Scope: evil, Detail: evil, UpstreamCode: evil})
		},
		"secret": func(t *talk) {
			for _, s := range []string{t.token, hex.EncodeToString([]byte(t.token))} {
				t.log(s)
				t.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Gap{Gap: &connectorv1.Gap{Stream: "users", Scope: s,
					Error: &connectorv1.Error{
						Code: s, Message: s, Remedy: s, Scope: s, Permissions: []string{s}, UpstreamCode: s,
						UpstreamRequestId: s, ConfigPath: "/" + s, Detail: s,
					}}}})
			}
		},
	}
}

// Sync says what it is told to, and ends every stream that it has not ended.
func (*liar) Sync(wire grpc.BidiStreamingServer[connectorv1.SyncRequest, connectorv1.SyncResponse]) error {
	first, err := wire.Recv()
	if err != nil {
		return err
	}
	var settings struct {
		Say string `json:"say"`
	}
	if err := json.Unmarshal(first.GetOpen().GetCredentials().GetSettings(), &settings); err != nil {
		return err
	}
	go func() { // ends with the conversation
		for err == nil {
			_, err = wire.Recv()
		}
	}()
	t := &talk{wire: wire, token: first.GetOpen().GetCredentials().GetSecrets()["token"]}
	ended := map[string]bool{"users": settings.Say == "evil" || settings.Say == "remove-snapshot",
		"changes": settings.Say == "remove-and-fail"}
	lies()[settings.Say](t)
	for _, s := range first.GetOpen().GetStreams() {
		if !ended[s.GetName()] {
			t.result(s.GetName(), connectorv1.Result_RESULT_COMPLETE, nil)
		}
	}
	t.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Done{Done: &connectorv1.Done{}}})
	return t.err
}

// lied has the liar say something beside a connection that means well, which must not
// notice, and returns the run with its log.
func lied(t *testing.T, b *bundle, c host.Connection, say string) (host.Run, []host.Log) {
	t.Helper()
	c = b.play(t, c, fmt.Sprintf(`{"say":%q}`, say))
	fine := b.connection(t, "fake", "fine-"+strings.ToLower(say), `{"streams":[{"name":"users","records":50,"page":10}]}`)
	beside := b.start(t, fine, supervisor.Options{Trigger: host.TriggerManual})
	run := b.sync(t, c)
	if beside := b.ended(t, beside.ID); beside.Status != host.StatusSucceeded {
		t.Errorf("%s: the run beside it %s: %+v", say, beside.Status, beside)
	}
	raw, err := json.Marshal(run)
	if err != nil {
		t.Fatalf("%s: the run cannot be written: %v", say, err)
	}
	var lines []host.Log
	for {
		last := 0
		if len(lines) > 0 {
			last = lines[len(lines)-1].Number
		}
		more, err := linesOf(b.store.Logs(journal.LogQuery{Run: run.ID, From: last}))
		if err != nil {
			t.Fatal(err)
		}
		if lines = append(lines, more...); len(more) == 0 {
			break
		}
	}
	text := string(raw)
	for _, l := range lines {
		text += l.Step + l.Message
	}
	if display.VisibleText(text) != text || strings.Contains(text, `\u001b`) || strings.Contains(text, canary) ||
		strings.Contains(text, hex.EncodeToString([]byte(canary))) {
		t.Errorf("%s: hidden characters or the secret are in what is kept: %q", say, text)
	}
	return run, lines
}

func setupLiar(t *testing.T) (*bundle, host.Connection) {
	t.Helper()
	b := setup(t, withToken)
	return b, b.connection(t, "liar", "liar", `{"say":"fill"}`)
}

func TestALieIsThatConnectorsViolationAndHarmsNoOther(t *testing.T) {
	t.Parallel()
	for say, want := range map[string]string{
		"year-10000": "progress.wait_until = 300000000000 s", "before-1970": "progress.wait_until = 1969-12-31",
		"30-days": "throttle.wait = 2592000 s",
		"count":   "progress.seen = 9223372036854775808", "slash": `progress.step = "a/b"`,
		"too-large": "more than 8388608 bytes", "not-utf8": "UTF-8",
		"bare-error": `boom \x1b]0;owned`, "window": "while 4 were not acknowledged",
		"remove-snapshot": `removed = true for record "u0" of stream "users"`,
	} {
		t.Run(say, func(t *testing.T) {
			t.Parallel()
			b, c := setupLiar(t)
			run, _ := lied(t, b, c, say)
			said := strings.Join(complaints(run), "; ")
			if run.Status != host.StatusFailed && run.Status != host.StatusPartial || !strings.Contains(said, host.CodeProtocol+": ") ||
				!strings.Contains(said, want) {
				t.Errorf("ended as %s: %s; want a violation saying %q", run.Status, said, want)
			}
			// The next run is neither held nor harmed.
			if again, _ := lied(t, b, c, "fill"); again.Status != host.StatusSucceeded {
				t.Errorf("the next run ended as %s: %v", again.Status, complaints(again))
			}
		})
	}
}

func TestRemovalsOfAStreamThatFailsAreNone(t *testing.T) {
	t.Parallel()
	b, c := setupLiar(t)
	count := func(when string, want int) {
		t.Helper()
		if n := b.records(t, c); n != want {
			t.Errorf("%s: %d records, want %d", when, n, want)
		}
	}
	lied(t, b, c, "fill")
	count("filled", 60)
	lied(t, b, c, "remove-snapshot")
	count("a snapshot stream that removes", 60)
	run, _ := lied(t, b, c, "remove-and-fail")
	count("a stream that removes and fails", 60)
	if s := step(run, "changes"); s.Status != host.StatusFailed || s.Removed != 0 {
		t.Errorf("its step is %s and removed %d", s.Status, s.Removed)
	}
	run, _ = lied(t, b, c, "remove-and-end")
	count("a stream that removes and ends", 58)
	if s := step(run, "changes"); s.Status != host.StatusSucceeded || s.Removed != 2 {
		t.Errorf("its step is %s and removed %d", s.Status, s.Removed)
	}
}

func TestWhatALiarSaysIsBounded(t *testing.T) {
	t.Parallel()
	b, c := setupLiar(t)
	run, lines := lied(t, b, c, "lines")
	if last := lines[len(lines)-1].Message; len(lines) > 10_100 || run.Status != host.StatusSucceeded ||
		last != "(… 20000 more lines dropped)" {
		t.Errorf("%s with %d lines, the last %q", run.Status, len(lines), last)
	}
	run, lines = lied(t, b, c, "megabytes")
	size := 0
	for _, l := range lines {
		size += len(l.Message)
	}
	if size > 2<<20 || run.Status != host.StatusSucceeded || !strings.Contains(fmt.Sprint(lines), "more bytes dropped)") {
		t.Errorf("%s with %d bytes of log", run.Status, size)
	}
	before := b.events.Last()
	if run, _ = lied(t, b, c, "again-and-again"); run.Status != host.StatusSucceeded || b.events.Last()-before > 100 {
		t.Errorf("%s after %d events", run.Status, b.events.Last()-before)
	}
}

func TestOddKeysAreNamed(t *testing.T) {
	t.Parallel()
	b, c := setupLiar(t)
	run, _ := lied(t, b, c, "nul-key")
	if s := step(run, "users"); s.Status != host.StatusPartial || len(s.Gaps) != 1 || s.Gaps[0].Scope != `record a\x00b` ||
		b.records(t, c) != 1 {
		t.Errorf("%s, gaps %+v, %d records", s.Status, s.Gaps, b.records(t, c))
	}
	run, lines := lied(t, b, c, "twice")
	if text := fmt.Sprint(lines); run.Status != host.StatusSucceeded ||
		!strings.Contains(text, `1 records came again in this run with other content, the first with the key "a"`) {
		t.Errorf("%s, log %s", run.Status, text)
	}
}

func TestNothingHiddenOrSecretIsKeptOfARun(t *testing.T) {
	t.Parallel()
	b, c := setupLiar(t)
	run, _ := lied(t, b, c, "evil")
	if s := step(run, "users"); s.Error == nil || !strings.Contains(s.Error.Message, `\x1b]0;owned\x07`) {
		t.Errorf("the error is %+v", s.Error)
	}
	run, lines := lied(t, b, c, "secret")
	if s := step(run, "users"); len(s.Gaps) != 2 || s.Gaps[0].Error.RequestID != "••••" || s.Gaps[1].Error.Permissions[0] != "••••" ||
		!strings.Contains(fmt.Sprint(lines), "••••") {
		t.Errorf("gaps %+v", s.Gaps)
	}
}

func complaints(run host.Run) (said []string) {
	if run.Error != nil {
		said = append(said, run.Error.Code+": "+run.Error.Message)
	}
	for _, s := range run.Steps {
		if s.Error != nil {
			said = append(said, s.Error.Code+": "+s.Error.Message)
		}
	}
	return said
}
