// Command schemagen writes the JSON Schema of every kind into schema/, and the page
// that lists them, README.md. Run it through go generate in package kind.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

func main() {
	log.SetFlags(0)
	if err := generate("schema"); err != nil {
		log.Fatal(err)
	}
}

func generate(dir string) error {
	r := &jsonschema.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		DoNotReference:             true,
		AllowAdditionalProperties:  true,
		RequiredFromJSONSchemaTags: true,
		Mapper:                     mapper,
	}
	if err := r.AddGoComments("github.com/plumbline-dev/plumbline/sdk/kind", ".", jsonschema.WithFullComment()); err != nil {
		return fmt.Errorf("read comments: %w", err)
	}
	for text := range r.CommentMap {
		r.CommentMap[text] = strings.Join(strings.Fields(r.CommentMap[text]), " ")
	}
	schemas := map[kind.Kind][]byte{}
	for _, k := range kind.Kinds() {
		s := r.Reflect(kind.New(k))
		s.Title = string(k)
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(s); err != nil {
			return fmt.Errorf("encode %s: %w", k, err)
		}
		if err := os.WriteFile(filepath.Join(dir, string(k)+".json"), out.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", k, err)
		}
		schemas[k] = out.Bytes()
	}
	text, err := page(schemas)
	if err != nil {
		return err
	}
	if err := os.WriteFile("README.md", text, 0o644); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// mapper describes the types whose JSON differs from their Go form.
func mapper(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[kind.Tri]():
		return &jsonschema.Schema{Type: "string", Enum: []any{"yes", "no", "unknown"}}
	case reflect.TypeFor[kind.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case reflect.TypeFor[kind.Word]():
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}
