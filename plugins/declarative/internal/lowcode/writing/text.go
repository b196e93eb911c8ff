package writing

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Origin is where a line of the written file comes from.
type Origin struct{ Manifest, Mapping int }

// Text returns the text of a file behind a comment, and where each of its lines comes from.
func Text(whole *Object, head string) (string, map[int]Origin, error) {
	b := builder{origins: map[*yaml.Node]Origin{}}
	root := b.node(whole, Origin{})
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(root), encoder.Close()); err != nil {
		return "", nil, fmt.Errorf("write file: %w", err)
	}
	out := head + spaced(text.String())
	var read yaml.Node
	if err := yaml.Unmarshal([]byte(out), &read); err != nil {
		return "", nil, fmt.Errorf("read the file that was written: %w", err)
	}
	origins := map[int]Origin{}
	if len(read.Content) > 0 {
		locate(root, read.Content[0], b.origins, origins)
	}
	return out, origins, nil
}

// spaced puts an empty line before each part of the file.
func spaced(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		word, _, _ := strings.Cut(line, ":")
		if slices.Contains([]string{"settings", "permissions", "network", "guide", "base_url", "answers", "check", "streams"}, word) ||
			strings.HasPrefix(line, "  - name: ") && strings.Contains(b.String(), "\nstreams:\n") && !strings.HasSuffix(b.String(), "streams:\n") {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
	return b.String()
}

// locate notes where the lines of the file come from.
func locate(made, read *yaml.Node, from map[*yaml.Node]Origin, lines map[int]Origin) {
	if at, known := from[made]; known {
		if before := lines[read.Line]; before.Mapping == 0 || at.Mapping > 0 {
			lines[read.Line] = at
		}
	}
	for i := 0; i < len(made.Content) && i < len(read.Content); i++ {
		locate(made.Content[i], read.Content[i], from, lines)
	}
}

// MaxFlow is how many characters stand on one line within braces.
const MaxFlow = 100

// builder makes the nodes of a file, and knows where each comes from.
type builder struct{ origins map[*yaml.Node]Origin }

func (b *builder) node(value any, from Origin) *yaml.Node {
	n := b.plain(value, &from)
	b.origins[n] = from
	return n
}

func (b *builder) plain(value any, from *Origin) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	switch v := value.(type) {
	case Mapped:
		from.Mapping = v.Line
		return b.plain(v.Value, from)
	case *Object:
		return b.mapping(v, from)
	case map[string]any:
		o := New(from.Manifest)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			o.Put(key, v[key])
		}
		return b.mapping(o, from)
	case []*Object:
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
			case *Object, map[string]any, []any:
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

func (b *builder) mapping(o *Object, from *Origin) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	if o.Flow && len(Shown(o)) < MaxFlow {
		n.Style = yaml.FlowStyle
	}
	if o.line > 0 {
		from.Manifest = o.line
	}
	if o.Mapping > 0 {
		from.Mapping = o.Mapping
	}
	for _, key := range o.Keys {
		k := &yaml.Node{Kind: yaml.ScalarNode}
		k.SetString(key)
		n.Content = append(n.Content, k, b.node(o.Values[key], *from))
	}
	return n
}
