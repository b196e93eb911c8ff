package lowcode

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/form"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/stream"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// whole returns the file as an object.
func (m *importer) whole() (*writing.Object, error) {
	o, given := writing.New(1), m.mapping
	name, homepage := m.identity(o)
	o.Set("settings", m.formObjects())
	var permissions []*writing.Object
	for _, p := range given.Permissions {
		one := writing.Pairs(0, "id", p.ID, "reason", p.Reason)
		one.Mapping = p.At("").Line
		one.Set("optional", p.Optional)
		permissions = append(permissions, one)
	}
	o.Set("permissions", permissions)
	base := m.base()
	network, err := m.network()
	if err != nil {
		return nil, err
	}
	o.Put("network", network)
	o.Set("limits", m.limits())
	if given.Guide != "" {
		o.Put("guide", writing.Mapped{Value: given.Guide, Line: given.At("guide").Line})
	} else {
		o.Put("guide", m.guide(name, homepage))
	}
	o.Put("base_url", base)
	if auth := m.main.Object(); len(auth.Keys) > 0 {
		o.Put("auth", auth)
	}
	headers, answers := m.common()
	o.Set("headers", headers)
	o.Set("answers", answers)
	o.Set("check", m.check(base, headers, answers))
	var streams []*writing.Object
	for _, s := range m.streams {
		streams = append(streams, m.streamObject(s, base, headers, answers))
	}
	o.Put("streams", streams)
	return o, nil
}

// identity writes the identity of the connector, and returns its name and its homepage.
func (m *importer) identity(o *writing.Object) (name, homepage string) {
	given := m.mapping
	name = orElse(given.Name, form.Titled(m.id()))
	o.Put("plumbline", 1)
	o.Put("id", m.id())
	o.Put("name", name)
	o.Put("version", orElse(given.Version, "0.1.0"))
	o.Put("vendor", orElse(given.Vendor, name))
	o.Put("summary", orElse(given.Summary, m.summary(name)))
	homepage = orElse(given.Homepage, m.manifest.Root().Get("spec").Get("documentation_url").Text())
	if strings.HasPrefix(homepage, "https://") {
		o.Set("homepage", homepage)
	}
	o.Set("license", given.License)
	categories := given.Categories
	if len(categories) == 0 {
		categories = []string{"custom"}
	}
	o.Put("categories", writing.Mapped{Value: categories, Line: given.At("categories").Line})
	return name, homepage
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// summary returns one sentence on the connector.
func (m *importer) summary(name string) string {
	var titles []string
	for _, s := range m.streams {
		titles = append(titles, strings.ToLower(s.Title))
	}
	if len(titles) > 4 {
		return fmt.Sprintf("Reads %s and %d more lists of %s.", strings.Join(titles[:3], ", "), len(titles)-3, name)
	}
	return fmt.Sprintf("Reads %s of %s.", strings.Join(titles, ", "), name)
}

// formObjects writes the settings.
func (m *importer) formObjects() (all []*writing.Object) {
	for _, s := range m.form.Settings {
		o := settingObject(s)
		texts, ok := m.mapping.Settings[s.Name]
		if ok {
			o.Set("title", given(texts.Item, "title", texts.Title, o.Values["title"]))
			o.Set("description", given(texts.Item, "description", texts.Description, o.Values["description"]))
			o.Set("guide_step", given(texts.Item, "guide_step", texts.Step, nil))
		}
		all = append(all, o)
	}
	return all
}

// settingObject writes a field of the form.
func settingObject(s *form.Setting) *writing.Object {
	o := writing.New(s.Line)
	o.Set("name", s.Name)
	o.Set("title", s.Title)
	if s.Kind != "string" && s.Kind != "array" {
		o.Set("type", s.Kind)
	}
	about := s.About
	if s.Kind == "array" {
		about = strings.TrimSpace(about + " Several are separated by commas.")
	}
	o.Set("description", about)
	o.Set("secret", s.Secret)
	if s.Value == nil {
		o.Set("optional", s.Optional)
	} else {
		o.Put("default", s.Value)
	}
	if !s.Secret {
		o.Set("choices", s.Choices)
		o.Set("format", s.Format)
	}
	return o
}

// base returns the address that most streams have.
func (m *importer) base() string {
	count, best := map[string]int{}, ""
	for _, s := range m.streams {
		count[s.Base]++
		if best == "" || count[s.Base] > count[best] {
			best = s.Base
		}
	}
	return best
}

// common returns the headers and the rules on answers that all streams have.
func (m *importer) common() (headers *writing.Object, answers []*writing.Object) {
	first := m.streams[0]
	headers, answers = first.Headers, first.Answers
	for _, s := range m.streams {
		if writing.Shown(s.Headers) != writing.Shown(headers) {
			headers = writing.New(0)
		}
		if writing.Shown(s.Answers) != writing.Shown(answers) {
			answers = nil
		}
	}
	if len(headers.Keys) == 0 || m.ofOneStream(writing.Shown(headers)) {
		headers = nil
	}
	if m.ofOneStream(writing.Shown(answers)) {
		answers = nil
	}
	return headers, answers
}

// ofOneStream reports whether a text has an expression that other streams do not see.
func (m *importer) ofOneStream(text string) bool {
	for _, s := range m.streams {
		if s.As != "" && regexp.MustCompile(`\{\{[^}]*\b`+s.As+`\b`).MatchString(text) {
			return true
		}
	}
	return strings.Contains(text, "window.")
}

// limits translates the budget of requests.
func (m *importer) limits() *writing.Object {
	least := 0.0
	for _, policy := range m.budget.Get("policies").Items() {
		var rates [][2]manifest.Value
		switch policy.Type() {
		case "FixedWindowCallRatePolicy":
			rates = append(rates, [2]manifest.Value{policy.Get("call_limit"), policy.Get("period")})
		case "MovingWindowCallRatePolicy":
			for _, rate := range policy.Get("rates").Items() {
				rates = append(rates, [2]manifest.Value{rate.Get("limit"), rate.Get("interval")})
			}
		}
		for _, rate := range rates {
			length, ok := expression.ParseDuration(rate[1].Text())
			var calls float64
			if _, err := fmt.Sscanf(rate[0].Text(), "%g", &calls); err != nil || !ok || length == 0 || calls <= 0 {
				m.notes.Add(policy.Line(), "", "a limit of requests that is no number is not in the file")
				continue
			}
			if each := calls / length.Seconds(); least == 0 || each < least {
				least = each
			}
		}
	}
	if least == 0 {
		return nil
	}
	return writing.Pairs(m.budget.Line(), "requests_per_second", float64(int(least*1000+0.5))/1000)
}

// check returns the request of a stream that the manifest tries first: one that needs no other.
func (m *importer) check(base string, headers *writing.Object, answers []*writing.Object) *writing.Object {
	var names []string
	for _, one := range m.manifest.Root().Get("check").Get("stream_names").Items() {
		names = append(names, stream.Name(one.Text()))
	}
	simple := func(s *stream.Stream) bool {
		return s.Parent == nil && s.List == "" && s.Incremental == nil && s.Auth.Print() == m.main.Print()
	}
	at := slices.IndexFunc(m.streams, func(s *stream.Stream) bool { return simple(s) && slices.Contains(names, s.Name) })
	if at < 0 {
		return nil
	}
	o := writing.New(m.streams[at].Line)
	m.requestObject(o, m.streams[at], base, headers, answers)
	return o
}

// requestObject writes the request of a stream.
func (m *importer) requestObject(o *writing.Object, s *stream.Stream, base string, headers *writing.Object, answers []*writing.Object) {
	if s.Base == base && !s.Whole && s.Path != "" {
		o.Put("path", "/"+s.Path)
	} else {
		o.Put("url", strings.TrimSuffix(s.Base+"/"+s.Path, "/"))
	}
	for _, key := range []string{"method", "reads", "query", "json", "form", "graphql", "answer"} {
		if !s.Request.Has(key) {
			continue
		}
		if inner, ok := s.Request.Values[key].(*writing.Object); ok && len(inner.Keys) == 0 && key != "json" {
			continue
		}
		o.Put(key, s.Request.Values[key])
	}
	if headers == nil && len(s.Headers.Keys) > 0 {
		o.Put("headers", s.Headers)
	}
	if len(answers) == 0 {
		o.Set("answers", s.Answers)
	}
}

// streamObject writes a stream.
func (m *importer) streamObject(s *stream.Stream, base string, headers *writing.Object, answers []*writing.Object) *writing.Object {
	by := m.mapping.Streams[s.Name]
	o := writing.New(s.Line)
	o.Put("name", s.Name)
	o.Put("title", given(by.Item, "title", by.Title, s.Title))
	o.Put("kind", given(by.Item, "kind", by.Kind, "custom"))
	o.Set("description", given(by.Item, "description", by.Description, nil))
	if len(by.Permissions) > 0 {
		o.Put("permissions", writing.Mapped{Value: by.Permissions, Line: by.At("permissions").Line})
	}
	if s.Parent != nil || s.List != "" {
		each := writing.New(s.Line)
		each.Flow = true
		if s.Parent != nil {
			each.Put("of", s.Parent.Name)
		} else {
			each.Put("in", s.List)
		}
		each.Put("as", s.As)
		if s.Parent != nil && s.Parent.Where != nil {
			each.Put("where", s.Parent.Where(s.As))
		}
		o.Put("each", each)
	}
	m.requestObject(o, s, base, headers, answers)
	if s.Auth.Print() != m.main.Print() {
		own := s.Auth.Object()
		own.Flow = true
		o.Put("auth", own)
	}
	o.Set("paging", s.Paging)
	o.Put("records", s.Records)
	if s.Where != nil {
		o.Put("where", s.Where("item"))
	}
	if by.Where.Source != "" {
		where := by.Where.Source
		if s.Where != nil {
			where = "(" + s.Where("item") + ") && (" + where + ")"
		}
		o.Put("where", writing.Mapped{Value: where, Line: by.Where.At.Line})
	}
	key := s.Key
	o.Put("key", key)
	if by.Key.Source != "" {
		key = by.Key.Source
		o.Put("key", writing.Mapped{Value: key, Line: by.Key.At.Line})
	}
	o.Put("fields", m.fields(s, by, key))
	omit := append(slices.Clone(s.Omit), by.Omit...)
	o.Set("omit", omit)
	o.Set("deletes", given(by.Item, "deletes", by.Deletes, nil))
	o.Set("incremental", s.Incremental)
	return o
}

// fields returns the fields of the kind.
func (m *importer) fields(s *stream.Stream, by StreamMapping, key string) *writing.Object {
	o := writing.New(s.Line)
	if by.Kind != "" {
		o.Mapping = by.At("kind").Line
		for _, name := range slices.Sorted(maps.Keys(by.Fields)) {
			o.Put(name, writing.Mapped{Value: by.Fields[name].Source, Line: by.Fields[name].At.Line})
		}
		if !o.Has("external_id") {
			o.Put("external_id", key)
		}
		return o
	}
	o.Put("external_id", key)
	o.Put("type", expression.Quote(s.Name))
	if s.Added == nil {
		return o
	}
	o.Put("fields", addedMap(s.AddedSafely(), s.AddedOrder))
	return o
}

// addedMap writes the fields that transformations add as an object.
func addedMap(all map[string]expression.CEL, order []string) string {
	var members []string
	for _, name := range order {
		members = append(members, expression.Quote(name)+": "+optionalPath(all[name]))
	}
	if line := "{" + strings.Join(members, ", ") + "}"; len(line) < writing.MaxFlow {
		return line
	}
	return "{\n  " + strings.Join(members, ",\n  ") + "\n}"
}

// plainPath matches an expression that is a path alone.
var plainPath = regexp.MustCompile(`^[a-z_][a-z0-9_]*((\.[A-Za-z_][A-Za-z0-9_]*)|(\["[^"]*"\]))+$`)

// optionalPath writes a path so that a missing member is null, and does not take the others with it.
func optionalPath(c expression.CEL) string {
	src := c.Value().Source
	if !plainPath.MatchString(src) || strings.HasPrefix(src, "settings.") {
		return src
	}
	src = strings.ReplaceAll(strings.ReplaceAll(src, ".", ".?"), `["`, `[?"`)
	return src + ".orValue(null)"
}
