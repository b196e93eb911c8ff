package connectorv1_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// The goldens are messages of the first release with every field set: NAME.binpb is the encoded form and
// NAME.json a readable one. NAME.MEMBER is used for the members of a oneof. enums.txt has the numbers of the
// enum values.
//
// After adding a message, a oneof member or an enum value:
//
//	go test -run TestGolden ./sdk/proto/connector/v1 -update
//
// writes the missing goldens. It changes no existing one, because released programs send these messages. A new
// field in an old message needs no golden: messages without the field must stay readable.
var update = flag.Bool("update", false, "write the goldens that are missing")

const goldens = "../../../../testdata/wire/v1"

// golden is one message that must stay readable.
type golden struct {
	name    string
	message protoreflect.MessageType
	member  protoreflect.FieldDescriptor // of the oneof to set, if there is one
}

// released lists a golden for each message type of the protocol.
func released(t *testing.T) []golden {
	t.Helper()
	var all []golden
	var visit func(protoreflect.MessageDescriptors)
	visit = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			d := messages.Get(i)
			if d.IsMapEntry() {
				continue
			}
			kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimPrefix(string(d.FullName()), string(d.ParentFile().Package())+".")
			if d.Oneofs().Len() == 0 {
				all = append(all, golden{name: name, message: kind})
			}
			for j := range d.Oneofs().Len() {
				for k := range d.Oneofs().Get(j).Fields().Len() {
					member := d.Oneofs().Get(j).Fields().Get(k)
					all = append(all, golden{name: name + "." + string(member.Name()), message: kind, member: member})
				}
			}
			visit(d.Messages())
		}
	}
	visit(connectorv1.File_connector_v1_connector_proto.Messages())
	return all
}

func TestGoldenMessages(t *testing.T) {
	t.Parallel()
	all := released(t)
	if len(all) < 40 {
		t.Fatalf("%d message types were found, want all there are", len(all))
	}
	for _, g := range all {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			if *update {
				g.write(t)
			}
			wire, text := readGolden(t, g.name+".binpb"), readGolden(t, g.name+".json")
			got, want := g.message.New().Interface(), g.message.New().Interface()
			if err := proto.Unmarshal(wire, got); err != nil {
				t.Fatal(err)
			}
			if err := protojson.Unmarshal(text, want); err != nil {
				t.Fatalf("a field or value of the golden is not known any more: %v", err)
			}
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("the message decodes to something else (-as released +now):\n%s", diff)
			}
			again, err := proto.MarshalOptions{Deterministic: true}.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again, wire) {
				t.Errorf("the message encodes to other bytes:\n%x\nwant\n%x", again, wire)
			}
		})
	}
}

// TestGoldensAreAllRead fails for a golden whose message no longer exists.
func TestGoldensAreAllRead(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"enums.txt": true}
	for _, g := range released(t) {
		known[g.name+".binpb"], known[g.name+".json"] = true, true
	}
	files, err := os.ReadDir(goldens)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("%s was released and has no message any more", f.Name())
		}
	}
}

func TestGoldenEnums(t *testing.T) {
	t.Parallel()
	var now []string
	list := func(enums protoreflect.EnumDescriptors) {
		for i := range enums.Len() {
			for j := range enums.Get(i).Values().Len() {
				v := enums.Get(i).Values().Get(j)
				now = append(now, fmt.Sprintf("%s %s = %d", strings.TrimPrefix(string(enums.Get(i).FullName()), "plumbline.connector.v1."), v.Name(),
					v.Number()))
			}
		}
	}
	list(connectorv1.File_connector_v1_connector_proto.Enums())
	for i := range connectorv1.File_connector_v1_connector_proto.Messages().Len() {
		list(connectorv1.File_connector_v1_connector_proto.Messages().Get(i).Enums())
	}
	slices.Sort(now)
	if *update {
		old, err := os.ReadFile(filepath.Join(goldens, "enums.txt"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		merged := append(strings.Split(strings.TrimSpace(string(old)), "\n"), now...)
		slices.Sort(merged)
		write(t, "enums.txt", []byte(strings.TrimLeft(strings.Join(slices.Compact(merged), "\n"), "\n")+"\n"))
	}
	for _, line := range strings.Split(strings.TrimSpace(string(readGolden(t, "enums.txt"))), "\n") {
		if !slices.Contains(now, line) {
			t.Errorf("%s was released and is not so any more", line)
		}
	}
	if want := strings.Count(string(readGolden(t, "enums.txt")), "\n"); len(now) != want {
		t.Errorf("%d enum values are pinned, %d exist: run with -update", want, len(now))
	}
}

// TestNewerMessagesAreTolerated adds an unknown field to every golden, as a newer program might. Decoding must
// keep the field.
func TestNewerMessagesAreTolerated(t *testing.T) {
	t.Parallel()
	for _, g := range released(t) {
		wire := readGolden(t, g.name+".binpb")
		newer := protowire.AppendTag(bytes.Clone(wire), 9999, protowire.BytesType)
		newer = protowire.AppendString(newer, "from a later version")
		old, got := g.message.New().Interface(), g.message.New().Interface()
		if err := errors.Join(proto.Unmarshal(wire, old), proto.Unmarshal(newer, got)); err != nil {
			t.Errorf("%s: %v", g.name, err)
			continue
		}
		if again, err := (proto.MarshalOptions{Deterministic: true}).Marshal(got); err != nil || !bytes.Equal(again, newer) {
			t.Errorf("%s: the unknown field did not survive: %x (%v)", g.name, again, err)
		}
		got.ProtoReflect().SetUnknown(nil)
		if diff := cmp.Diff(old, got, protocmp.Transform()); diff != "" {
			t.Errorf("%s: the known fields changed (-want +got):\n%s", g.name, diff)
		}
	}
}

// TestNewerEnumValuesAreTolerated sets every enum field of every golden to an unknown value.
func TestNewerEnumValuesAreTolerated(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, g := range released(t) {
		fields := g.message.Descriptor().Fields()
		for i := range fields.Len() {
			f := fields.Get(i)
			if f.Kind() != protoreflect.EnumKind {
				continue
			}
			tried++
			newer := protowire.AppendTag(readGolden(t, g.name+".binpb"), f.Number(), protowire.VarintType)
			newer = protowire.AppendVarint(newer, 4711)
			got := g.message.New()
			if err := proto.Unmarshal(newer, got.Interface()); err != nil {
				t.Errorf("%s.%s: %v", g.name, f.Name(), err)
				continue
			}
			again, err := proto.Marshal(got.Interface())
			back := g.message.New()
			if err := errors.Join(err, proto.Unmarshal(again, back.Interface())); err != nil || back.Get(f).Enum() != 4711 {
				t.Errorf("%s.%s became %d (%v), want 4711", g.name, f.Name(), back.Get(f).Enum(), err)
			}
		}
	}
	if tried < 7 {
		t.Errorf("%d enum fields were tried, want all", tried)
	}
}

// TestNewerMemberIsTolerated decodes an unknown member of a oneof. No known member may be set.
func TestNewerMemberIsTolerated(t *testing.T) {
	t.Parallel()
	wire := protowire.AppendTag(nil, 99, protowire.BytesType)
	wire = protowire.AppendBytes(wire, []byte{})
	for _, m := range []proto.Message{&connectorv1.SyncResponse{}, &connectorv1.SyncRequest{}, &connectorv1.CheckResponse{}} {
		if err := proto.Unmarshal(wire, m); err != nil {
			t.Errorf("%T: %v", m, err)
			continue
		}
		if set := m.ProtoReflect().WhichOneof(m.ProtoReflect().Descriptor().Oneofs().Get(0)); set != nil ||
			len(m.ProtoReflect().GetUnknown()) == 0 {
			t.Errorf("%T took a later member for %v", m, set)
		}
	}
}

func readGolden(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(goldens, name))
	if err != nil {
		t.Fatalf("%v (a new message? run with -update)", err)
	}
	return raw
}

func write(t *testing.T, name string, raw []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(goldens, 0o755), os.WriteFile(filepath.Join(goldens, name), raw, 0o644)); err != nil {
		t.Fatal(err)
	}
}
