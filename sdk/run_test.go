package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const secretValue = "hunter2-is-the-token"

type readFunc func(context.Context, *sdk.Session, *sdk.Output) error

// connector returns a valid connector whose stream "users" is read by read.
func connector(read readFunc, change ...func(*sdk.Connector)) *sdk.Connector {
	c := &sdk.Connector{
		ID: "sample", Name: "Sample", Version: "1.2.3", Vendor: "Sample Inc", Summary: "Reads samples.",
		Categories: []string{"custom"}, Guide: "Hello. Takes about 5 minutes.\n\n## Step 1: Begin\nDo it.\n\n**Expected outcome:** It is done.\n",
		ConfigSchema: []byte(`{"type":"object","additionalProperties":false,"required":["token"],"properties":{
			"site":{"type":"string","default":"main"},"limit":{"type":"integer","minimum":1},
			"token":{"type":"string","writeOnly":true,"minLength":1}}}`),
		Permissions: []sdk.Permission{{ID: "users.read", Reason: "Lists users.", Streams: []string{"users"}}},
		Streams:     []sdk.Stream{{Name: "users", Title: "Users", Kind: kind.KindAccount, Permissions: []string{"users.read"}, Read: read}},
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func input() sdktest.Input {
	return sdktest.Input{Secrets: map[string]string{"token": secretValue}}
}

func account(n int) (string, kind.Account) {
	id := fmt.Sprintf("u%04d", n)
	return id, kind.Account{ExternalID: id, Status: "active", Type: "human"}
}

func put(out *sdk.Output, from, to int) error {
	for n := from; n < to; n++ {
		key, doc := account(n)
		if err := out.Put(key, doc); err != nil {
			return err
		}
	}
	return nil
}

func incremental(c *sdk.Connector) { c.Streams[0].Incremental = true }

func TestSyncResults(t *testing.T) {
	t.Parallel()
	type want struct {
		result  string
		code    string
		records int
		cursor  string
	}
	tests := map[string]struct {
		read readFunc
		want want
	}{
		"nothing to read is complete": {
			read: func(context.Context, *sdk.Session, *sdk.Output) error { return nil },
			want: want{result: "complete"},
		},
		"everything read is complete": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error { return put(out, 0, 1234) },
			want: want{result: "complete", records: 1234},
		},
		"a gap is never complete": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				out.Gap("ou=hidden", sdk.PermissionMissing([]string{"users.read"}, "not readable"))
				return put(out, 0, 3)
			},
			want: want{result: "complete_with_gaps", records: 3},
		},
		"failing drops what no checkpoint followed": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				if err := put(out, 0, 7); err != nil {
					return err
				}
				return sdk.Errorf(sdk.CodeAuthInvalid, "refused")
			},
			want: want{result: "failed", code: "auth.invalid"},
		},
		"failing after a resume point is partial": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				if err := put(out, 0, 7); err != nil {
					return err
				}
				if err := out.Checkpoint(7); err != nil {
					return err
				}
				if err := put(out, 7, 9); err != nil {
					return err
				}
				return sdk.Errorf(sdk.CodeUpstream5xx, "down")
			},
			want: want{result: "partial", code: "upstream.5xx", records: 7, cursor: "7"},
		},
		"failing after a checkpoint without a resume point has failed": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				if err := put(out, 0, 7); err != nil {
					return err
				}
				if err := out.Checkpoint(nil); err != nil {
					return err
				}
				return sdk.Errorf(sdk.CodeUpstream5xx, "down")
			},
			want: want{result: "failed", code: "upstream.5xx", records: 7},
		},
		"a panic is a failure of the connector": {
			read: func(context.Context, *sdk.Session, *sdk.Output) error { panic("boom " + secretValue) },
			want: want{result: "failed", code: "internal.panic"},
		},
		"an unknown error is the connector's bug": {
			read: func(context.Context, *sdk.Session, *sdk.Output) error { return errors.New("odd") },
			want: want{result: "failed", code: "internal.bug"},
		},
		"an unknown code keeps its name": {
			read: func(context.Context, *sdk.Session, *sdk.Output) error { return sdk.Errorf("vendor.strange", "odd") },
			want: want{result: "failed", code: "vendor.strange"},
		},
		"a record that is too large and ignored is a gap": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				_ = out.Put("big", kind.Account{ExternalID: "big", Name: strings.Repeat("x", sdk.MaxRecordBytes)})
				return put(out, 0, 2)
			},
			want: want{result: "complete_with_gaps", records: 2},
		},
		"a record that is too large and returned fails by name": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				return out.Put("big", kind.Account{ExternalID: "big", Name: strings.Repeat("x", sdk.MaxRecordBytes)})
			},
			want: want{result: "failed", code: "limit.record_too_large"},
		},
		"a record of another kind fails": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				return out.Put("d", kind.Device{ExternalID: "d"})
			},
			want: want{result: "failed", code: "internal.bug"},
		},
		"a record without a key fails": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				return out.Put("", kind.Account{ExternalID: "d"})
			},
			want: want{result: "failed", code: "schema.key_missing"},
		},
		"a removal without tombstones fails": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error { return out.Remove("u1") },
			want: want{result: "failed", code: "internal.bug"},
		},
		"a secret in a cursor fails": {
			read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				return out.Checkpoint("after " + secretValue)
			},
			want: want{result: "failed", code: "internal.bug"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := sdktest.NewBench(t, connector(tt.read)).Sync(t, input())
			got := out.Streams["users"]
			have := want{result: got.Result, records: len(got.Records), cursor: string(got.Cursor)}
			if got.Err != nil {
				have.code = got.Err.Code
			}
			if diff := cmp.Diff(tt.want, have, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			out.Conceals(t, secretValue)
		})
	}
}

// TestPutOrGap checks that only a record that cannot be sent is left out, and that its gap stays.
func TestPutOrGap(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key          string
		doc          any
		result, code string // of the stream, and of its failure or of its gap
	}{
		"no key": {"", kind.Account{ExternalID: "u1"}, "complete_with_gaps", sdk.CodeSchemaKeyMissing},
		"too large": {"u1", kind.Account{ExternalID: "u1", Name: strings.Repeat("x", sdk.MaxRecordBytes)}, "complete_with_gaps",
			sdk.CodeLimitRecordTooLarge},
		"not JSON":     {"u1", json.RawMessage(`{"external_id":`), "complete_with_gaps", sdk.CodeSchemaUnexpected},
		"another kind": {"u1", kind.Device{ExternalID: "u1"}, "failed", sdk.CodeInternalBug},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sdktest.NewBench(t, connector(func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				if err := out.PutOrGap(tt.key, tt.doc); err != nil {
					return err
				}
				return put(out, 5, 6)
			})).Sync(t, input()).Streams["users"]
			code := sdk.CodeOf(s.Err)
			for _, gap := range s.Gaps {
				code = gap.Code
			}
			if s.Result != tt.result || tt.result != "failed" && len(s.Records) != 1 || code != tt.code {
				t.Errorf("got %s with %d records (%v, gaps %v), want %s because of %s", s.Result, len(s.Records), s.Err, s.Gaps, tt.result, tt.code)
			}
		})
	}
}

func TestGroupsStayBounded(t *testing.T) {
	t.Parallel()
	out := sdktest.NewBench(t, connector(func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
		if err := put(out, 0, 1750); err != nil {
			return err
		}
		for n := range 40 {
			if err := out.Put(fmt.Sprintf("big%d", n), kind.Account{ExternalID: "big", Name: strings.Repeat("x", 200<<10)}); err != nil {
				return err
			}
		}
		return nil
	})).Sync(t, input())
	for _, m := range out.Messages {
		if n := m.GetCheckpoint().GetRecords(); n > sdk.GroupRecords {
			t.Errorf("a group has %d records, want at most %d", n, sdk.GroupRecords)
		}
		size := 0
		for _, r := range m.GetBatch().GetRecords() {
			size += len(r.GetPayload())
		}
		if size > sdk.SoftBatchBytes {
			t.Errorf("a batch has %d bytes, want at most %d", size, sdk.SoftBatchBytes)
		}
	}
	s := out.Streams["users"]
	if s.Result != "complete" || len(s.Records) != 1790 || len(s.Keys) != 1790 {
		t.Errorf("got %s with %d records and %d puts, want complete with 1790", s.Result, len(s.Records), len(s.Keys))
	}
	if s.Groups < 8 {
		t.Errorf("got %d groups, want at least 8", s.Groups)
	}
}

// TestWindowHolds sends no acknowledgements. The connector must stop at the window and still end at its deadline.
func TestWindowHolds(t *testing.T) {
	t.Parallel()
	in := input()
	in.NoAcks, in.Deadline = true, 8*time.Second // long enough for a loaded machine to get to the window's end
	out := sdktest.NewBench(t, connector(func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
		return put(out, 0, 1_000_000)
	})).Sync(t, in)
	if n := out.Streams["users"].Groups; n != sdk.MaxUnackedCheckpoints {
		t.Errorf("sent %d checkpoints without an acknowledgement, want %d", n, sdk.MaxUnackedCheckpoints)
	}
	if e := out.Streams["users"].Err; e == nil || e.Code != sdk.CodeLimitDeadline {
		t.Errorf("ended with %v, want limit.deadline", e)
	}
}

// TestSwallowedCancelIsNotComplete returns nil after a cancelled read. Only the context shows that the read is
// incomplete.
func TestSwallowedCancelIsNotComplete(t *testing.T) {
	t.Parallel()
	in := input()
	in.Deadline = 50 * time.Millisecond
	out := sdktest.NewBench(t, connector(func(ctx context.Context, _ *sdk.Session, _ *sdk.Output) error {
		<-ctx.Done()
		return nil
	})).Sync(t, in)
	if s := out.Streams["users"]; s.Result != "failed" {
		t.Errorf("result %s, want failed", s.Result)
	}
}

func TestCancelKeepsWholePages(t *testing.T) {
	t.Parallel()
	in := input()
	in.Cancel = func(m *connectorv1.SyncResponse) bool { return m.GetCheckpoint().GetSequence() == 2 }
	read := func(ctx context.Context, _ *sdk.Session, out *sdk.Output) error {
		for page := range 3 {
			if err := put(out, page*10, page*10+10); err != nil {
				return err
			}
			if page == 2 {
				<-ctx.Done()
				return nil // swallowed: must still not count as complete
			}
			if err := out.Checkpoint(page*10 + 10); err != nil {
				return err
			}
		}
		return nil
	}
	out := sdktest.NewBench(t, connector(read, func(c *sdk.Connector) {
		c.Streams = append(c.Streams, sdk.Stream{Name: "later", Title: "Later", Kind: kind.KindAccount, Read: read})
	})).Sync(t, in)
	s := out.Streams["users"]
	if s.Result != "partial" || s.Err.Code != sdk.CodeCancelled || len(s.Records) != 20 || string(s.Cursor) != "20" {
		t.Errorf("got %s, %v, %d records, cursor %s; want partial, cancelled, 20, 20", s.Result, s.Err, len(s.Records), s.Cursor)
	}
	if l := out.Streams["later"]; l.Result != "failed" || l.Err.Code != sdk.CodeCancelled {
		t.Errorf("the stream after it: %s, %v; want failed, cancelled", l.Result, l.Err)
	}
}

func TestDeadlineIsNamed(t *testing.T) {
	t.Parallel()
	in := input()
	in.Deadline = 50 * time.Millisecond
	out := sdktest.NewBench(t, connector(func(ctx context.Context, _ *sdk.Session, _ *sdk.Output) error {
		<-ctx.Done()
		return ctx.Err()
	})).Sync(t, in)
	if e := out.Streams["users"].Err; e == nil || e.Code != sdk.CodeLimitDeadline {
		t.Errorf("ended with %v, want limit.deadline", e)
	}
}

func TestCursorComesBack(t *testing.T) {
	t.Parallel()
	type seen struct {
		Found    bool
		Value    int
		Resuming bool
	}
	tests := map[string]struct {
		change []func(*sdk.Connector)
		cursor string
		resume bool
		want   seen
	}{
		"none":                                   {want: seen{}},
		"of an interrupted run":                  {cursor: "40", resume: true, want: seen{true, 40, true}},
		"of a whole run of a snapshot":           {cursor: "40", want: seen{}},
		"of a whole run of an incremental":       {change: []func(*sdk.Connector){incremental}, cursor: "40", want: seen{true, 40, false}},
		"that cannot be read means from the top": {cursor: `{"a":`, resume: true, want: seen{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got seen
			c := connector(func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				var err error
				got.Found, err = out.Cursor(&got.Value)
				got.Resuming = out.Resuming()
				return err
			}, tt.change...)
			in := input()
			in.Cursors = map[string]json.RawMessage{"users": json.RawMessage(tt.cursor)}
			in.Resume = map[string]bool{"users": tt.resume}
			out := sdktest.NewBench(t, c).Sync(t, in)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("cursor (-want +got):\n%s", diff)
			}
			if out.Streams["users"].Result != "complete" {
				t.Errorf("result %s, want complete", out.Streams["users"].Result)
			}
		})
	}
}

func TestConnectFailureSkipsStreams(t *testing.T) {
	t.Parallel()
	c := connector(func(context.Context, *sdk.Session, *sdk.Output) error {
		t.Error("the stream was read")
		return nil
	}, func(c *sdk.Connector) {
		c.Connect = func(context.Context, *sdk.Session) error { return sdk.Errorf(sdk.CodeAuthInvalid, "wrong password") }
	})
	out := sdktest.NewBench(t, c).Sync(t, input())
	if out.Err == nil || out.Err.Code != sdk.CodeAuthInvalid || out.Err.Step != "connect" {
		t.Errorf("done with %+v, want auth.invalid in step connect", out.Err)
	}
	if s := out.Streams["users"]; s.Result != "failed" || s.Err.Step != "connect" {
		t.Errorf("stream: %s, %+v; want failed because of connect", s.Result, s.Err)
	}
	var states []string
	for _, p := range out.Progress {
		states = append(states, p.GetStep()+" "+p.GetState().String())
	}
	if diff := cmp.Diff([]string{"connect STATE_RUNNING", "connect STATE_FAILED", "users STATE_SKIPPED"}, states); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestConnectHandsOn(t *testing.T) {
	t.Parallel()
	type client struct{ name string }
	closed := make(chan string, 2)
	c := connector(func(_ context.Context, s *sdk.Session, out *sdk.Output) error {
		made, err := sdk.From[*client](s)
		if err != nil {
			return err
		}
		return out.Put(made.name, kind.Account{ExternalID: made.name})
	}, func(c *sdk.Connector) {
		c.Connect = func(_ context.Context, s *sdk.Session) error {
			s.OnClose(func() { closed <- "first" })
			s.OnClose(func() { closed <- "last" })
			s.Set(&client{"made"})
			return nil
		}
	})
	out := sdktest.NewBench(t, c).Sync(t, input())
	if _, ok := out.Streams["users"].Records["made"]; !ok {
		t.Errorf("records %v, want the one made from Connect's client", out.Streams["users"].Keys)
	}
	if a, b := <-closed, <-closed; a != "last" || b != "first" {
		t.Errorf("closed %s then %s, want the last opened first", a, b)
	}
}

// TestConnectWith checks the Connect and the Read that keep and give one value.
func TestConnectWith(t *testing.T) {
	t.Parallel()
	type client struct{ name string }
	read := sdk.ReadWith(func(_ context.Context, made *client, out *sdk.Output) error {
		return out.Put(made.name, kind.Account{ExternalID: made.name})
	})
	refused := sdk.Errorf(sdk.CodeAuthInvalid, "refused")
	for name, connect := range map[string]func(context.Context, *sdk.Session) error{
		"made":    sdk.ConnectWith(func(context.Context, *sdk.Session) (*client, error) { return &client{"made"}, nil }),
		"refused": sdk.ConnectWith(func(context.Context, *sdk.Session) (*client, error) { return nil, refused }),
		"nothing": func(context.Context, *sdk.Session) error { return nil },
	} {
		s := sdktest.NewBench(t, connector(read, func(c *sdk.Connector) { c.Connect = connect })).Sync(t, input()).Streams["users"]
		want := map[string]string{"refused": sdk.CodeAuthInvalid, "nothing": sdk.CodeInternalBug}[name]
		if _, sent := s.Records["made"]; sent != (name == "made") || sdk.CodeOf(s.Err) != want {
			t.Errorf("%s: %d records, %v; want the error %q", name, len(s.Records), s.Err, want)
		}
	}
}

func TestStreamsAreIndependent(t *testing.T) {
	t.Parallel()
	c := connector(func(context.Context, *sdk.Session, *sdk.Output) error { panic("boom") }, func(c *sdk.Connector) {
		c.Streams = append(c.Streams, sdk.Stream{Name: "groups", Title: "Groups", Kind: kind.KindAccount,
			Read: func(_ context.Context, _ *sdk.Session, out *sdk.Output) error { return put(out, 0, 5) }})
	})
	out := sdktest.NewBench(t, c).Sync(t, sdktest.Input{Secrets: input().Secrets, Streams: []string{"users", "nowhere", "groups"}})
	got := map[string]string{}
	for name, s := range out.Streams {
		got[name] = s.Result
	}
	if diff := cmp.Diff(map[string]string{"users": "failed", "nowhere": "failed", "groups": "complete"}, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		settings string
		secrets  map[string]string
		want     []string // config paths
	}{
		"complete":          {settings: `{"limit":3}`, secrets: input().Secrets},
		"secret missing":    {settings: `{}`, want: []string{"/token"}},
		"two wrong":         {settings: `{"limit":0,"colour":"red"}`, secrets: input().Secrets, want: []string{"/colour", "/limit"}},
		"another type":      {settings: `{"limit":"three"}`, secrets: input().Secrets, want: []string{"/limit"}},
		"no object":         {settings: `[]`, secrets: input().Secrets, want: []string{""}},
		"null is no object": {settings: `null`, secrets: input().Secrets, want: []string{""}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got struct {
				Site  string `json:"site"`
				Limit int    `json:"limit"`
			}
			c := connector(func(_ context.Context, s *sdk.Session, _ *sdk.Output) error { return s.Settings(&got) })
			in := sdktest.Input{Settings: json.RawMessage(tt.settings), Secrets: tt.secrets}
			probes, _ := sdktest.NewBench(t, c).Check(t, in)
			paths := map[string]bool{}
			for _, p := range probes {
				if p.State == "failed" {
					paths[p.Err.ConfigPath] = true
				}
			}
			want := map[string]bool{}
			for _, p := range tt.want {
				want[p] = true
			}
			if diff := cmp.Diff(want, paths); diff != "" {
				t.Errorf("wrong settings (-want +got):\n%s", diff)
			}
			out := sdktest.NewBench(t, c).Sync(t, in)
			if len(tt.want) == 0 {
				if got.Site != "main" || got.Limit != 3 {
					t.Errorf("settings %+v, want the default site and limit 3", got)
				}
				return
			}
			if out.Err == nil || out.Err.Code != sdk.CodeConfigInvalid || out.Streams["users"].Result != "failed" {
				t.Errorf("sync ended with %v and %s, want config.invalid and failed", out.Err, out.Streams["users"].Result)
			}
		})
	}
}
