package written

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Write returns a test as a file in YAML, which Read reads. What is empty is left out, and so is the version, which publishing counts.
func Write(t verdict.Test) ([]byte, error) {
	t.Version = 0
	var n yaml.Node
	if err := n.Encode(t); err != nil {
		return nil, fmt.Errorf("encode the test: %w", err)
	}
	spare(&n)
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&n); err != nil {
		return nil, fmt.Errorf("write the test: %w", err)
	}
	return out.Bytes(), nil
}

// spare takes empty fields out of a mapping, and writes texts of several lines as such.
func spare(n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		kept := n.Content[:0]
		for i := 0; i+1 < len(n.Content); i += 2 {
			value := n.Content[i+1]
			nothing := value.Kind == yaml.ScalarNode && (value.Value == "" || value.Tag == "!!null" || value.Tag == "!!int" && value.Value == "0")
			if n.Content[i].Value != "default" && (nothing || value.Kind == yaml.SequenceNode && len(value.Content) == 0) {
				continue
			}
			spare(value)
			kept = append(kept, n.Content[i], value)
		}
		n.Content = kept
	case yaml.SequenceNode:
		for _, one := range n.Content {
			spare(one)
		}
	case yaml.ScalarNode:
		if strings.Contains(n.Value, "\n") {
			n.Style = yaml.LiteralStyle
		}
	}
}
