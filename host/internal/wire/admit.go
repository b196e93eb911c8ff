package wire

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Door admits what one connector sends. It is safe for concurrent use.
type Door struct {
	// Scrub removes the connection's secrets from text; nil = there are none.
	Scrub func(string) string
	// Streams are the names the host asked for: they hold no secret, even when one
	// has the same letters.
	Streams map[string]bool
}

// Admit checks a message and makes its texts fit to be shown; see the package
// comment. It returns the violation, nil when the message may come in.
func (d *Door) Admit(m proto.Message) *host.Problem {
	if b, ok := m.(*batchMessage); ok && b.GetBatch() != nil && proto.Size(b) > sdk.MaxBatchBytes {
		return refusal{"batch", fmt.Sprintf("%d bytes", proto.Size(b)), fmt.Sprintf("at most %d bytes are taken", sdk.MaxBatchBytes)}.problem()
	}
	if r := d.message(m.ProtoReflect()); r != nil {
		return r.problem()
	}
	return nil
}

// refusal is a field that is out of bounds.
type refusal struct{ field, value, rule string }

func (r refusal) problem() *host.Problem {
	p := host.Violation("the connector sent %s = %s: %s", r.field, r.value, r.rule)
	p.Fields = []host.FieldError{{Field: r.field, Message: r.rule, Value: r.value}}
	return p
}

// in names the message or list that the field is part of.
func (r *refusal) in(outer string) *refusal {
	if r.field == "" || strings.HasPrefix(r.field, "[") {
		r.field = outer + r.field
	} else {
		r.field = outer + "." + r.field
	}
	return r
}

func (d *Door) message(m protoreflect.Message) (refused *refusal) {
	list := boundsOf(m.Descriptor())
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if refused = d.field(m, field, v, list[field.Index()]); refused != nil {
			refused.in(string(field.Name()))
		}
		return refused == nil
	})
	return refused
}

func (d *Door) field(m protoreflect.Message, field protoreflect.FieldDescriptor, v protoreflect.Value, b bound) *refusal {
	switch {
	case b.way == data, b.way == word:
		return nil
	case field.IsMap():
		return d.entries(v.Map(), field, b)
	case field.IsList():
		return d.list(v.List(), field, b)
	}
	changed, refused := d.value(field, v, b)
	if refused == nil && field.Kind() == protoreflect.StringKind && changed.String() != v.String() {
		m.Set(field, changed)
	}
	return refused
}

func (d *Door) list(list protoreflect.List, field protoreflect.FieldDescriptor, b bound) *refusal {
	if most := cmp.Or(b.items, maxItems); list.Len() > most {
		return &refusal{"", fmt.Sprintf("%d items", list.Len()), fmt.Sprintf("at most %d are taken", most)}
	}
	for i := range list.Len() {
		changed, refused := d.value(field, list.Get(i), b)
		if refused != nil {
			return refused.in("[" + strconv.Itoa(i) + "]")
		}
		if field.Kind() == protoreflect.StringKind {
			list.Set(i, changed)
		}
	}
	return nil
}

// entries admits a map of texts; keys are texts like the values.
func (d *Door) entries(m protoreflect.Map, field protoreflect.FieldDescriptor, b bound) *refusal {
	if most := cmp.Or(b.items, maxItems); m.Len() > most {
		return &refusal{"", fmt.Sprintf("%d entries", m.Len()), fmt.Sprintf("at most %d are taken", most)}
	}
	var keys []protoreflect.MapKey
	m.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, k)
		return true
	})
	slices.SortFunc(keys, func(a, b protoreflect.MapKey) int { return strings.Compare(a.String(), b.String()) })
	for _, k := range keys {
		key, refused := d.value(field.MapKey(), k.Value(), bound{note, 100, 0})
		if refused != nil {
			return refused
		}
		v, refused := d.value(field.MapValue(), m.Get(k), b)
		if refused != nil {
			return refused.in("[" + key.String() + "]")
		}
		m.Clear(k)
		m.Set(key.MapKey(), v)
	}
	return nil
}

// value admits one value and returns it as it may be shown.
func (d *Door) value(field protoreflect.FieldDescriptor, v protoreflect.Value, b bound) (protoreflect.Value, *refusal) {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return v, d.part(v.Message(), b)
	case protoreflect.StringKind:
		text, refused := d.text(v.String(), b)
		return protoreflect.ValueOfString(text), refused
	case protoreflect.BytesKind:
		if most := cmp.Or(b.max, maxText); b.way != data && len(v.Bytes()) > most {
			return v, tooLong(len(v.Bytes()), most)
		}
		return v, nil
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		if f := v.Float(); !(f >= 0 && f <= maxRate) { // not a number is neither
			return v, &refusal{"", strconv.FormatFloat(f, 'g', -1, 64), fmt.Sprintf("a number from 0 to %d is expected", maxRate)}
		}
		return v, nil
	case protoreflect.BoolKind, protoreflect.EnumKind:
		return v, nil
	default:
		return v, whole(v, b)
	}
}

// whole checks a whole number of any size and sign.
func whole(v protoreflect.Value, b bound) *refusal {
	low, high := 0, cmp.Or(b.max, maxCount)
	if b.way == least {
		low = -1
	}
	value, out := v.String(), false
	switch n := v.Interface().(type) {
	case uint64:
		out = n > uint64(high)
	case uint32:
		out = uint64(n) > uint64(high)
	case int64:
		out = n < int64(low) || n > int64(high)
	case int32:
		out = int64(n) < int64(low) || int64(n) > int64(high)
	}
	if out {
		return &refusal{"", value, fmt.Sprintf("a number from %d to %d is expected", low, high)}
	}
	return nil
}

// part admits a message inside a message: a duration, a time, or one of the protocol's.
func (d *Door) part(m protoreflect.Message, b bound) *refusal {
	switch part := m.Interface().(type) {
	case *durationpb.Duration:
		return span(part, b)
	case *timestamppb.Timestamp:
		return instant(part, b)
	default:
		return d.message(m)
	}
}

func span(d *durationpb.Duration, b bound) *refusal {
	most := MaxWait
	switch b.way {
	case took:
		most = maxTook
	case asked:
		most = math.MaxInt64 // the conversion lowers it and says so
	}
	// AsDuration ends at its own limits, so only the seconds tell of a value beyond.
	if d.CheckValid() == nil && d.AsDuration() >= 0 && d.AsDuration() <= most {
		return nil
	}
	if b.way == asked {
		return &refusal{"", seconds(d), "a duration from 0 is expected"}
	}
	return &refusal{"", seconds(d), fmt.Sprintf("a duration from 0 to %s is expected", most)}
}

func seconds(d *durationpb.Duration) string {
	return fmt.Sprintf("%d s and %d ns", d.GetSeconds(), d.GetNanos())
}

func instant(t *timestamppb.Timestamp, b bound) *refusal {
	shown := fmt.Sprintf("%d s and %d ns after 1970", t.GetSeconds(), t.GetNanos())
	if t.CheckValid() == nil {
		shown = t.AsTime().Format(time.RFC3339)
	}
	if b.way == until && (t.CheckValid() != nil || t.GetSeconds() < 0 || t.AsTime().After(time.Now().Add(MaxWait+time.Minute))) {
		return &refusal{"", shown, fmt.Sprintf("a time after 1970 and at most %s from now is expected", MaxWait)}
	}
	if t.CheckValid() != nil {
		return &refusal{"", shown, "a time in the years 1 to 9999 is expected"}
	}
	return nil
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// IsName reports whether text can be the name of a stream or a step.
func IsName(text string) bool { return namePattern.MatchString(text) }

// text returns a text as it may be shown, or why it is refused.
func (d *Door) text(text string, b bound) (string, *refusal) {
	most := cmp.Or(b.max, maxText)
	switch b.way {
	case data:
		return text, nil
	case name:
		if text != "" && !IsName(text) {
			return text, &refusal{"", d.quoted(text), "lower-case letters, digits, dashes and underscores are expected, 1 to 63 of them"}
		}
		if d.Streams[text] {
			return text, nil
		}
		return d.scrub(text), nil
	case ident, line, page:
		if len(text) > most {
			return text, tooLong(len(text), most)
		}
		if b.way == ident && (display.Visible(text) != text) {
			return text, &refusal{"", d.quoted(text), "text without control or invisible characters is expected"}
		}
	}
	text = display.Cut(d.scrub(text), most)
	if b.way == prose || b.way == page {
		return display.VisibleText(text), nil
	}
	return display.Visible(text), nil
}

func tooLong(size, most int) *refusal {
	return &refusal{"", fmt.Sprintf("%d bytes", size), fmt.Sprintf("at most %d bytes are taken", most)}
}

func (d *Door) scrub(text string) string {
	if d.Scrub == nil || text == "" {
		return text
	}
	return d.Scrub(text)
}

// quoted returns a refused text as it may be shown.
func (d *Door) quoted(text string) string {
	return `"` + display.Visible(display.Cut(d.scrub(text), 80)) + `"`
}
