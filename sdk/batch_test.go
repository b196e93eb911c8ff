package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestRecordsOnTheWire compares the received records in full, because the SDK encodes batches itself and
// reuses their memory.
func TestRecordsOnTheWire(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)
	out := sdktest.NewBench(t, connector(func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
		for _, put := range []func() error{
			func() error { return out.Put("ä", kind.Account{ExternalID: "<1>\n"}) },
			func() error { return out.PutUpdated("b", &kind.Account{ExternalID: "2"}, at) },
			func() error { return out.Checkpoint(nil) },
			func() error { return out.Put("c", json.RawMessage(`{"b": 1, "a": "\u003c"}`)) },
			func() error { return out.Put("d", map[string]any{"b": 1, "a": "<"}) },
			func() error { return out.Remove("e") },
		} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	}, func(c *sdk.Connector) { c.Streams[0].Deletes = sdk.Tombstone })).Sync(t, input())

	var got []*connectorv1.Batch
	for _, m := range out.Messages {
		if b := m.GetBatch(); b != nil {
			got = append(got, b)
		}
	}
	account := func(id string) []byte {
		return []byte(`{"admin":"unknown","external_id":"` + id + `","mfa":"unknown","status":"unknown","type":"unknown"}`)
	}
	want := []*connectorv1.Batch{
		{Stream: "users", Number: 1, Records: []*connectorv1.Record{
			{Key: "ä", Payload: account(`<1>\n`)},
			{Key: "b", Payload: account("2"), SourceUpdatedAt: timestamppb.New(at)},
		}},
		{Stream: "users", Number: 2, Records: []*connectorv1.Record{
			{Key: "c", Payload: []byte(`{"a":"<","b":1}`)}, {Key: "d", Payload: []byte(`{"a":"<","b":1}`)}, {Key: "e", Removed: true},
		}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
}

// TestPutIsSafeForConcurrentUse calls Put in parallel. Put encodes documents outside its lock and reuses memory.
func TestPutIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 400
	out := sdktest.NewBench(t, connector(func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
		failed := make(chan error, writers)
		for w := range writers {
			go func() { failed <- put(out, w*each, (w+1)*each) }() // ends with its last record
		}
		var all error
		for range writers {
			all = errors.Join(all, <-failed)
		}
		return all
	})).Sync(t, input())
	got := out.Streams["users"].Records
	if len(got) != writers*each {
		t.Errorf("got %d records, want %d", len(got), writers*each)
	}
	for key, raw := range got {
		var doc kind.Account
		if err := json.Unmarshal(raw, &doc); err != nil || doc.ExternalID != key {
			t.Fatalf("record %s is %s (%v)", key, raw, err)
		}
	}
}

// TestBrokenDocumentsAreNamed checks the message for each document that cannot be encoded.
func TestBrokenDocumentsAreNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		doc  any
		want string
	}{
		"no JSON": {kind.Account{ExternalID: "1", Vendor: json.RawMessage(`{"a"`)}, "record k is not valid JSON"},
		"a repeated key": {kind.Account{ExternalID: "1", Vendor: json.RawMessage(`{"a":1,"a":1}`)},
			`record k: canonicalise at byte 111: the key "a" is repeated`},
		"not an object": {json.RawMessage(`[1]`), "record k is not a JSON object"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := sdktest.NewBench(t, connector(func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
				return out.Put("k", tt.doc)
			})).Sync(t, input())
			if err := out.Streams["users"].Err; err == nil || err.Message != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
