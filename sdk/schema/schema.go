package schema

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is a compiled schema, safe for concurrent use.
type Schema struct {
	compiled *jsonschema.Schema
	quick    *quick // nil when the schema is not simple enough
}

// Violation is one broken rule.
type Violation struct {
	Pointer string // JSON pointer of the value, "" for the whole document
	Rule    string // what the value must be, as words after its name
}

// Invalid is the error of a document that breaks its schema.
type Invalid struct{ Violations []Violation }

// Error names every broken rule.
func (e *Invalid) Error() string {
	texts := make([]string, len(e.Violations))
	for i, v := range e.Violations {
		texts[i] = cmp.Or(v.Pointer, "document") + ": " + v.Rule
	}
	return strings.Join(texts, "; ")
}

// Compile returns the schema in raw. References out of the document fail.
func Compile(raw []byte) (*Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("decode schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(noLoader{})
	const here = "mem:///schema.json"
	if err := c.AddResource(here, doc); err != nil {
		return nil, fmt.Errorf("add schema: %w", err)
	}
	compiled, err := c.Compile(here)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	return &Schema{compiled: compiled, quick: quickly(raw)}, nil
}

// Sure reports whether raw is canonical JSON (see package kind) and breaks no rule. It takes one pass
// and allocates nothing. False may also mean that it cannot decide; Validate can.
func (s *Schema) Sure(raw []byte) bool { return s.quick != nil && s.quick.allows(raw) }

// Validate returns nil or *Invalid.
func (s *Schema) Validate(raw []byte) error {
	if s.Sure(raw) {
		return nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return &Invalid{Violations: []Violation{{Rule: "is not JSON: " + err.Error()}}}
	}
	err = s.compiled.Validate(doc)
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return err
	}
	invalid := &Invalid{}
	invalid.collect(failed)
	return invalid
}

// collect keeps the leaves, which name the wrong value. The other nodes only say that a value below
// them is wrong.
func (e *Invalid) collect(failed *jsonschema.ValidationError) {
	if len(failed.Causes) == 0 {
		e.Violations = append(e.Violations, leaf(failed)...)
		return
	}
	for _, cause := range failed.Causes {
		e.collect(cause)
	}
}

func pointer(parts []string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	return b.String()
}

type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("schema refers to %s: only references inside the document are allowed", url)
}
