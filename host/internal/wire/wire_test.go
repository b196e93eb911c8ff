package wire_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// responses are the messages that a connector sends.
func responses() []proto.Message {
	return []proto.Message{&connectorv1.DescribeResponse{}, &connectorv1.CheckResponse{}, &connectorv1.SyncResponse{}}
}

func progress(p *connectorv1.Progress) proto.Message {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Progress{Progress: p}}
}

func throttle(wait *durationpb.Duration) proto.Message {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Throttle{Throttle: &connectorv1.Throttle{Step: "users", Source: "429",
		Wait: wait}}}
}

func failed(e *connectorv1.Error) proto.Message {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Done{Done: &connectorv1.Done{Error: e}}}
}

func said(fields map[string]string) proto.Message {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: &connectorv1.Log{Message: "x", Fields: fields}}}
}

func TestAValueOutOfBoundsIsThatConnectorsViolation(t *testing.T) {
	t.Parallel()
	limits := func(l *connectorv1.Limits) proto.Message { return &connectorv1.DescribeResponse{Limits: l} }
	many := map[string]string{}
	for i := range 101 {
		many[strings.Repeat("k", i+1)] = "v"
	}
	tests := map[string]struct {
		message      proto.Message
		field, value string
	}{
		"a wait after the year 9999": {progress(&connectorv1.Progress{WaitUntil: &timestamppb.Timestamp{Seconds: 300_000_000_000}}),
			"progress.wait_until", "300000000000 s and 0 ns after 1970"},
		"a wait before 1970": {progress(&connectorv1.Progress{WaitUntil: &timestamppb.Timestamp{Seconds: -1}}), "progress.wait_until",
			"1969-12-31T23:59:59Z"},
		"a wait before the year 1": {progress(&connectorv1.Progress{WaitUntil: &timestamppb.Timestamp{Seconds: math.MinInt64}}),
			"progress.wait_until", "-9223372036854775808 s and 0 ns after 1970"},
		"a wait of 30 days": {progress(&connectorv1.Progress{WaitUntil: timestamppb.New(time.Now().AddDate(0, 0, 30))}),
			"progress.wait_until", ""},
		"a throttle of 30 days": {throttle(durationpb.New(30 * 24 * time.Hour)), "throttle.wait", "2592000 s and 0 ns"},
		"a negative throttle":   {throttle(durationpb.New(-time.Second)), "throttle.wait", "-1 s and 0 ns"},
		"a throttle without end": {throttle(&durationpb.Duration{Seconds: math.MaxInt64}), "throttle.wait",
			"9223372036854775807 s and 0 ns"},
		"mixed signs": {throttle(&durationpb.Duration{Seconds: 1, Nanos: -1}), "throttle.wait", "1 s and -1 ns"},
		"a negative retry": {failed(&connectorv1.Error{RetryAfter: durationpb.New(-time.Second)}), "done.error.retry_after",
			"-1 s and 0 ns"},
		"a counter beyond 2^53": {progress(&connectorv1.Progress{Seen: 1 << 63}), "progress.seen", "9223372036854775808"},
		"NaN":                   {limits(&connectorv1.Limits{RequestsPerSecond: math.NaN()}), "limits.requests_per_second", "NaN"},
		"Inf":                   {limits(&connectorv1.Limits{RequestsPerSecond: math.Inf(1)}), "limits.requests_per_second", "+Inf"},
		"a negative rate":       {limits(&connectorv1.Limits{RequestsPerSecond: -1}), "limits.requests_per_second", "-1"},
		"a port": {&connectorv1.DescribeResponse{Network: []*connectorv1.NetworkHost{{Host: "a.example", Port: 65536}}},
			"network[0].port", "65536"},
		"a host with a hidden sign": {&connectorv1.DescribeResponse{Network: []*connectorv1.NetworkHost{{}, {Host: "a\u202e.example"}}},
			"network[1].host", `"a\u202e.example"`},
		"streams without end": {&connectorv1.DescribeResponse{Streams: make([]*connectorv1.Stream, 201)}, "streams", "201 items"},
		"a title too long": {&connectorv1.DescribeResponse{Streams: []*connectorv1.Stream{{Title: strings.Repeat("x", 201)}}},
			"streams[0].title", "201 bytes"},
		"a step with a slash":       {progress(&connectorv1.Progress{Step: "a/b"}), "progress.step", `"a/b"`},
		"a config schema too large": {&connectorv1.DescribeResponse{ConfigSchema: make([]byte, 256<<10+1)}, "config_schema", "262145 bytes"},
		"fields without end":        {said(many), "log.fields", "101 entries"},
		"a request that took too long": {progress(&connectorv1.Progress{
			Request: &connectorv1.Request{Took: durationpb.New(32 * 24 * time.Hour)}}),
			"progress.request.took", "2764800 s and 0 ns"},
		"a check's probe": {&connectorv1.CheckResponse{
			Message: &connectorv1.CheckResponse_Probe{Probe: &connectorv1.Probe{Took: durationpb.New(-1)}}},
			"probe.took", "0 s and -1 ns"},
		"a record's time": {&connectorv1.SyncResponse{
			Message: &connectorv1.SyncResponse_Batch{Batch: &connectorv1.Batch{Records: []*connectorv1.Record{{}, {
				SourceUpdatedAt: &timestamppb.Timestamp{Nanos: -1}}}}}},
			"batch.records[1].source_updated_at", "0 s and -1 ns after 1970"},
		"a batch too large": {&connectorv1.SyncResponse{
			Message: &connectorv1.SyncResponse_Batch{Batch: &connectorv1.Batch{Records: []*connectorv1.Record{{
				Payload: make([]byte, sdk.MaxBatchBytes)}}}}},
			"batch", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := new(wire.Door).Admit(test.message)
			if p == nil {
				t.Fatal("it was admitted")
			}
			if p.Code != host.CodeProtocol || p.Fault != host.FaultConnector || len(p.Fields) != 1 {
				t.Fatalf("refused as %+v", p)
			}
			if f := p.Fields[0]; f.Field != test.field || test.value != "" && f.Value != test.value ||
				!strings.Contains(p.Message, test.field+" = ") {
				t.Errorf("%q names %q = %v, want %q = %s", p.Message, f.Field, f.Value, test.field, test.value)
			}
			if _, err := json.Marshal(p); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestValuesAtTheirBoundsAreAdmitted(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]proto.Message{
		"a wait that is over":   progress(&connectorv1.Progress{WaitUntil: &timestamppb.Timestamp{}}),
		"a wait of a day":       progress(&connectorv1.Progress{WaitUntil: timestamppb.New(time.Now().Add(wire.MaxWait))}),
		"a throttle of a day":   throttle(durationpb.New(wire.MaxWait)),
		"a counter of 2^53":     progress(&connectorv1.Progress{Seen: 1 << 53}),
		"a vendor's long retry": failed(&connectorv1.Error{RetryAfter: durationpb.New(365 * 24 * time.Hour)}),
		"remaining unknown": &connectorv1.SyncResponse{
			Message: &connectorv1.SyncResponse_Throttle{Throttle: &connectorv1.Throttle{Remaining: -1}}},
		"nothing": &connectorv1.SyncResponse{},
	} {
		if p := new(wire.Door).Admit(m); p != nil {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestAVendorsLongWaitIsLoweredAndSaidSo(t *testing.T) {
	t.Parallel()
	p := wire.Problem(&connectorv1.Error{Code: "rate.limited", Message: "slow down", RetryAfter: durationpb.New(30 * 24 * time.Hour)})
	if p.RetryAfter != wire.MaxWait.Seconds() || !strings.Contains(p.Message, "720h0m0s") || !strings.Contains(p.Message, "24h0m0s") {
		t.Errorf("got %v s, %q", p.RetryAfter, p.Message)
	}
}

func TestLongTextIsCutWithAMark(t *testing.T) {
	t.Parallel()
	m := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: &connectorv1.Log{Message: strings.Repeat("é", 1<<19)}}}
	if p := new(wire.Door).Admit(m); p != nil {
		t.Fatal(p)
	}
	text := m.GetLog().GetMessage()
	if len(text) > sdk.MaxLogBytes+40 || !utf8.ValidString(text) || !strings.HasSuffix(text, "… (1040384 more bytes dropped)") {
		t.Errorf("%d bytes, ending %q", len(text), text[max(0, len(text)-40):])
	}
}

// each calls visit for every field of a message type and of those inside it.
func each(d protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool, visit func(protoreflect.FieldDescriptor)) {
	if seen[d.FullName()] || strings.HasPrefix(string(d.FullName()), "google.") {
		return
	}
	seen[d.FullName()] = true
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		visit(f)
		if f.Message() != nil && !f.IsMap() {
			each(f.Message(), seen, visit)
		}
	}
}

func TestEveryFieldOfTheProtocolHasABound(t *testing.T) {
	t.Parallel()
	for _, m := range responses() {
		each(m.ProtoReflect().Descriptor(), map[protoreflect.FullName]bool{}, func(f protoreflect.FieldDescriptor) {
			if !wire.Bounded(f) {
				t.Errorf("%s has no bound in bounds.go", f.FullName())
			}
		})
	}
}

// fill sets every field of a message, texts to the given one, and one item in each
// list and map. Which member of a oneof is set is for member to say.
func fill(m protoreflect.Message, text string, member int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if o := f.ContainingOneof(); o != nil && f.Index() != o.Fields().Get(member%o.Fields().Len()).Index() {
			continue
		}
		switch {
		case f.IsMap():
			m.Mutable(f).Map().Set(protoreflect.ValueOfString(text).MapKey(), protoreflect.ValueOfString(text))
		case f.IsList() && f.Message() != nil:
			fill(m.Mutable(f).List().AppendMutable().Message(), text, member)
		case f.IsList():
			m.Mutable(f).List().Append(protoreflect.ValueOfString(text))
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(text))
		case f.Message() != nil && !strings.HasPrefix(string(f.Message().FullName()), "google."):
			fill(m.Mutable(f).Message(), text, member)
		}
	}
}

// texts calls visit for every text in a message.
func texts(m protoreflect.Message, visit func(field protoreflect.FieldDescriptor, text string)) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				visit(f, k.String())
				visit(f, v.String())
				return true
			})
		case f.IsList():
			for i := range v.List().Len() {
				if f.Message() != nil {
					texts(v.List().Get(i).Message(), visit)
				} else {
					visit(f, v.List().Get(i).String())
				}
			}
		case f.Message() != nil:
			texts(v.Message(), visit)
		case f.Kind() == protoreflect.StringKind:
			visit(f, v.String())
		}
		return true
	})
}

const aSecret = `hunter2-0815/"& ß`

// TestASecretIsScrubbedFromEveryText walks every text field of every message that a
// connector sends, with the secret in each form in which it may be written.
func TestASecretIsScrubbedFromEveryText(t *testing.T) {
	t.Parallel()
	door := &wire.Door{Scrub: secret.NewScrubber(aSecret, "token-4711").Scrub}
	for name, form := range map[string]string{
		"as it is": aSecret, "hex": "68756e746572322d303831352f222620c39f", "HEX": "68756E746572322D303831352F222620C39F",
		"base64": "aHVudGVyMi0wODE1LyImIMOf", "URL": "hunter2-0815%2F%22%26+%C3%9F", "path": "hunter2-0815%2F%22&%20%C3%9F",
		"JSON": `hunter2-0815/\"\u0026 ß`, "ASCII JSON": `hunter2-0815/\"& \u00df`, "HTML": "hunter2-0815/&#34;&amp; ß",
		"a name": "token-4711",
	} {
		visited := 0
		for _, m := range responses()[1:] {
			for member := range 8 {
				m := proto.Clone(m)
				fill(m.ProtoReflect(), form, member)
				before := proto.Clone(m)
				if p := door.Admit(m); p != nil {
					// A name that is none is refused, and the refusal shows it.
					if strings.Contains(p.Message, form) || strings.Contains(p.Fields[0].Value.(string), form) {
						t.Errorf("%s: refused as %q", name, p.Message)
					}
					names(before.ProtoReflect())
					m = before
					if p := door.Admit(m); p != nil {
						t.Fatalf("%s: %v", name, p)
					}
				}
				texts(m.ProtoReflect(), func(f protoreflect.FieldDescriptor, text string) {
					visited++
					if f.FullName() != "plumbline.connector.v1.Record.key" && strings.Contains(text, form) {
						t.Errorf("%s: %s still has it: %q", name, f.FullName(), text)
					}
				})
			}
		}
		if visited < 60 {
			t.Errorf("%s: only %d texts were looked at", name, visited)
		}
	}
}

// names puts a name into the fields where only one is admitted.
func names(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				names(v.List().Get(i).Message())
			}
		case f.Message() != nil && !f.IsMap():
			names(v.Message())
		case wire.Named(f):
			m.Set(f, protoreflect.ValueOfString("users"))
		}
		return true
	})
}

// TestNothingHiddenGetsIn walks every text of every message.
func TestNothingHiddenGetsIn(t *testing.T) {
	t.Parallel()
	for _, m := range responses()[1:] {
		for member := range 8 {
			m := proto.Clone(m)
			fill(m.ProtoReflect(), "a\x1b]0;t\x07\u009b\u202e\u200b\r\x00b", member)
			names(m.ProtoReflect())
			if p := new(wire.Door).Admit(m); p != nil {
				t.Fatal(p)
			}
			texts(m.ProtoReflect(), func(f protoreflect.FieldDescriptor, text string) {
				if f.FullName() != "plumbline.connector.v1.Record.key" && display.VisibleText(text) != text {
					t.Errorf("%s is %q", f.FullName(), text)
				}
			})
		}
	}
}

func TestAStreamsNameIsNoSecret(t *testing.T) {
	t.Parallel()
	door := &wire.Door{Scrub: secret.NewScrubber("users").Scrub, Streams: map[string]bool{"users": true}}
	m := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Checkpoint{Checkpoint: &connectorv1.Checkpoint{Stream: "users",
		Label: "users"}}}
	if p := door.Admit(m); p != nil || m.GetCheckpoint().GetStream() != "users" || m.GetCheckpoint().GetLabel() != "••••" {
		t.Errorf("%v: %v", p, m)
	}
}

func TestATransportErrorThatTheConnectorCausedIsItsViolation(t *testing.T) {
	t.Parallel()
	door := &wire.Door{Scrub: secret.NewScrubber(aSecret).Scrub}
	for name, test := range map[string]struct {
		err  error
		want string // "" = not the connector's
	}{
		"text that is not UTF-8": {status.Error(codes.Internal,
			"grpc: failed to unmarshal the received message: string field contains invalid UTF-8"),
			"cannot be read: string field contains invalid UTF-8"},
		"a message too large": {status.Error(codes.ResourceExhausted, "grpc: received message larger than max (9 vs. 8)"),
			"more than 8388608 bytes"},
		"an answer of gRPC":   {status.Error(codes.Unknown, "boom \x1b[2J "+aSecret), `boom \x1b[2J ••••`},
		"the process is gone": {status.Error(codes.Unavailable, "connection reset"), ""},
		"the host hung up":    {status.Error(codes.Canceled, "context canceled"), ""},
		"a broken connection": {status.Error(codes.Internal, "stream terminated by RST_STREAM"), ""},
		"no error of gRPC":    {errors.New("EOF"), ""},
	} {
		p := door.Broken(test.err)
		if (p != nil) != (test.want != "") || p != nil && (p.Fault != host.FaultConnector || !strings.Contains(p.Message, test.want)) {
			t.Errorf("%s: %+v, want %q", name, p, test.want)
		}
	}
}

func TestAProblemPutTogetherFromAProgramsWordsIsFitToBeShown(t *testing.T) {
	t.Parallel()
	door := &wire.Door{Scrub: secret.NewScrubber(aSecret).Scrub}
	odd := "\x1b[2J" + aSecret + "\u202e"
	p := door.Outward(&host.Problem{
		Code: odd, Message: odd, Remedy: odd, UpstreamCode: odd, RequestID: odd, Scope: odd, Detail: odd + strings.Repeat("x", 20<<10),
		Permissions: []string{odd}, Fields: []host.FieldError{{Field: odd, Message: odd, Value: odd}},
	})
	raw, err := json.Marshal(p)
	if err != nil || strings.Contains(string(raw), "hunter2") || strings.Contains(string(raw), `\u001b`) ||
		strings.Contains(string(raw), "\u202e") || len(raw) > 18<<10 {
		t.Errorf("%v: %d bytes: %.600s", err, len(raw), raw)
	}
}

func TestConfigSchemaOfADescription(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ schema, says string }{
		"a hidden character":      {`{"title":"a\u202eb"}`, "invisible"},
		"a number beyond":         {`{"maximum":1e999}`, "the number 1e999, which is out of range"},
		"a hidden one behind one": {`{"maximum":1e999,"title":"a\u202eb"}`, "invisible"},
		"a plain one":             {`{"maximum":1e99,"title":"a"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, p := wire.Description(&connectorv1.DescribeResponse{ConfigSchema: []byte(test.schema)})
			if (p == nil) != (test.says == "") {
				t.Fatalf("%s is taken as %v", test.schema, p)
			}
			if p != nil && (!strings.Contains(p.Message, test.says) || p.Fields[0].Field != "config_schema") {
				t.Errorf("%s is refused as %q", test.schema, p.Message)
			}
		})
	}
}
