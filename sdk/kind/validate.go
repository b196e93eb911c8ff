package kind

import (
	"embed"
	"fmt"
	"sync"

	"github.com/plumbline-dev/plumbline/sdk/schema"
)

//go:embed schema/*.json
var files embed.FS

// compiled compiles the schema of each kind once, on first use: compiling takes long, and a process
// needs few of the kinds.
var compiled = sync.OnceValue(func() map[Kind]func() (*schema.Schema, error) {
	all := make(map[Kind]func() (*schema.Schema, error), len(Kinds()))
	for _, k := range Kinds() {
		all[k] = sync.OnceValues(func() (*schema.Schema, error) {
			raw, err := Schema(k)
			if err != nil {
				return nil, err
			}
			return schema.Compile(raw)
		})
	}
	return all
})

// Schema returns the JSON Schema of a kind.
func Schema(k Kind) ([]byte, error) {
	raw, err := files.ReadFile("schema/" + string(k) + ".json")
	if err != nil {
		return nil, fmt.Errorf("no kind called %q", k)
	}
	return raw, nil
}

// Validate checks a document against its kind. It returns nil, a *schema.Invalid that names each
// field and rule, or the error of an unknown kind. It is safe for concurrent use.
func Validate(k Kind, doc []byte) error {
	s, err := schemaOf(k)
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// Accept returns the canonical form of a valid document, or the error of Canonical or Validate. A
// connector's documents are mostly canonical and valid, which one pass recognizes.
func Accept(k Kind, doc []byte) (canonical []byte, err error) {
	s, wrong := schemaOf(k)
	if wrong == nil && s.Sure(doc) {
		return doc, nil
	}
	if canonical, err = Canonical(doc); err != nil {
		return nil, err
	}
	if wrong != nil {
		return nil, wrong
	}
	if err := s.Validate(canonical); err != nil {
		return nil, err
	}
	return canonical, nil
}

func schemaOf(k Kind) (*schema.Schema, error) {
	load, ok := compiled()[k]
	if !ok {
		return nil, fmt.Errorf("no kind called %q", k)
	}
	s, err := load()
	if err != nil {
		return nil, fmt.Errorf("load schema of %s: %w", k, err)
	}
	return s, nil
}
