package manifest

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxManifest = 8 << 20 // bytes
	maxRefs     = 40      // references that lead to references
)

// Manifest is a low-code manifest.
type Manifest struct{ root *yaml.Node }

// Value is a value of a manifest with its references resolved. The zero value is nothing.
type Value struct {
	m      *Manifest
	node   *yaml.Node
	params map[string]Value // the $parameters that hold here
	line   int
}

// Read reads a manifest.
func Read(r io.Reader) (*Manifest, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if len(raw) > maxManifest {
		return nil, fmt.Errorf("the manifest is larger than %d MiB", maxManifest>>20)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("the manifest has no keys")
	}
	m := &Manifest{root: doc.Content[0]}
	if !m.Root().Get("streams").Set() && !m.Root().Get("dynamic_streams").Set() {
		return nil, errors.New("line 1: this is no low-code manifest: it has no streams")
	}
	return m, nil
}

// Root returns the whole manifest.
func (m *Manifest) Root() Value { return m.value(m.root, nil, 0) }

// value returns a node with its reference followed.
func (m *Manifest) value(node *yaml.Node, params map[string]Value, line int) Value {
	for refs := 0; node != nil && refs < maxRefs; refs++ {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
			continue
		}
		if line == 0 {
			line = node.Line
		}
		path, rest := reference(node)
		if path == "" {
			return Value{m: m, node: node, params: params, line: line}
		}
		target := m.find(path)
		if target == nil {
			return Value{m: m, line: line}
		}
		node = overlaid(target, rest)
	}
	return Value{m: m, line: line}
}

// reference returns where a node refers to, and the keys beside the reference.
func reference(node *yaml.Node) (path string, rest []*yaml.Node) {
	if node.Kind == yaml.ScalarNode && strings.HasPrefix(node.Value, "#/") {
		return node.Value, nil
	}
	if node.Kind != yaml.MappingNode {
		return "", nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == "$ref" && strings.HasPrefix(node.Content[i+1].Value, "#/") {
			path = node.Content[i+1].Value
			continue
		}
		rest = append(rest, node.Content[i], node.Content[i+1])
	}
	return path, rest
}

// overlaid returns a mapping in which the keys of rest hold. The target may be a reference, too.
func overlaid(target *yaml.Node, rest []*yaml.Node) *yaml.Node {
	if len(rest) == 0 || target.Kind != yaml.MappingNode {
		return target
	}
	merged := *target
	merged.Content = append([]*yaml.Node(nil), rest...)
	for i := 0; i+1 < len(target.Content); i += 2 {
		known := false
		for j := 0; j < len(rest); j += 2 {
			known = known || rest[j].Value == target.Content[i].Value
		}
		if !known {
			merged.Content = append(merged.Content, target.Content[i], target.Content[i+1])
		}
	}
	return &merged
}

// find returns the node that a reference names.
func (m *Manifest) find(path string) *yaml.Node {
	node := m.root
	for step := range strings.SplitSeq(strings.TrimPrefix(path, "#/"), "/") {
		for refs := 0; node != nil && refs < maxRefs; refs++ {
			if node.Kind == yaml.AliasNode {
				node = node.Alias
				continue
			}
			further, rest := reference(node)
			if further == "" || further == path {
				break
			}
			next := m.find(further)
			if next == nil {
				return nil
			}
			node = overlaid(next, rest)
		}
		node = entry(node, step)
		if node == nil {
			return nil
		}
	}
	return node
}

func entry(node *yaml.Node, key string) *yaml.Node {
	switch {
	case node == nil:
	case node.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				return node.Content[i+1]
			}
		}
	case node.Kind == yaml.SequenceNode:
		if n, err := strconv.Atoi(key); err == nil && n >= 0 && n < len(node.Content) {
			return node.Content[n]
		}
	}
	return nil
}

// Set reports whether there is a value; null is none.
func (v Value) Set() bool { return v.node != nil && v.node.ShortTag() != "!!null" }

// Line returns where the value stands.
func (v Value) Line() int { return v.line }

// IsMap reports whether the value is a mapping.
func (v Value) IsMap() bool { return v.Set() && v.node.Kind == yaml.MappingNode }

// IsList reports whether the value is a list.
func (v Value) IsList() bool { return v.Set() && v.node.Kind == yaml.SequenceNode }

// IsText reports whether the value is a text.
func (v Value) IsText() bool {
	return v.Set() && v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!str"
}

// Type returns the component type.
func (v Value) Type() string {
	if own := entry(v.node, "type"); own != nil {
		return own.Value
	}
	return ""
}

// Own returns a member that the component itself has; $parameters give it none.
func (v Value) Own(key string) Value {
	node := entry(v.node, key)
	if node == nil {
		return Value{m: v.m, line: v.line}
	}
	return v.m.value(node, v.Parameters(), node.Line)
}

// Get returns a member of a component; where it has none, the parameter of the same name.
func (v Value) Get(key string) Value {
	if own := v.Own(key); own.Set() {
		return own
	}
	if given, ok := v.Parameters()[key]; ok && v.IsMap() {
		return given
	}
	return Value{m: v.m, line: v.line}
}

// Parameters returns the parameters for the members of the value: its own hold.
func (v Value) Parameters() map[string]Value {
	own := entry(v.node, "$parameters")
	if own == nil || !v.IsMap() {
		return v.params
	}
	all := map[string]Value{}
	for key, value := range v.params {
		all[key] = value
	}
	for _, p := range v.m.value(own, v.params, 0).Pairs() {
		all[p.Key] = p.Value
	}
	return all
}

// Pair is a key and its value.
type Pair struct {
	Key   string
	Value Value
}

// Pairs returns the members of a mapping.
func (v Value) Pairs() (all []Pair) {
	if !v.IsMap() {
		return nil
	}
	params := v.Parameters()
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := v.node.Content[i]
		if key.Value == "$parameters" || key.Value == "$ref" {
			continue
		}
		all = append(all, Pair{key.Value, v.m.value(v.node.Content[i+1], params, v.node.Content[i+1].Line)})
	}
	return all
}

// Items returns the items of a list.
func (v Value) Items() (all []Value) {
	if !v.IsList() {
		return nil
	}
	for _, item := range v.node.Content {
		all = append(all, v.m.value(item, v.params, item.Line))
	}
	return all
}

// Text returns a scalar as it is written.
func (v Value) Text() string {
	if v.Set() && v.node.Kind == yaml.ScalarNode {
		return v.node.Value
	}
	return ""
}

// Plain returns the value in Go's types.
func (v Value) Plain() any {
	switch {
	case !v.Set():
		return nil
	case v.IsMap():
		all := map[string]any{}
		for _, p := range v.Pairs() {
			all[p.Key] = p.Value.Plain()
		}
		return all
	case v.IsList():
		all := []any{}
		for _, item := range v.Items() {
			all = append(all, item.Plain())
		}
		return all
	case v.IsText() || v.node.ShortTag() == "!!timestamp":
		return v.node.Value
	}
	var plain any
	if v.node.Decode(&plain) != nil {
		return v.node.Value
	}
	return plain
}

// Bool reports whether the value is true.
func (v Value) Bool() bool { return strings.EqualFold(v.Text(), "true") }

// WithText returns a text that stands where the value does.
func (v Value) WithText(text string) Value {
	v.node = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	return v
}

// inTemplate matches an expression in a text.
var inTemplate = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// ParsedJSON returns the object that a text of JSON is, with the templates in it.
func (v Value) ParsedJSON() (object Value, ok bool) {
	var templates []string
	masked := inTemplate.ReplaceAllStringFunc(strings.TrimSpace(v.Text()), func(template string) string {
		templates = append(templates, template)
		return fmt.Sprintf("template%dtemplate", len(templates)-1)
	})
	var body yaml.Node
	whole := strings.HasPrefix(masked, "{") && !strings.Contains(masked, "{%")
	if !whole || yaml.Unmarshal([]byte(masked), &body) != nil || len(body.Content) == 0 {
		return v, false
	}
	var restore func(n *yaml.Node)
	restore = func(n *yaml.Node) {
		for i, template := range templates {
			n.Value = strings.ReplaceAll(n.Value, fmt.Sprintf("template%dtemplate", i), template)
		}
		for _, inner := range n.Content {
			restore(inner)
		}
	}
	restore(body.Content[0])
	v.node = body.Content[0]
	return v, true
}
