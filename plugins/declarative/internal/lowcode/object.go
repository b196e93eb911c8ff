package lowcode

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is a mapping of the file that is written, in the order of its keys.
type object struct {
	line    int // of the manifest; 0 = none
	mapping int // of the mapping file; 0 = none
	keys    []string
	values  map[string]any
	flow    bool // on one line
}

func newObject(line int) *object { return &object{line: line, values: map[string]any{}} }

// pairs returns an object on one line: its keys and values one after the other.
func pairs(line int, all ...any) *object {
	o := newObject(line)
	o.flow = true
	for i := 0; i+1 < len(all); i += 2 {
		o.set(fmt.Sprint(all[i]), all[i+1])
	}
	return o
}

// set gives a key its value. Nothing, an empty text, false, and what is empty are not written.
func (o *object) set(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case *object:
		if v == nil {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case []*object:
		if len(v) == 0 {
			return
		}
	}
	o.put(key, value)
}

// put gives a key its value, also an empty one.
func (o *object) put(key string, value any) {
	if !slices.Contains(o.keys, key) {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

func (o *object) has(key string) bool { return o != nil && slices.Contains(o.keys, key) }

// under returns the object that is a member, made when there is none.
func (o *object) under(key string) *object {
	if inner, ok := o.values[key].(*object); ok {
		return inner
	}
	inner := newObject(o.line)
	o.put(key, inner)
	return inner
}

// mapped is a value with the line of the mapping file that gives it.
type mapped struct {
	value any
	line  int
}

// origin is where a line of the written file comes from.
type origin struct{ manifest, mapping int }

// maxFlow is how many characters stand on one line within braces.
const maxFlow = 100

// builder makes the nodes of a file, and knows where each comes from.
type builder struct{ origins map[*yaml.Node]origin }

func (b *builder) node(value any, from origin) *yaml.Node {
	n := b.plain(value, &from)
	b.origins[n] = from
	return n
}

func (b *builder) plain(value any, from *origin) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	switch v := value.(type) {
	case mapped:
		from.mapping = v.line
		return b.plain(v.value, from)
	case *object:
		return b.mapping(v, from)
	case map[string]any:
		o := newObject(from.manifest)
		for _, key := range sortedKeys(v) {
			o.put(key, v[key])
		}
		return b.mapping(o, from)
	case []*object:
		for _, one := range v {
			n.Content = append(n.Content, b.node(one, *from))
		}
	case []string:
		n.Style = yaml.FlowStyle
		for _, one := range v {
			n.Content = append(n.Content, b.node(one, *from))
		}
	case []any:
		n.Style = yaml.FlowStyle
		for _, one := range v {
			switch one.(type) {
			case *object, map[string]any, []any:
				n.Style = 0
			}
			n.Content = append(n.Content, b.node(one, *from))
		}
	case string:
		n = &yaml.Node{Kind: yaml.ScalarNode}
		n.SetString(v)
		if !strings.Contains(v, "\n") && len(v) < 130 && strings.Contains(v, `"`) && strings.Contains(v, ": ") {
			n.Style = yaml.SingleQuotedStyle
		}
	default:
		if n.Encode(v) != nil {
			n.SetString(fmt.Sprint(v))
		}
	}
	return n
}

func (b *builder) mapping(o *object, from *origin) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	if o.flow && len(shown(o)) < maxFlow {
		n.Style = yaml.FlowStyle
	}
	if o.line > 0 {
		from.manifest = o.line
	}
	if o.mapping > 0 {
		from.mapping = o.mapping
	}
	for _, key := range o.keys {
		k := &yaml.Node{Kind: yaml.ScalarNode}
		k.SetString(key)
		n.Content = append(n.Content, k, b.node(o.values[key], *from))
	}
	return n
}
