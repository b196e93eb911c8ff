package vendor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// rawFile is a simulator.yaml as it is written.
type rawFile struct {
	Settings     map[string]node     `yaml:"settings"`
	Secrets      map[string]node     `yaml:"secrets"`
	Company      *company.Size       `yaml:"company"`
	SignIn       rawSignIn           `yaml:"sign_in"`
	Unauthorized *rawReply           `yaml:"unauthorized"`
	NotFound     *rawReply           `yaml:"not_found"`
	Permissions  map[string]rawReply `yaml:"permissions"`
	Lists        map[string]rawList  `yaml:"lists"`
	Requests     []rawRequest        `yaml:"requests"`
	Expect       map[string]rawFacts `yaml:"expect"`
	Identity     string              `yaml:"identity"`
}

// rawSignIn says which headers and parameters a request must carry.
type rawSignIn struct {
	Header pairs `yaml:"header"`
	Query  pairs `yaml:"query"`
}

type rawReply struct {
	Status  node            `yaml:"status"`
	Answer  node            `yaml:"answer"`
	Headers map[string]node `yaml:"headers"`
	Format  string          `yaml:"format"`
}

type rawList struct {
	Of    string `yaml:"of"`
	Count node   `yaml:"count"`
	Each  source `yaml:"each"`
	Where source `yaml:"where"`
	Item  node   `yaml:"item"`
}

type rawRequest struct {
	rawReply   `yaml:",inline"`
	Path       string   `yaml:"path"`
	Host       string   `yaml:"host"`
	Method     string   `yaml:"method"`
	Public     bool     `yaml:"public"`
	SignIn     *pairsOf `yaml:"sign_in"`
	When       source   `yaml:"when"`
	Permission words    `yaml:"permission"`
	List       string   `yaml:"list"`
	Item       string   `yaml:"item"`
	Parent     source   `yaml:"parent"`
	ParentKey  source   `yaml:"parent_key"`
	By         source   `yaml:"by"` // another name of parent_key
	Key        source   `yaml:"key"`
	Where      source   `yaml:"where"`
	Page       *rawPage `yaml:"page"`
}

type rawPage struct {
	By      string `yaml:"by"`
	From    source `yaml:"from"`
	To      string `yaml:"to"`
	First   *int   `yaml:"first"`
	Size    source `yaml:"size"`
	Default int    `yaml:"default"`
	Max     int    `yaml:"max"`
	Strict  bool   `yaml:"strict"`
}

type rawFacts struct {
	List    words                     `yaml:"list"`
	Key     source                    `yaml:"key"`
	Where   source                    `yaml:"where"`
	Records map[string]map[string]any `yaml:"records"`
}

// pairsOf is sign_in of one request.
type pairsOf rawSignIn

// node is a value whose texts may hold expressions.
type node struct{ *yaml.Node }

func (n *node) UnmarshalYAML(from *yaml.Node) error {
	n.Node = from
	return nil
}

// source is one expression.
type source struct {
	text string
	line int
}

func (s *source) UnmarshalYAML(from *yaml.Node) error {
	if from.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: an expression is one line of text", from.Line)
	}
	text := strings.TrimSpace(from.Value)
	if inner, ok := strings.CutPrefix(text, "{{"); ok && strings.Count(text, "{{") == 1 {
		if inner, ok = strings.CutSuffix(inner, "}}"); ok { // with the brackets of a text it is the same expression
			text = strings.TrimSpace(inner)
		}
	}
	s.text, s.line = text, from.Line
	return nil
}

// words are several words; the file may give one alone.
type words []string

func (w *words) UnmarshalYAML(from *yaml.Node) error {
	if from.Kind == yaml.ScalarNode {
		*w = words{from.Value}
		return nil
	}
	return from.Decode((*[]string)(w))
}

// pairs are names with values; the file may give one alone.
type pairs []pair

type pair struct {
	name  string
	value node
}

func (p *pairs) UnmarshalYAML(from *yaml.Node) error {
	all := []*yaml.Node{from}
	if from.Kind == yaml.SequenceNode {
		all = from.Content
	}
	for _, one := range all {
		if one.Kind != yaml.MappingNode {
			return fmt.Errorf("line %d: write name and value", one.Line)
		}
		var found pair
		for i := 0; i+1 < len(one.Content); i += 2 {
			switch key := one.Content[i]; key.Value {
			case "name":
				found.name = one.Content[i+1].Value
			case "value":
				found.value = node{one.Content[i+1]}
			default:
				return fmt.Errorf("line %d: there is no key %q here; write name and value", key.Line, key.Value)
			}
		}
		if found.name == "" || found.value.Node == nil {
			return fmt.Errorf("line %d: name and value must be given", one.Line)
		}
		*p = append(*p, found)
	}
	return nil
}

// Load reads and compiles the file at path. The error has one line for each mistake.
func Load(path string) (*File, error) {
	from, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open simulator: %w", err)
	}
	defer from.Close()
	f, err := Read(from)
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", filepath.Base(path), err)
	}
	return f, nil
}

// Read reads and compiles a file.
func Read(from io.Reader) (*File, error) {
	reader := yaml.NewDecoder(from)
	reader.KnownFields(true)
	var raw rawFile
	if err := reader.Decode(&raw); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return compile(&raw)
}
