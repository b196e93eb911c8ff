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

// maxManifest is more than any description needs.
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

	lines lines // of the file's own keys
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

// auth is how requests are signed in: at most one of these.
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
	Omit        []string              `yaml:"omit"` // keys of the vendor's document that are not kept

	lines lines
}

// paging is how the next page is asked for: at most one of these. Without one the
// first answer is all there is.
type paging struct {
	Page   *pageNumber `yaml:"page"`
	Offset *pageOffset `yaml:"offset"`
	Token  *pageToken  `yaml:"token"`
	Next   expression  `yaml:"next"` // the address of the next page; nothing on the last
	Link   bool        `yaml:"link"` // it stands in the header Link
}

// pageNumber counts pages until one is empty.
type pageNumber struct {
	Query string     `yaml:"query"`
	First *int       `yaml:"first"` // 1 unless said otherwise
	Total expression `yaml:"total"` // how many rows the list has, where the answer says it
}

// pageOffset counts records until a page is empty.
type pageOffset struct {
	Query string     `yaml:"query"`
	Total expression `yaml:"total"` // how many rows the list has, where the answer says it
}

// pageToken hands on what an answer gives.
type pageToken struct {
	Query string     `yaml:"query"`
	From  expression `yaml:"from"` // nothing, or "", on the last page
}

// text is words with expressions in {{ }}; expression is one. Both remember their
// line.
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

// UnmarshalYAML implements yaml.Unmarshaler. A plain number or truth value is an
// expression, too.
func (e *expression) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: an expression is one line of text", node.Line)
	}
	e.source, e.line = node.Value, node.Line
	return nil
}

// decode reads a manifest. Every mistake of its form is in the error, each with its
// line.
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
		return nil, plainWords(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds more than one document")
	}
	return &m, m.findLines(raw)
}

// knownLanguage refuses a file in a newer language before a word of it is called
// unknown. What is no YAML is told with the rest.
func knownLanguage(raw []byte) error {
	var m struct {
		Language int `yaml:"plumbline"`
	}
	if err := yaml.Unmarshal(raw, &m); err == nil && m.Language > languageVersion {
		return fmt.Errorf("plumbline: %d is newer than this program, which knows the language up to version %d: update Plumbline", m.Language, languageVersion)
	}
	return nil
}

// lines are those of an item's keys; "" is where the item begins.
type lines map[string]int

// of returns the line of a key, or where the item begins when it has no such key.
func (l lines) of(key string) int {
	if line, ok := l[key]; ok {
		return line
	}
	return l[""]
}

// findLines notes where each item and each of its keys stands.
func (m *manifest) findLines(raw []byte) error {
	var file yaml.Node
	if err := yaml.Unmarshal(raw, &file); err != nil {
		return plainWords(err)
	}
	if len(file.Content) == 0 {
		return errors.New("the file is empty")
	}
	m.lines = linesOf(file.Content[0])
	var empty mistakes
	list := func(key string, set func(i int, l lines)) {
		i := 0
		for _, item := range itemsOf(file.Content[0], key) {
			if behind(item).Tag == "!!null" { // the library leaves it out
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
	node = behind(node)
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
	node = behind(node)
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if list := behind(node.Content[i+1]); node.Content[i].Value == key && list.Kind == yaml.SequenceNode {
			return list.Content
		}
	}
	return nil
}

// behind returns what an alias stands for.
func behind(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode && node.Alias != nil {
		return node.Alias
	}
	return node
}

// plainWords turns the library's errors into one line each that names no Go type.
func plainWords(err error) error {
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
