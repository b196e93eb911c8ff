package file

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Version is the version of the language, the only one so far.
const Version = 1

const (
	maxFile  = 1 << 20 // bytes; more than any description needs
	maxDepth = 40      // values within values
	maxNodes = 200_000 // values, those behind aliases counted each time
)

// Decode reads a file. The error has one line for each mistake of form, with its position.
func Decode(r io.Reader) (*File, error) {
	var f File
	if err := Read(r, &f); err != nil {
		return nil, err
	}
	return &f, nil
}

// Read fills a struct whose fields have the tags of this package's types from YAML. The error has one
// line for each mistake of form, with its position.
func Read(r io.Reader, into any) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case len(raw) > maxFile:
		return fmt.Errorf("the file is larger than %d KiB", maxFile>>10)
	}
	reader := yaml.NewDecoder(strings.NewReader(string(raw)))
	var whole yaml.Node
	if err := reader.Decode(&whole); errors.Is(err, io.EOF) || err == nil && len(whole.Content) == 0 {
		return errors.New("the file is empty")
	} else if err != nil {
		return notYAML(err)
	}
	if err := newer(&whole); err != nil {
		return err
	}
	if err := reader.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("the file holds more than one document")
	}
	d := decoder{}
	d.value(target(whole.Content[0]), reflect.ValueOf(into).Elem())
	return d.wrong.Err()
}

// newer refuses a file in a newer language before Decode reports its keys as unknown.
func newer(whole *yaml.Node) error {
	top := target(whole.Content[0])
	for i := 0; top.Kind == yaml.MappingNode && i+1 < len(top.Content); i += 2 {
		var version int
		if value := target(top.Content[i+1]); top.Content[i].Value == "plumbline" && value.Decode(&version) == nil && version > Version {
			return fmt.Errorf("plumbline: %d is newer than this program, which knows the language up to version %d: update Plumbline",
				version, Version)
		}
	}
	return nil
}

// notYAML returns the error of a file that is not YAML. The library gives no column.
func notYAML(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if match := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(text); match != nil {
		hint := ""
		if strings.Contains(match[2], "did not find expected ',' or") {
			hint = "; within { } and [ ] a value with one of ? : , { } [ ] stands in quotes"
		}
		return fmt.Errorf("line %s, column 1: %s%s", match[1], match[2], hint)
	}
	return errors.New(text)
}

// decoder fills the types of the language from the library's nodes. It goes on after a
// mistake, to find them all.
type decoder struct {
	wrong Mistakes
	depth int
	nodes int
}

// decodes is implemented by the values that are not plain structs, lists and maps.
type decodes interface {
	decode(d *decoder, node *yaml.Node)
}

func at(node *yaml.Node) At { return At{Line: max(node.Line, 1), Column: max(node.Column, 1)} }

// inside returns where the text of a scalar begins, behind its quote.
func inside(node *yaml.Node) At {
	begin := at(node)
	if node.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		begin.Column++
	}
	return begin
}

// target returns the node of an alias.
func target(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode && node.Alias != nil {
		return node.Alias
	}
	return node
}

// enter counts a value and reports whether it may be read: values that hold themselves,
// and aliases of aliases, end here.
func (d *decoder) enter(node *yaml.Node) bool {
	d.nodes++
	if d.depth >= maxDepth || d.nodes > maxNodes {
		d.wrong.Add(at(node), "the values here are nested too deep or repeated too often")
		return false
	}
	d.depth++
	return true
}

func (d *decoder) leave() { d.depth-- }

// scalar returns the text of a single value.
func (d *decoder) scalar(node *yaml.Node) (string, bool) {
	if node.Kind != yaml.ScalarNode {
		d.wrong.Add(at(node), "%s does not belong here; write a text", shape(node))
		return "", false
	}
	return node.Value, true
}

// shape names what a node is.
func shape(node *yaml.Node) string {
	switch node.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a group of keys"
	}
	return fmt.Sprintf("%q", node.Value)
}

// value fills into from a node.
func (d *decoder) value(node *yaml.Node, into reflect.Value) {
	node = target(node)
	if node.ShortTag() == "!!null" && into.Type() != reflect.TypeFor[Tree]() {
		return
	}
	if special, ok := into.Addr().Interface().(decodes); ok {
		special.decode(d, node)
		return
	}
	if !d.enter(node) {
		return
	}
	defer d.leave()
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(node, into.Elem())
	case reflect.Struct:
		d.item(node, into)
	case reflect.Slice:
		d.list(node, into)
	case reflect.Map:
		d.table(node, into)
	case reflect.String:
		text, _ := d.scalar(node)
		into.SetString(text)
	default:
		if err := node.Decode(into.Addr().Interface()); err != nil {
			d.wrong.Add(at(node), "%s does not belong here; write %s", shape(node), wanted(into.Kind()))
		}
	}
}

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	}
	return "a number"
}

// pair is a key and its value.
type pair struct{ key, value *yaml.Node }

// pairs returns the keys of a mapping with their values, those of a merge (<<) last.
func (d *decoder) pairs(node *yaml.Node) (all []pair) {
	seen := map[string]bool{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], target(node.Content[i+1])
		switch {
		case key.ShortTag() == "!!merge":
			if value.Kind == yaml.SequenceNode {
				merged = append(merged, value.Content...)
			} else {
				merged = append(merged, value)
			}
		case seen[key.Value]:
			d.wrong.Add(at(key), "the key %q is written twice here", key.Value)
		default:
			seen[key.Value] = true
			all = append(all, pair{key, value})
		}
	}
	for _, from := range merged {
		from = target(from)
		if from.Kind != yaml.MappingNode || !d.enter(from) {
			continue
		}
		for _, p := range d.pairs(from) {
			if !seen[p.key.Value] {
				seen[p.key.Value] = true
				all = append(all, p)
			}
		}
		d.leave()
	}
	return all
}

// item fills a struct from a mapping.
func (d *decoder) item(node *yaml.Node, into reflect.Value) {
	if node.Kind != yaml.MappingNode {
		d.wrong.Add(at(node), "%s does not belong here; write keys, each with its value", shape(node))
		return
	}
	item := Item{begin: at(node), keys: map[string]At{}}
	fields := map[string]reflect.Value{}
	keyed(into, fields, &item)
	for _, p := range d.pairs(node) {
		item.keys[p.key.Value] = at(p.key)
		field, known := fields[p.key.Value]
		if !known {
			names := make([]string, 0, len(fields))
			for name := range fields {
				names = append(names, name)
			}
			d.wrong.Add(at(p.key), "there is no key %q here%s", p.key.Value, Nearest(p.key.Value, names))
			continue
		}
		d.value(p.value, field)
	}
}

// keyed finds the fields of a struct by their keys, also those of embedded structs, and
// gives each Item in it where the mapping stands.
func keyed(in reflect.Value, fields map[string]reflect.Value, item *Item) {
	for i := range in.NumField() {
		member := in.Type().Field(i)
		switch {
		case member.Type == reflect.TypeFor[Item]():
			in.Field(i).Set(reflect.ValueOf(*item)) // the map of keys is shared
		case member.Anonymous:
			keyed(in.Field(i), fields, item)
		default:
			fields[member.Tag.Get("yaml")] = in.Field(i)
		}
	}
}

func (d *decoder) list(node *yaml.Node, into reflect.Value) {
	nodes := node.Content
	if node.Kind != yaml.SequenceNode {
		if into.Type() != reflect.TypeFor[SecretHeaders]() {
			d.wrong.Add(at(node), "%s does not belong here; write a list", shape(node))
			return
		}
		nodes = []*yaml.Node{node} // one alone needs no list
	}
	for _, one := range nodes {
		if target(one).ShortTag() == "!!null" {
			d.wrong.Add(at(one), "an item of this list is empty")
			continue
		}
		member := reflect.New(into.Type().Elem()).Elem()
		d.value(one, member)
		into.Set(reflect.Append(into, member))
	}
}

func (d *decoder) table(node *yaml.Node, into reflect.Value) {
	if node.Kind != yaml.MappingNode {
		d.wrong.Add(at(node), "%s does not belong here; write keys, each with its value", shape(node))
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	for _, p := range d.pairs(node) {
		member := reflect.New(into.Type().Elem()).Elem()
		d.value(p.value, member)
		into.SetMapIndex(reflect.ValueOf(p.key.Value), member)
	}
}
