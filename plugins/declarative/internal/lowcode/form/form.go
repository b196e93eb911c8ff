package form

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
)

// Setting is a field of the manifest's form.
type Setting struct {
	Name     string
	path     []string // in the configuration of the manifest
	Kind     string   // string, integer, number, boolean, or array: a text with commas
	Title    string
	About    string
	Format   string
	Secret   bool
	Optional bool
	Value    any // the default
	Choices  []any
	order    float64
	Line     int
}

// Credential are the names of what must not be shown.
var Credential = regexp.MustCompile(`(?i)(key|token|secret|passw|pwd|credential|private|cookie)`)

// Form is the form of a manifest.
type Form struct {
	Settings []*Setting
	missing  bool // the manifest has no form: settings are made of what templates read
	notes    *finding.List
}

// Read reads the form of a manifest.
func Read(manifest *manifest.Manifest, notes *finding.List) *Form {
	v := manifest.Root().Get("spec").Get("connection_specification")
	f := &Form{missing: !v.Set(), notes: notes}
	f.load(v, nil, false)
	slices.SortStableFunc(f.Settings, func(a, b *Setting) int { return cmp.Compare(a.order, b.order) })
	leaves := map[string]int{}
	for _, s := range f.Settings {
		leaves[s.path[len(s.path)-1]]++
	}
	for _, s := range f.Settings {
		s.Name = s.path[len(s.path)-1]
		if leaves[s.Name] > 1 {
			s.Name = strings.Join(s.path, "_")
		}
		s.Name = settingName(s.Name)
	}
	return f
}

func settingName(text string) string {
	text = regexp.MustCompile(`[^A-Za-z0-9_]+`).ReplaceAllString(text, "_")
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		text = "_" + text
	}
	return text
}

// load reads the properties of an object of the form. What one of several alternatives asks for is
// optional.
func (f *Form) load(v manifest.Value, above []string, optional bool) {
	var required []string
	for _, name := range v.Own("required").Items() {
		required = append(required, name.Text())
	}
	for i, p := range v.Own("properties").Pairs() {
		path := append(slices.Clone(above), p.Key)
		missing := optional || !slices.Contains(required, p.Key)
		alternatives := append(p.Value.Own("oneOf").Items(), p.Value.Own("anyOf").Items()...)
		if nested := slices.ContainsFunc(alternatives, func(one manifest.Value) bool { return one.Own("properties").Set() }); nested {
			for _, one := range alternatives {
				f.load(one, path, true)
			}
			continue
		}
		if p.Value.Own("properties").Set() {
			f.load(p.Value, path, missing)
			continue
		}
		f.add(f.property(p, path, missing, float64(i)))
	}
}

// add adds a field, or the choices of one that several alternatives have.
func (f *Form) add(s *Setting) {
	for _, known := range f.Settings {
		if slices.Equal(known.path, s.path) {
			for _, choice := range s.Choices {
				if !slices.Contains(known.Choices, choice) {
					known.Choices = append(known.Choices, choice)
				}
			}
			known.Secret = known.Secret || s.Secret
			return
		}
	}
	f.Settings = append(f.Settings, s)
}

// property reads one field.
func (f *Form) property(p manifest.Pair, path []string, optional bool, at float64) *Setting {
	v := p.Value
	s := &Setting{path: path, Line: v.Line(), Optional: optional, Secret: v.Own("airbyte_secret").Bool(), Kind: typeOf(v),
		Title: v.Own("title").Text(), About: proseOf(v.Own("description").Text()), Value: v.Own("default").Plain(), order: 1000 + at}
	if order, err := strconv.ParseFloat(v.Own("order").Text(), 64); err == nil && len(path) == 1 {
		s.order = order
	}
	if s.Title == "" {
		s.Title = Titled(p.Key)
	}
	if format := v.Own("format").Text(); format == "date-time" || format == "date" || format == "uri" || format == "email" {
		s.Format = format
	}
	for _, choice := range v.Own("enum").Items() {
		s.Choices = append(s.Choices, choice.Plain())
	}
	if fixed := v.Own("const"); fixed.Set() {
		s.Choices = append(s.Choices, fixed.Plain())
	}
	if list, ok := s.Value.([]any); ok {
		s.Value = joinedList(list)
	}
	if s.Kind == "array" || s.Secret {
		s.Choices, s.Format = nil, ""
	}
	if s.Secret {
		s.Kind, s.Value = "string", nil
	}
	s.Value = s.Suited(s.Value)
	return s
}

func joinedList(list []any) any {
	var all []string
	for _, one := range list {
		all = append(all, fmt.Sprint(one))
	}
	if len(all) == 0 {
		return nil
	}
	return strings.Join(all, ",")
}

// Suited returns a default that fits the type of the field, or nil.
func (s *Setting) Suited(value any) any {
	if len(s.Choices) > 0 && !slices.Contains(s.Choices, value) {
		return nil
	}
	switch v := value.(type) {
	case string:
		switch s.Kind {
		case "string", "array":
			if v != "" {
				return v
			}
		case "integer":
			if n, err := strconv.Atoi(v); err == nil {
				return n
			}
		case "boolean":
			return strings.EqualFold(v, "true")
		}
		return nil
	case bool:
		if s.Kind == "boolean" {
			return v
		}
	case int:
		if s.Kind == "integer" || s.Kind == "number" {
			return v
		}
		if s.Kind == "string" {
			return strconv.Itoa(v)
		}
	case float64:
		if s.Kind == "number" {
			return v
		}
	}
	return nil
}

// typeOf returns the type of a field; the form may give several.
func typeOf(v manifest.Value) string {
	types := []string{v.Own("type").Text()}
	for _, one := range v.Own("type").Items() {
		types = append(types, one.Text())
	}
	for _, t := range types {
		switch t {
		case "integer", "number", "boolean", "array":
			return t
		}
	}
	return "string"
}

// Find returns the field at a path of the configuration, or nil.
func (f *Form) Find(path []string) *Setting {
	for _, s := range f.Settings {
		if slices.Equal(s.path, path) {
			return s
		}
	}
	if f.missing && len(path) > 0 {
		last := path[len(path)-1]
		s := &Setting{Name: settingName(last), path: path, Kind: "string", Title: Titled(last), Secret: Credential.MatchString(last), Line: 1}
		f.Settings = append(f.Settings, s)
		f.notes.Add(1, "", "the manifest has no form: the setting %s is made of what its templates read", s.Name)
		return s
	}
	return nil
}

var (
	anchor = regexp.MustCompile(`(?is)<a\s[^>]*href=["']?([^"'\s>]+)["']?[^>]*>(.*?)</a>`)
	mark   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// proseOf returns a description without its HTML.
func proseOf(text string) string {
	text = anchor.ReplaceAllString(text, "$2 ($1)")
	text = mark.ReplaceAllString(text, " ")
	for sign, meant := range map[string]string{"&nbsp;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": `"`, "&#39;": "'"} {
		text = strings.ReplaceAll(text, sign, meant)
	}
	return strings.Join(strings.Fields(text), " ")
}

// Titled returns a name as a title: "api_key" becomes "Api key".
func Titled(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '.' })
	text := strings.Join(words, " ")
	if text == "" {
		return name
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
