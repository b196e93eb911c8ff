package connectorv1_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// write writes the golden if it does not exist.
func (g golden) write(t *testing.T) {
	t.Helper()
	_, err := os.Stat(filepath.Join(goldens, g.name+".binpb"))
	if !errors.Is(err, fs.ErrNotExist) {
		return
	}
	m := g.message.New()
	fill(m, g.member)
	wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.Interface())
	if err != nil {
		t.Fatal(err)
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m.Interface())
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer // protojson varies its own spaces on purpose
	if err := json.Indent(&pretty, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	write(t, g.name+".binpb", wire)
	write(t, g.name+".json", append(pretty.Bytes(), '\n'))
}

// fill sets every field, and in a oneof only the given member. Each value contains the name or number of its
// field, so swapped fields are detected.
func fill(m protoreflect.Message, member protoreflect.FieldDescriptor) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.ContainingOneof() != nil && f != member:
		case f.IsMap():
			entry := m.Mutable(f).Map()
			entry.Set(protoreflect.ValueOfString("name").MapKey(), protoreflect.ValueOfString(string(f.Name())))
		case f.IsList():
			list := m.Mutable(f).List()
			for n := range 2 {
				if f.Message() != nil {
					fill(list.AppendMutable().Message(), nil)
					continue
				}
				list.Append(protoreflect.ValueOfString(string(f.Name()) + "-" + string(rune('1'+n))))
			}
		case f.Message() != nil:
			m.Set(f, filled(m, f))
		default:
			m.Set(f, scalar(f))
		}
	}
}

// filled returns a message to set, with a fixed moment and span for times.
func filled(m protoreflect.Message, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Message().FullName() {
	case "google.protobuf.Timestamp":
		return protoreflect.ValueOfMessage(timestamppb.New(time.Date(2026, 3, 1, 9, 30, int(f.Number()), 123456789, time.UTC)).ProtoReflect())
	case "google.protobuf.Duration":
		return protoreflect.ValueOfMessage(durationpb.New(time.Duration(f.Number())*time.Second + 250*time.Millisecond).ProtoReflect())
	}
	value := m.NewField(f)
	fill(value.Message(), nil)
	return value
}

// scalar returns a value. A whole number is too large for a double if the type allows it.
func scalar(f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(`{"` + string(f.Name()) + `":"\u00fc"}`))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float64(f.Number()) + 0.5)
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(values.Len() - 1).Number())
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(1<<31 + uint32(f.Number()))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(1<<63 + uint64(f.Number()))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(-1<<62 - int64(f.Number()))
	default:
		return protoreflect.ValueOfString(string(f.Name()))
	}
}
