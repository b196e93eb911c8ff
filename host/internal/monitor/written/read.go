package written

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// MaxSource is the most bytes that a file may have: a test and its file are stored in one document.
const MaxSource = 24 << 10

// mostDeep is how deep a file may nest.
const mostDeep = 12

// File is a test as a file has it.
type File struct {
	Test   verdict.Test
	lines  []string
	fields map[string]*yaml.Node // by name, as Test has them: count.of, parameters[0].name
	faults []host.FieldError
}

// Read reads a file. Faults are what is wrong with its form, in the order of the file; with faults, Test is not filled in.
func Read(source []byte) (*File, []host.FieldError) {
	f := &File{lines: strings.Split(string(source), "\n"), fields: map[string]*yaml.Node{}}
	if len(source) > MaxSource {
		f.fault(nil, "source", fmt.Sprintf("the file has %d bytes: at most %d are allowed", len(source), MaxSource))
		return f, f.faults
	}
	root := f.parse(source)
	if root == nil {
		return f, f.faults
	}
	f.walk(root, reflect.TypeFor[verdict.Test](), "", 0)
	if len(f.faults) > 0 {
		return f, f.faults
	}
	if err := root.Decode(&f.Test); err != nil {
		f.syntax(err)
		return f, f.faults
	}
	f.tidy()
	return f, nil
}

// parse returns the mapping that a file has; nil with a fault.
func (f *File) parse(source []byte) *yaml.Node {
	if trimmed := bytes.TrimSpace(source); len(trimmed) > 0 && trimmed[0] == '{' {
		source = bytes.ReplaceAll(source, []byte("\t"), []byte(" ")) // JSON may be indented with tabs, YAML may not
	}
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var document, more yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		f.fault(nil, "source", "the file is empty: it has a test, as `plumbline test show TEST --yaml` prints one")
		return nil
	} else if err != nil {
		f.syntax(err)
		return nil
	}
	root := document.Content[0]
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		f.fault(&more, "source", "a file has one test: give each its own file")
		return nil
	}
	if root.Kind == yaml.SequenceNode && len(root.Content) == 1 {
		root = root.Content[0] // as the library has it
	}
	return root
}

// inMessage finds the line in a message of the reader of YAML.
var inMessage = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?(?:line (\d+): )?`)

// syntax adds what the reader of YAML says.
func (f *File) syntax(err error) {
	text := err.Error()
	found := inMessage.FindStringSubmatch(text)
	line, convErr := strconv.Atoi(found[1])
	if strings.HasPrefix(strings.TrimPrefix(text, found[0]), "did not find expected") {
		line++ // the parser counts from 0, the scanner from 1
	}
	if convErr != nil || line < 1 || line > len(f.lines) {
		line = 1
	}
	column := len(f.lines[line-1]) - len(strings.TrimLeft(f.lines[line-1], " \t")) + 1
	f.add("source", line, column, strings.TrimSpace(strings.TrimPrefix(text, found[0])))
}

// fault adds a mistake at a node; nil = at the beginning.
func (f *File) fault(at *yaml.Node, field, message string) {
	if at == nil || at.Line == 0 {
		f.add(field, 1, 1, message)
		return
	}
	f.add(field, at.Line, at.Column, message)
}

func (f *File) add(field string, line, column int, message string) {
	if field == "" {
		field = "source"
	}
	f.faults = append(f.faults, host.FieldError{
		Field: field, Message: fmt.Sprintf("line %d, column %d: %s", line, column, message), Line: line, Column: column,
	})
}

// walk compares a node with the type that it is to become.
func (f *File) walk(n *yaml.Node, of reflect.Type, field string, depth int) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		f.fault(n, field, "anchors (&) and aliases (*) are not read: write the value where it is needed")
		return
	}
	if depth > mostDeep {
		f.fault(n, field, "this is nested too deep")
		return
	}
	if field != "" {
		f.fields[field] = n
	}
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	empty := n.Kind == yaml.ScalarNode && n.Tag == "!!null"
	switch {
	case empty && of.Kind() != reflect.Interface:
	case of.Kind() == reflect.Struct:
		f.mapping(n, of, field, depth)
	case of.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			f.fault(n, field, "this is a list: [a, b], or a line with - for each")
			return
		}
		for i, one := range n.Content {
			f.walk(one, of.Elem(), fmt.Sprintf("%s[%d]", field, i), depth+1)
		}
	case of.Kind() == reflect.Interface:
		f.value(n, field)
	case n.Kind != yaml.ScalarNode:
		f.fault(n, field, "this is one value, no list and no fields of its own")
	case of.Kind() == reflect.Int && n.Tag != "!!int":
		f.fault(n, field, "this is a whole number")
	}
}

// value checks the default of a parameter.
func (f *File) value(n *yaml.Node, field string) {
	scalar := func(n *yaml.Node) bool {
		return n.Kind == yaml.ScalarNode && slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool"}, n.Tag)
	}
	text := func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Anchor == "" }
	if scalar(n) || n.Kind == yaml.SequenceNode && !slices.ContainsFunc(n.Content, func(one *yaml.Node) bool { return !text(one) }) {
		return
	}
	f.fault(n, field, "this is a number, a text, true or false, or a list of texts; a text that looks like a number needs quotes")
}

// mapping compares a mapping with a struct.
func (f *File) mapping(n *yaml.Node, of reflect.Type, field string, depth int) {
	if n.Kind != yaml.MappingNode {
		f.fault(n, field, "this has fields of its own: "+strings.Join(names(of), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		path := strings.TrimPrefix(field+"."+key.Value, ".")
		member, known := memberOf(of, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode || !known:
			f.fault(key, path, fmt.Sprintf("there is no field %q; the fields are %s", key.Value, strings.Join(names(of), ", ")))
		case seen[key.Value]:
			f.fault(key, path, key.Value+" is there twice")
		default:
			f.walk(n.Content[i+1], member, path, depth+1)
		}
		seen[key.Value] = true
	}
}

// memberOf returns the type of a member of a struct by its name in files.
func memberOf(of reflect.Type, name string) (reflect.Type, bool) {
	for i := range of.NumField() {
		if of.Field(i).Tag.Get("yaml") == name {
			return of.Field(i).Type, true
		}
	}
	return nil, false
}

func names(of reflect.Type) []string {
	all := make([]string, 0, of.NumField())
	for i := range of.NumField() {
		all = append(all, of.Field(i).Tag.Get("yaml"))
	}
	return all
}

// tidy makes what a file has into what a test has.
func (f *File) tidy() {
	t := &f.Test
	t.Title, t.Why, t.Remedy = strings.TrimSpace(t.Title), strings.TrimSpace(t.Why), strings.TrimSpace(t.Remedy)
	for i := range t.Parameters {
		if n, whole := t.Parameters[i].Default.(int); whole {
			t.Parameters[i].Default = int64(n)
		}
	}
}
