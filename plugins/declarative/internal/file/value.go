package file

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Item is embedded in the types that are mappings in the file. It knows where the mapping
// and each of its keys stand.
type Item struct {
	begin At
	keys  map[string]At
}

// At returns where a key stands, or where the item begins when it has no such key.
func (i Item) At(key string) At {
	if at, ok := i.keys[key]; ok {
		return at
	}
	return i.begin
}

// Has reports whether the key is written in the file.
func (i Item) Has(key string) bool {
	_, ok := i.keys[key]
	return ok
}

// Text is words with expressions in {{ }}.
type Text struct {
	Source string
	At     At
}

// Expression is one expression.
type Expression struct {
	Source string
	At     At
}

// Texts are several texts; the file may give one alone.
type Texts []Text

// Tree is any YAML value. Its texts may hold expressions.
type Tree struct {
	At    At
	Map   map[string]Tree // of a mapping
	List  []Tree          // of a list
	Text  *Text           // of a text
	Plain any             // of a number, a truth value, or null
}

// Duration is a length of time such as 90s, 10m, 12h or 30d.
type Duration struct {
	time.Duration
	At At
}

func (t *Text) decode(d *decoder, node *yaml.Node) {
	t.At = inside(node)
	t.Source, _ = d.scalar(node)
}

func (e *Expression) decode(d *decoder, node *yaml.Node) {
	e.At = inside(node)
	if node.Kind != yaml.ScalarNode {
		d.wrong.Add(e.At, "an expression is one line of text")
		return
	}
	e.Source = node.Value
}

func (t *Texts) decode(d *decoder, node *yaml.Node) {
	nodes := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		nodes = node.Content
	}
	for _, one := range nodes {
		var text Text
		text.decode(d, target(one))
		*t = append(*t, text)
	}
}

func (t *Tree) decode(d *decoder, node *yaml.Node) {
	t.At = at(node)
	if !d.enter(node) {
		return
	}
	defer d.leave()
	switch node.Kind {
	case yaml.MappingNode:
		t.Map = map[string]Tree{}
		for _, p := range d.pairs(node) {
			var member Tree
			member.decode(d, p.value)
			t.Map[p.key.Value] = member
		}
	case yaml.SequenceNode:
		t.List = []Tree{}
		for _, one := range node.Content {
			var member Tree
			member.decode(d, target(one))
			t.List = append(t.List, member)
		}
	default:
		if node.ShortTag() == "!!str" {
			t.Text = &Text{Source: node.Value, At: inside(node)}
			return
		}
		if err := node.Decode(&t.Plain); err != nil {
			d.wrong.Add(t.At, "%s cannot be read", node.Value)
		}
		if moment, ok := t.Plain.(time.Time); ok {
			_ = moment // YAML reads 2026-01-01 as a moment; the author means the text
			t.Plain, t.Text = nil, &Text{Source: node.Value, At: t.At}
		}
	}
}

func (l *Duration) decode(d *decoder, node *yaml.Node) {
	l.At = at(node)
	text, ok := d.scalar(node)
	if !ok {
		return
	}
	length, err := ParseDuration(text)
	if err != nil || length < 0 {
		d.wrong.Add(l.At, "%q is not a length of time; write for example 90s, 10m, 12h or 30d", text)
	}
	l.Duration = length
}

// ParseDuration reads a length of time; besides Go's units it knows d for days.
func ParseDuration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		return time.ParseDuration(text)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, err
	}
	length := time.Duration(n) * 24 * time.Hour
	if rest == "" {
		return length, nil
	}
	more, err := time.ParseDuration(rest)
	return length + more, err
}
