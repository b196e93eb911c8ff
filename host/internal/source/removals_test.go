package source_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

func gone(key string) *connectorv1.Record { return &connectorv1.Record{Key: key, Removed: true} }

// heard writes down what a sink was given: records, removals as -key, then the cursor.
type heard struct{ groups []string }

func (h *heard) Commit(_ context.Context, g host.Group) error {
	text := ""
	for _, r := range g.Writes {
		if r.Removed {
			text += "-"
		}
		text += r.Key + " "
	}
	h.groups = append(h.groups, strings.TrimSpace(text+"@"+string(g.Cursor)))
	return nil
}

func TestRemovalsTakeEffectWithACursorOrAtTheEnd(t *testing.T) {
	t.Parallel()
	const failed, partial, gaps = connectorv1.Result_RESULT_FAILED, connectorv1.Result_RESULT_PARTIAL, connectorv1.Result_RESULT_COMPLETE_WITH_GAPS
	changes := []*connectorv1.SyncResponse{
		batch(1, account("a")), checkpoint(1, 1, "1"),
		batch(2, gone("x"), account("b")), checkpoint(2, 2, ""),
		batch(3, account("c"), gone("y"), gone("x")), checkpoint(3, 3, ""),
	}
	cursor := append(changes[:2:2], batch(2, gone("x"), account("b")), checkpoint(2, 2, "2"))
	tests := map[string]struct {
		say  []*connectorv1.SyncResponse
		want []string
	}{
		"complete":       {append(changes[:6:6], result(complete), done()), []string{"a @1", "b @", "c @", "-x -y @"}},
		"with gaps":      {append(changes[:6:6], gap("ou=hidden"), result(gaps), done()), []string{"a @1", "b @", "c @", "-x -y @"}},
		"with a cursor":  {append(cursor[:4:4], result(failed), done()), []string{"a @1", "b -x @2"}},
		"after a cursor": {append(cursor[:4:4], batch(3, gone("z")), checkpoint(3, 1, ""), result(failed), done()), []string{"a @1", "b -x @2", "@"}},
		"failed":         {append(changes[:6:6], result(failed), done()), []string{"a @1", "b @", "c @"}},
		"stopped early":  {append(changes[:6:6], result(partial), done()), []string{"a @1", "b @", "c @"}},
		"broken off":     {changes, []string{"a @1", "b @", "c @"}},
		"back again":     {append(changes[:6:6], batch(4, account("x"), account("y")), checkpoint(4, 2, "4"), result(complete), done()), []string{"a @1", "b @", "c @", "x y @4"}},
		"not checkpoint": {append(changes[:2:2], batch(2, gone("x")), result(failed), done()), []string{"a @1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &heard{}
			c := &connector{say: test.say}
			open := source.Open{Streams: []host.StreamRead{{StreamInfo: host.StreamInfo{Name: "users", Kind: "account", Deletes: "tombstone"}}}}
			results, err := source.Sync(t.Context(), c, open, h, func(source.Note) error { return nil })
			if (err != nil) != (name == "broken off") {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, h.groups); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
			if acks := c.acked(); acks != strings.Count(fmt.Sprint(test.want), "@")-strings.Count(fmt.Sprint(test.want), "-x -y @") {
				t.Errorf("%d checkpoints were acknowledged", acks)
			}
			if name == "complete" && results[0].Read != 3 {
				t.Errorf("%d records were read", results[0].Read)
			}
		})
	}
}

func TestManyRemovalsAreStoredInSeveralGroups(t *testing.T) {
	t.Parallel()
	var records []*connectorv1.Record
	for i := range 4500 {
		records = append(records, gone(fmt.Sprintf("%04d", i)))
	}
	s := &sink{connector: &connector{say: []*connectorv1.SyncResponse{batch(1, records...), checkpoint(1, 4500, "c"), result(complete), done()}}}
	open := source.Open{Streams: []host.StreamRead{{StreamInfo: host.StreamInfo{Name: "users", Kind: "account", Deletes: "tombstone"}}}}
	if _, err := source.Sync(t.Context(), s.connector, open, s, func(source.Note) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var sizes []string
	for _, g := range s.groups {
		sizes = append(sizes, fmt.Sprintf("%d@%s", len(g.Writes), g.Cursor))
	}
	if diff := cmp.Diff([]string{"2000@", "2000@", "500@c"}, sizes); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func TestOnlyATombstoneStreamMayRemove(t *testing.T) {
	t.Parallel()
	for _, deletes := range []string{"snapshot", "never", ""} {
		c := &connector{say: []*connectorv1.SyncResponse{batch(1, account("a"), gone("b")), checkpoint(1, 2, "1"), result(complete), done()}}
		s := &sink{connector: c}
		open := source.Open{Streams: []host.StreamRead{{StreamInfo: host.StreamInfo{Name: "users", Kind: "account", Deletes: deletes}}}}
		_, err := source.Sync(t.Context(), c, open, s, func(source.Note) error { return nil })
		var p *host.Problem
		if !errors.As(err, &p) || p.Code != host.CodeProtocol || p.Fault != host.FaultConnector || !strings.Contains(p.Message, `removed = true for record "b" of stream "users"`) {
			t.Errorf("%q: got %v", deletes, err)
		}
		if len(s.groups) != 0 {
			t.Errorf("%q: stored %+v", deletes, s.groups)
		}
	}
}
