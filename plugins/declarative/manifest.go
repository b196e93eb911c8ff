package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxManifest limits the size of a description.
const maxManifest = 1 << 20

// manifest is the file.
type manifest struct {
	Language    int               `yaml:"plumbline"` // of this language: 1
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name"`
	Version     string            `yaml:"version"`
	Vendor      string            `yaml:"vendor"`
	Summary     string            `yaml:"summary"`
	Homepage    string            `yaml:"homepage"`
	License     string            `yaml:"license"`
	Categories  []string          `yaml:"categories"`
	Settings    []setting         `yaml:"settings"`
	Permissions []permission      `yaml:"permissions"`
	Network     []networkHost     `yaml:"network"`
	Limits      limits            `yaml:"limits"`
	Guide       string            `yaml:"guide"`
	BaseURL     text              `yaml:"base_url"`
	Auth        auth              `yaml:"auth"`
	Headers     map[string]string `yaml:"headers"`
	Check       check             `yaml:"check"`
	Streams     []stream          `yaml:"streams"`

	lines lines // of the top-level keys
}

type setting struct {
	Name        string `yaml:"name"`
	Title       string `yaml:"title"`
	Type        string `yaml:"type"` // string, integer, number or boolean
	Description string `yaml:"description"`
	Secret      bool   `yaml:"secret"`
	Optional    bool   `yaml:"optional"`
	Default     any    `yaml:"default"`
	Choices     []any  `yaml:"choices"`
	Format      string `yaml:"format"`
	Step        string `yaml:"guide_step"`

	lines lines
}

type permission struct {
	ID       string `yaml:"id"`
	Reason   string `yaml:"reason"`
	Optional bool   `yaml:"optional"`

	lines lines
}

type networkHost struct {
	Host    string `yaml:"host"`
	Port    int    `yaml:"port"`
	Purpose string `yaml:"purpose"`

	lines lines
}

type limits struct {
	RequestsPerSecond  float64  `yaml:"requests_per_second"`
	ConcurrentRequests int      `yaml:"concurrent_requests"`
	TenantSettings     []string `yaml:"tenant_settings"`
}

// auth says how requests are authenticated: at most one of these.
type auth struct {
	Bearer string      `yaml:"bearer"` // name of the secret
	Header *authHeader `yaml:"header"`
	Basic  *authBasic  `yaml:"basic"`
}

type authHeader struct {
	Name   string `yaml:"name"`
	Prefix string `yaml:"prefix"`
	Secret string `yaml:"secret"`
}

type authBasic struct {
	Username text   `yaml:"username"`
	Password string `yaml:"password"` // name of the secret
}

type check struct {
	Path     text       `yaml:"path"`
	Identity expression `yaml:"identity"`
}

type stream struct {
	Name        string                `yaml:"name"`
	Title       string                `yaml:"title"`
	Kind        string                `yaml:"kind"`
	Description string                `yaml:"description"`
	Permissions []string              `yaml:"permissions"`
	Deletes     string                `yaml:"deletes"` // snapshot (default) or never
	Path        text                  `yaml:"path"`
	Query       map[string]text       `yaml:"query"`
	Paging      paging                `yaml:"paging"`
	Records     expression            `yaml:"records"`
	Where       expression            `yaml:"where"`
	Key         expression            `yaml:"key"`
	Fields      map[string]expression `yaml:"fields"`
	Omit        []string              `yaml:"omit"` // keys to leave out of the vendor's document

	lines lines
}

// paging says how to request the next page: at most one of these. Without one the stream has only the
// first answer.
type paging struct {
	Page   *pageNumber `yaml:"page"`
	Offset *pageOffset `yaml:"offset"`
	Token  *pageToken  `yaml:"token"`
	Next   expression  `yaml:"next"` // the address of the next page; null on the last
	Link   bool        `yaml:"link"` // the header Link has the address
}

// pageNumber counts pages until one is empty.
type pageNumber struct {
	Query string     `yaml:"query"`
	First *int       `yaml:"first"` // default 1
	Total expression `yaml:"total"` // the number of rows in the list, if the answer has it
}

// pageOffset counts records until a page is empty.
type pageOffset struct {
	Query string     `yaml:"query"`
	Total expression `yaml:"total"` // the number of rows in the list, if the answer has it
}

// pageToken sends the token of an answer with the next request.
type pageToken struct {
	Query string     `yaml:"query"`
	From  expression `yaml:"from"` // null or "" on the last page
}

// text has expressions in {{ }}; expression is a single one. Both keep their line.
type text struct {
	source string
	line   int
}

type expression struct {
	source string
	line   int
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *text) UnmarshalYAML(node *yaml.Node) error {
	t.line = node.Line
	return node.Decode(&t.source)
}

// UnmarshalYAML implements yaml.Unmarshaler. A plain number or truth value is also an expression.
func (e *expression) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: an expression is one line of text", node.Line)
	}
	e.source, e.line = node.Value, node.Line
	return nil
}

// decode reads a manifest. The error has one line for each mistake of form, with its line.
func decode(r io.Reader) (*manifest, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read: %w", err)
	case len(raw) > maxManifest:
		return nil, fmt.Errorf("the file is larger than %d KiB", maxManifest>>10)
	}
	if err := knownLanguage(raw); err != nil {
		return nil, err
	}
	var m manifest
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		return nil, plainError(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds more than one document")
	}
	return &m, m.findLines(raw)
}

// knownLanguage refuses a file in a newer language before decode reports its keys as unknown. Decode
// reports what is not YAML.
func knownLanguage(raw []byte) error {
	var m struct {
		Language int `yaml:"plumbline"`
	}
	if err := yaml.Unmarshal(raw, &m); err == nil && m.Language > languageVersion {
		return fmt.Errorf("plumbline: %d is newer than this program, which knows the language up to version %d: update Plumbline",
			m.Language, languageVersion)
	}
	return nil
}

// lines are the lines of an item's keys; "" is its first line.
type lines map[string]int

// of returns the line of a key, or the first line of an item without that key.
func (l lines) of(key string) int {
	if line, ok := l[key]; ok {
		return line
	}
	return l[""]
}

// findLines stores the lines of each item and its keys.
func (m *manifest) findLines(raw []byte) error {
	var file yaml.Node
	if err := yaml.Unmarshal(raw, &file); err != nil {
		return plainError(err)
	}
	if len(file.Content) == 0 {
		return errors.New("the file is empty")
	}
	m.lines = linesOf(file.Content[0])
	var empty mistakes
	list := func(key string, set func(i int, l lines)) {
		i := 0
		for _, item := range itemsOf(file.Content[0], key) {
			if target(item).Tag == "!!null" { // the library skips it
				empty.at(item.Line, "%s: an item is empty", key)
				continue
			}
			set(i, linesOf(item))
			i++
		}
	}
	list("settings", func(i int, l lines) { m.Settings[i].lines = l })
	list("permissions", func(i int, l lines) { m.Permissions[i].lines = l })
	list("network", func(i int, l lines) { m.Network[i].lines = l })
	list("streams", func(i int, l lines) { m.Streams[i].lines = l })
	return errors.Join(empty...)
}

func linesOf(node *yaml.Node) lines {
	node = target(node)
	l := lines{"": node.Line}
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			l[node.Content[i].Value] = node.Content[i].Line
		}
	}
	return l
}

// itemsOf returns the items of the list under a key.
func itemsOf(node *yaml.Node, key string) []*yaml.Node {
	node = target(node)
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if list := target(node.Content[i+1]); node.Content[i].Value == key && list.Kind == yaml.SequenceNode {
			return list.Content
		}
	}
	return nil
}

// target returns the node of an alias.
func target(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode && node.Alias != nil {
		return node.Alias
	}
	return node
}

// plainError rewrites the library's errors, one line each, without Go types.
func plainError(err error) error {
	var wrong *yaml.TypeError
	if !errors.As(err, &wrong) {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	errs := make([]error, len(wrong.Errors))
	unknown := regexp.MustCompile(`field (\S+) not found in type \S+`)
	typed := regexp.MustCompile("cannot unmarshal !!(\\w+) (`[^`]*` )?into .*")
	for i, e := range wrong.Errors {
		e = unknown.ReplaceAllString(e, `there is no key "$1" here`)
		errs[i] = errors.New(typed.ReplaceAllString(e, "a $1 does not belong here"))
	}
	return errors.Join(errs...)
}
