package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// longestText is more than any text may have once its hidden characters are escapes.
const longestText = 6*(64<<10) + 100

// FuzzWire plays a connector that sends arbitrary messages: a description, or the
// messages of a check or of a sync one after another. The bytes are the messages, each
// after its length, or they say what is in each field of messages that are made up.
// Whatever the connector sends, the host's values can be written as JSON, their times
// are in range, and their texts are UTF-8, bounded and visible.
func FuzzWire(f *testing.F) {
	seeds, err := filepath.Glob("../../../testdata/wire/v1/*.binpb")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, path := range seeds {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		switch name := filepath.Base(path); {
		case strings.HasPrefix(name, "DescribeResponse"):
			f.Add(uint8(0), raw)
		case strings.HasPrefix(name, "CheckResponse"):
			f.Add(uint8(1), append(protowire.AppendVarint(nil, uint64(len(raw))), raw...))
		case strings.HasPrefix(name, "SyncResponse"):
			f.Add(uint8(2), append(protowire.AppendVarint(nil, uint64(len(raw))), raw...))
		}
	}
	nan, err := proto.Marshal(&connectorv1.DescribeResponse{Limits: &connectorv1.Limits{RequestsPerSecond: math.NaN()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(0), nan)
	far := &connectorv1.Progress{WaitUntil: &timestamppb.Timestamp{Seconds: 253402300800}} // the year 10000
	var whole bytes.Buffer
	late := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Progress{Progress: far}}
	if _, err := protodelim.MarshalTo(&whole, late); err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(2), bytes.Clone(whole.Bytes()))
	whole.Reset()
	for _, m := range []*connectorv1.SyncResponse{
		batch(1, account("a"), &connectorv1.Record{Key: "b", Removed: true}), checkpoint(1, 2, "c"), gap("ou=x"),
		batch(2, account("b")), checkpoint(2, 1, "d"), result(complete), done(),
	} {
		if _, err := protodelim.MarshalTo(&whole, m); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(uint8(2), whole.Bytes())
	for verb := range uint8(3) {
		for seed := range uint64(400) {
			raw := make([]byte, 200)
			_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), verb}).Read(raw)
			f.Add(3+verb, raw)
		}
	}
	f.Fuzz(func(t *testing.T, verb uint8, raw []byte) {
		if verb%6 >= 3 {
			raw = madeUp(verb%3, raw)
		}
		switch verb % 3 {
		case 0:
			describeAnything(t, raw)
		case 1:
			checkAnything(t, raw)
		case 2:
			syncAnything(t, raw)
		}
	})
}

func describeAnything(t *testing.T, raw []byte) {
	var d connectorv1.DescribeResponse
	if proto.Unmarshal(raw, &d) != nil {
		return
	}
	c, violation := wire.Description(&d)
	if violation != nil {
		sound(t, violation)
		return
	}
	if !json.Valid(c.ConfigSchema) { // which the catalog refuses
		c.ConfigSchema = []byte(`{}`)
	}
	sound(t, c)
}

// speaker says messages as they come from raw, and counts what it hears.
type speaker struct {
	connectorv1.ConnectorClient
	raw *bytes.Reader
	ctx context.Context
}

func (s *speaker) Sync(ctx context.Context, _ ...grpc.CallOption) (grpc.BidiStreamingClient[connectorv1.SyncRequest,
	connectorv1.SyncResponse], error) {
	s.ctx = ctx
	return &spoken[connectorv1.SyncResponse]{speaker: s}, nil
}

func (s *speaker) Check(ctx context.Context, _ *connectorv1.CheckRequest,
	_ ...grpc.CallOption) (grpc.ServerStreamingClient[connectorv1.CheckResponse], error) {
	s.ctx = ctx
	return &spoken[connectorv1.CheckResponse]{speaker: s}, nil
}

type spoken[M any] struct {
	grpc.ClientStream
	speaker *speaker
}

func (*spoken[M]) Send(*connectorv1.SyncRequest) error { return nil }

func (*spoken[M]) CloseSend() error { return nil }

func (s *spoken[M]) Recv() (*M, error) {
	message := new(M)
	m, _ := any(message).(proto.Message)
	if protodelim.UnmarshalFrom(s.speaker.raw, m) != nil {
		return nil, io.EOF
	}
	return message, nil
}

func checkAnything(t *testing.T, raw []byte) {
	identity, err := source.Check(t.Context(), &speaker{raw: bytes.NewReader(raw)}, source.Open{}, time.Minute, func(p host.Probe) {
		if p.Seconds < 0 {
			t.Errorf("a probe took %v s", p.Seconds)
		}
		sound(t, p)
	})
	sound(t, identity)
	if err != nil {
		sound(t, host.AsProblem(err))
	}
}

// anySink takes every group and checks it.
type anySink struct{ t *testing.T }

func (s anySink) Commit(_ context.Context, g host.Group) error {
	if len(g.Cursor) > sdk.MaxCursorBytes {
		s.t.Errorf("a cursor of %d bytes", len(g.Cursor))
	}
	sound(s.t, g.Label)
	for _, r := range g.Writes {
		if r.Key == "" || len(r.Key) > sdk.MaxKeyBytes || !utf8.ValidString(r.Key) || !r.Removed && !json.Valid(r.Doc) {
			s.t.Errorf("stored %q: %.100s", r.Key, r.Doc)
		}
	}
	return nil
}

func (s anySink) Finish(r host.StreamResult) error {
	sound(s.t, r)
	return nil
}

func (s anySink) Log(level, step, message string) { sound(s.t, []string{level, step, message}) }

func (s anySink) Progress(p source.Progress) {
	if p.WaitUntil != nil && (p.WaitUntil.Before(time.Unix(0, 0)) || time.Until(*p.WaitUntil) > wire.MaxWait+time.Hour) {
		s.t.Errorf("waits until %v", p.WaitUntil)
	}
	if p.Expected < 0 || p.Waits < 0 || p.Waits > wire.MaxWait {
		s.t.Errorf("expects %d, waits %v", p.Expected, p.Waits)
	}
	sound(s.t, p)
}

func syncAnything(t *testing.T, raw []byte) {
	open := source.Open{Streams: []host.StreamRead{{StreamInfo: host.StreamInfo{Name: "users", Kind: "account", Deletes: "tombstone"}},
		{StreamInfo: host.StreamInfo{Name: "text", Kind: "account", Deletes: "snapshot"}}}}
	results, err := source.Sync(t.Context(), &speaker{raw: bytes.NewReader(raw)}, open, anySink{t})
	sound(t, results)
	if err != nil {
		sound(t, host.AsProblem(err))
	}
}

// sound checks that a value can be written as JSON and that each text in it is fit to
// be shown.
func sound(t *testing.T, value any) {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%+v cannot be written: %v", value, err)
	}
	var back any
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	legible(t, back)
}

func legible(t *testing.T, value any) {
	t.Helper()
	switch v := value.(type) {
	case string:
		if !utf8.ValidString(v) || len(v) > longestText || display.VisibleText(v) != v {
			t.Errorf("a text of %d bytes is %.200q", len(v), v)
		}
	case []any:
		for _, item := range v {
			legible(t, item)
		}
	case map[string]any:
		for _, item := range v {
			legible(t, item)
		}
	}
}
