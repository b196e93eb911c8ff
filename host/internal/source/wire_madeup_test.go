package source_test

import (
	"bytes"
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// madeUp returns messages in which each field has a value that raw chooses: a usual
// one, one at a bound, or one beyond it. A sync gets a batch and checkpoint in order
// between them.
func madeUp(verb uint8, raw []byte) []byte {
	choice := &choices{raw: raw}
	var out bytes.Buffer
	switch verb {
	case 0:
		d := &connectorv1.DescribeResponse{}
		choice.fill(d.ProtoReflect(), 0)
		encoded, err := proto.Marshal(d)
		if err != nil {
			return nil
		}
		return encoded
	case 1:
		for range 4 {
			m := &connectorv1.CheckResponse{}
			choice.fill(m.ProtoReflect(), 0)
			_, _ = protodelim.MarshalTo(&out, m)
		}
	case 2:
		for n := uint64(1); n <= 8; n++ {
			m := &connectorv1.SyncResponse{}
			choice.fill(m.ProtoReflect(), 0)
			if b := m.GetBatch(); b != nil {
				b.Number, b.Stream = n, "users"
			}
			_, _ = protodelim.MarshalTo(&out, m)
		}
		_, _ = protodelim.MarshalTo(&out, result(complete))
		_, _ = protodelim.MarshalTo(&out, done())
	}
	return out.Bytes()
}

// choices are the bytes of a fuzz input, used one after another and again from the
// beginning for as long as a message may need them.
type choices struct {
	raw  []byte
	at   int
	long int // long texts so far; a few are enough
}

func (c *choices) next(n int) int {
	if c.at == 10*len(c.raw) {
		return 0
	}
	b := c.raw[c.at%len(c.raw)]
	c.at++
	return (int(b) + c.at/len(c.raw)) % n
}

// fill sets fields of a message. Of a oneof, the last one that is chosen stays.
func (c *choices) fill(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if c.next(3) == 0 {
			continue
		}
		switch {
		case f.IsMap():
			for range c.next(4) {
				m.Mutable(f).Map().Set(protoreflect.ValueOfString(c.text()).MapKey(), protoreflect.ValueOfString(c.text()))
			}
		case f.IsList():
			for range []int{1, 1, 2, 2, 3, 0, 101, 501}[c.next(8)] {
				if f.Message() == nil {
					m.Mutable(f).List().Append(c.value(f))
				} else if item := m.Mutable(f).List().AppendMutable(); depth < 5 {
					c.fill(item.Message(), depth+1)
				}
			}
		case f.Message() != nil:
			if depth < 5 {
				c.fill(m.Mutable(f).Message(), depth+1)
			}
		default:
			m.Set(f, c.value(f))
		}
	}
}

// usual reports whether a field gets a value that is in its bounds: one wild value in a
// message is enough to have it refused, and hides all others.
func (c *choices) usual() bool { return c.next(16) > 0 }

func (c *choices) value(f protoreflect.FieldDescriptor) protoreflect.Value {
	whole, float := uint64(c.next(3)), float64(c.next(3))
	if !c.usual() {
		whole = []uint64{65536, 1 << 31, 1 << 53, 1<<53 + 1, 1 << 63, math.MaxUint64, 253402300800}[c.next(7)]
		float = []float64{-1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64}[c.next(5)]
	}
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(c.text())
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(c.text()))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float)
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(whole%2 == 1)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(int32(whole)))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(whole))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(whole))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(int64(whole))
	default:
		return protoreflect.ValueOfUint64(whole)
	}
}

func (c *choices) text() string {
	if c.usual() {
		return "users"
	}
	words := []string{
		"", "users", "text", "a/b", "\x1b]0;x\x07", "\u202e\u200b\u009b", "a\x00b", "\n\r\t", `{"x":1e999}`, `{}`, "[", `{"title":"\u202e"}`,
		`{"external_id":"a","status":"active","type":"human","username":"a"}`, "é", "\U000e0041", "https://a.example/?q=1",
	}
	word := words[c.next(len(words))]
	if c.long++; c.long > 20 {
		return word
	}
	if c.usual() {
		return word
	}
	return strings.Repeat(word, []int{20, 600, 6000}[c.next(3)])
}
