package lowcode

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// setting is a field of the manifest's form.
type setting struct {
	name     string
	path     []string // in the configuration of the manifest
	kind     string   // string, integer, number, boolean, or array: a text with commas
	title    string
	about    string
	format   string
	secret   bool
	optional bool
	value    any // the default
	choices  []any
	order    float64
	line     int
}

// credential are the names of what must not be shown.
var credential = regexp.MustCompile(`(?i)(key|token|secret|passw|pwd|credential|private|cookie)`)

// loadSettings reads the form of the manifest.
func (m *importer) loadSettings() {
	form := m.manifest.Root().Get("spec").Get("connection_specification")
	m.formless = !form.Set()
	m.loadForm(form, nil, false)
	slices.SortStableFunc(m.settings, func(a, b *setting) int { return cmp.Compare(a.order, b.order) })
	leaves := map[string]int{}
	for _, s := range m.settings {
		leaves[s.path[len(s.path)-1]]++
	}
	for _, s := range m.settings {
		s.name = s.path[len(s.path)-1]
		if leaves[s.name] > 1 {
			s.name = strings.Join(s.path, "_")
		}
		s.name = settingName(s.name)
	}
}

func settingName(text string) string {
	text = regexp.MustCompile(`[^A-Za-z0-9_]+`).ReplaceAllString(text, "_")
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		text = "_" + text
	}
	return text
}

// loadForm reads the properties of an object of the form. What one of several alternatives asks for is
// optional.
func (m *importer) loadForm(form Value, above []string, optional bool) {
	var required []string
	for _, name := range form.Own("required").Items() {
		required = append(required, name.Text())
	}
	for i, p := range form.Own("properties").Pairs() {
		path := append(slices.Clone(above), p.Key)
		missing := optional || !slices.Contains(required, p.Key)
		alternatives := append(p.Value.Own("oneOf").Items(), p.Value.Own("anyOf").Items()...)
		if nested := slices.ContainsFunc(alternatives, func(v Value) bool { return v.Own("properties").Set() }); nested {
			for _, one := range alternatives {
				m.loadForm(one, path, true)
			}
			continue
		}
		if p.Value.Own("properties").Set() {
			m.loadForm(p.Value, path, missing)
			continue
		}
		m.addSetting(m.property(p, path, missing, float64(i)))
	}
}

// addSetting adds a field, or the choices of one that several alternatives have.
func (m *importer) addSetting(s *setting) {
	for _, known := range m.settings {
		if slices.Equal(known.path, s.path) {
			for _, choice := range s.choices {
				if !slices.Contains(known.choices, choice) {
					known.choices = append(known.choices, choice)
				}
			}
			known.secret = known.secret || s.secret
			return
		}
	}
	m.settings = append(m.settings, s)
}

// property reads one field.
func (m *importer) property(p Pair, path []string, optional bool, at float64) *setting {
	v := p.Value
	s := &setting{path: path, line: v.Line(), optional: optional, secret: v.Own("airbyte_secret").Bool(), kind: typeOf(v),
		title: v.Own("title").Text(), about: proseOf(v.Own("description").Text()), value: v.Own("default").Plain(), order: 1000 + at}
	if order, err := strconv.ParseFloat(v.Own("order").Text(), 64); err == nil && len(path) == 1 {
		s.order = order
	}
	if s.title == "" {
		s.title = titled(p.Key)
	}
	if format := v.Own("format").Text(); format == "date-time" || format == "date" || format == "uri" || format == "email" {
		s.format = format
	}
	for _, choice := range v.Own("enum").Items() {
		s.choices = append(s.choices, choice.Plain())
	}
	if fixed := v.Own("const"); fixed.Set() {
		s.choices = append(s.choices, fixed.Plain())
	}
	if list, ok := s.value.([]any); ok {
		s.value = joinedList(list)
	}
	if s.kind == "array" || s.secret {
		s.choices, s.format = nil, ""
	}
	if s.secret {
		s.kind, s.value = "string", nil
	}
	s.value = s.suited(s.value)
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

// suited returns a default that fits the type of the field, or nil.
func (s *setting) suited(value any) any {
	if len(s.choices) > 0 && !slices.Contains(s.choices, value) {
		return nil
	}
	switch v := value.(type) {
	case string:
		switch s.kind {
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
		if s.kind == "boolean" {
			return v
		}
	case int:
		if s.kind == "integer" || s.kind == "number" {
			return v
		}
		if s.kind == "string" {
			return strconv.Itoa(v)
		}
	case float64:
		if s.kind == "number" {
			return v
		}
	}
	return nil
}

// typeOf returns the type of a field; the form may give several.
func typeOf(v Value) string {
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

// setting returns the field at a path of the configuration, or nil.
func (m *importer) setting(path []string) *setting {
	for _, s := range m.settings {
		if slices.Equal(s.path, path) {
			return s
		}
	}
	if m.formless && len(path) > 0 {
		last := path[len(path)-1]
		s := &setting{name: settingName(last), path: path, kind: "string", title: titled(last), secret: credential.MatchString(last), line: 1}
		m.settings = append(m.settings, s)
		m.notes.add(1, "", "the manifest has no form: the setting %s is made of what its templates read", s.name)
		return s
	}
	return nil
}

// written returns the field as the file has it.
func (s *setting) written() *object {
	o := newObject(s.line)
	o.set("name", s.name)
	o.set("title", s.title)
	if s.kind != "string" && s.kind != "array" {
		o.set("type", s.kind)
	}
	about := s.about
	if s.kind == "array" {
		about = strings.TrimSpace(about + " Several are separated by commas.")
	}
	o.set("description", about)
	o.set("secret", s.secret)
	if s.value == nil {
		o.set("optional", s.optional)
	} else {
		o.put("default", s.value)
	}
	if !s.secret {
		o.set("choices", s.choices)
		o.set("format", s.format)
	}
	return o
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

// titled returns a name as a title: "api_key" becomes "Api key".
func titled(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '.' })
	text := strings.Join(words, " ")
	if text == "" {
		return name
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func sortedKeys[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }
