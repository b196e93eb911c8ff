package lowcode

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// whole returns the file as an object.
func (m *importer) whole() (*object, error) {
	o, given := newObject(1), m.mapping
	name, homepage := m.identity(o)
	o.set("settings", m.form())
	var permissions []*object
	for _, p := range given.Permissions {
		one := pairs(0, "id", p.ID, "reason", p.Reason)
		one.mapping = p.At("").Line
		one.set("optional", p.Optional)
		permissions = append(permissions, one)
	}
	o.set("permissions", permissions)
	base := m.base()
	network, err := m.network()
	if err != nil {
		return nil, err
	}
	o.put("network", network)
	o.set("limits", m.limits())
	if given.Guide != "" {
		o.put("guide", mapped{value: given.Guide, line: given.At("guide").Line})
	} else {
		o.put("guide", m.guide(name, homepage))
	}
	o.put("base_url", base)
	if auth := m.main.object(); len(auth.keys) > 0 {
		o.put("auth", auth)
	}
	headers, answers := m.common()
	o.set("headers", headers)
	o.set("answers", answers)
	o.set("check", m.check(base, headers, answers))
	var streams []*object
	for _, s := range m.streams {
		streams = append(streams, m.streamObject(s, base, headers, answers))
	}
	o.put("streams", streams)
	return o, nil
}

// identity writes the identity of the connector, and returns its name and its homepage.
func (m *importer) identity(o *object) (name, homepage string) {
	given := m.mapping
	name = orElse(given.Name, titled(m.id()))
	o.put("plumbline", 1)
	o.put("id", m.id())
	o.put("name", name)
	o.put("version", orElse(given.Version, "0.1.0"))
	o.put("vendor", orElse(given.Vendor, name))
	o.put("summary", orElse(given.Summary, m.summary(name)))
	homepage = orElse(given.Homepage, m.manifest.Root().Get("spec").Get("documentation_url").Text())
	if strings.HasPrefix(homepage, "https://") {
		o.set("homepage", homepage)
	}
	o.set("license", given.License)
	categories := given.Categories
	if len(categories) == 0 {
		categories = []string{"custom"}
	}
	o.put("categories", mapped{value: categories, line: given.At("categories").Line})
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
		titles = append(titles, strings.ToLower(s.title))
	}
	if len(titles) > 4 {
		return fmt.Sprintf("Reads %s and %d more lists of %s.", strings.Join(titles[:3], ", "), len(titles)-3, name)
	}
	return fmt.Sprintf("Reads %s of %s.", strings.Join(titles, ", "), name)
}

// form returns the settings.
func (m *importer) form() (all []*object) {
	for _, s := range m.settings {
		o := s.written()
		texts, ok := m.mapping.Settings[s.name]
		if ok {
			o.set("title", given(texts.Item, "title", texts.Title, o.values["title"]))
			o.set("description", given(texts.Item, "description", texts.Description, o.values["description"]))
			o.set("guide_step", given(texts.Item, "guide_step", texts.Step, nil))
		}
		all = append(all, o)
	}
	return all
}

// base returns the address that most streams have.
func (m *importer) base() string {
	count, best := map[string]int{}, ""
	for _, s := range m.streams {
		count[s.base]++
		if best == "" || count[s.base] > count[best] {
			best = s.base
		}
	}
	return best
}

// common returns the headers and the rules on answers that all streams have.
func (m *importer) common() (headers *object, answers []*object) {
	first := m.streams[0]
	headers, answers = first.headers, first.answers
	for _, s := range m.streams {
		if shown(s.headers) != shown(headers) {
			headers = newObject(0)
		}
		if shown(s.answers) != shown(answers) {
			answers = nil
		}
	}
	if len(headers.keys) == 0 || m.ofOneStream(shown(headers)) {
		headers = nil
	}
	if m.ofOneStream(shown(answers)) {
		answers = nil
	}
	return headers, answers
}

// ofOneStream reports whether a text has an expression that other streams do not see.
func (m *importer) ofOneStream(text string) bool {
	for _, s := range m.streams {
		if s.as != "" && regexp.MustCompile(`\{\{[^}]*\b`+s.as+`\b`).MatchString(text) {
			return true
		}
	}
	return strings.Contains(text, "window.")
}

// limits translates the budget of requests.
func (m *importer) limits() *object {
	least := 0.0
	for _, policy := range m.budget.Get("policies").Items() {
		var rates [][2]Value
		switch policy.Type() {
		case "FixedWindowCallRatePolicy":
			rates = append(rates, [2]Value{policy.Get("call_limit"), policy.Get("period")})
		case "MovingWindowCallRatePolicy":
			for _, rate := range policy.Get("rates").Items() {
				rates = append(rates, [2]Value{rate.Get("limit"), rate.Get("interval")})
			}
		}
		for _, rate := range rates {
			length, ok := isoDuration(rate[1].Text())
			var calls float64
			if _, err := fmt.Sscanf(rate[0].Text(), "%g", &calls); err != nil || !ok || length == 0 || calls <= 0 {
				m.notes.add(policy.Line(), "", "a limit of requests that is no number is not in the file")
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
	return pairs(m.budget.Line(), "requests_per_second", float64(int(least*1000+0.5))/1000)
}

// check returns the request of a stream that the manifest tries first: one that needs no other.
func (m *importer) check(base string, headers *object, answers []*object) *object {
	var names []string
	for _, one := range m.manifest.Root().Get("check").Get("stream_names").Items() {
		names = append(names, streamName(one.Text()))
	}
	simple := func(s *stream) bool {
		return s.parent == nil && s.list == "" && s.incremental == nil && s.auth.print() == m.main.print()
	}
	at := slices.IndexFunc(m.streams, func(s *stream) bool { return simple(s) && slices.Contains(names, s.name) })
	if at < 0 {
		return nil
	}
	o := newObject(m.streams[at].line)
	m.requestObject(o, m.streams[at], base, headers, answers)
	return o
}

// requestObject writes the request of a stream.
func (m *importer) requestObject(o *object, s *stream, base string, headers *object, answers []*object) {
	if s.base == base && !s.whole && s.path != "" {
		o.put("path", "/"+s.path)
	} else {
		o.put("url", strings.TrimSuffix(s.base+"/"+s.path, "/"))
	}
	for _, key := range []string{"method", "reads", "query", "json", "form", "graphql", "answer"} {
		if !s.request.has(key) {
			continue
		}
		if inner, ok := s.request.values[key].(*object); ok && len(inner.keys) == 0 && key != "json" {
			continue
		}
		o.put(key, s.request.values[key])
	}
	if headers == nil && len(s.headers.keys) > 0 {
		o.put("headers", s.headers)
	}
	if len(answers) == 0 {
		o.set("answers", s.answers)
	}
}

// streamObject writes a stream.
func (m *importer) streamObject(s *stream, base string, headers *object, answers []*object) *object {
	by := m.mapping.Streams[s.name]
	o := newObject(s.line)
	o.put("name", s.name)
	o.put("title", given(by.Item, "title", by.Title, s.title))
	o.put("kind", given(by.Item, "kind", by.Kind, "custom"))
	o.set("description", given(by.Item, "description", by.Description, nil))
	if len(by.Permissions) > 0 {
		o.put("permissions", mapped{value: by.Permissions, line: by.At("permissions").Line})
	}
	if s.parent != nil || s.list != "" {
		each := newObject(s.line)
		each.flow = true
		if s.parent != nil {
			each.put("of", s.parent.name)
		} else {
			each.put("in", s.list)
		}
		each.put("as", s.as)
		if s.parent != nil && s.parent.where != nil {
			each.put("where", s.parent.where(s.as))
		}
		o.put("each", each)
	}
	m.requestObject(o, s, base, headers, answers)
	if s.auth.print() != m.main.print() {
		own := s.auth.object()
		own.flow = true
		o.put("auth", own)
	}
	o.set("paging", s.paging)
	o.put("records", s.records)
	if s.where != nil {
		o.put("where", s.where("item"))
	}
	if by.Where.Source != "" {
		where := by.Where.Source
		if s.where != nil {
			where = "(" + s.where("item") + ") && (" + where + ")"
		}
		o.put("where", mapped{value: where, line: by.Where.At.Line})
	}
	key := s.key
	o.put("key", key)
	if by.Key.Source != "" {
		key = by.Key.Source
		o.put("key", mapped{value: key, line: by.Key.At.Line})
	}
	o.put("fields", m.fields(s, by, key))
	omit := append(slices.Clone(s.omit), by.Omit...)
	o.set("omit", omit)
	o.set("deletes", given(by.Item, "deletes", by.Deletes, nil))
	o.set("incremental", s.incremental)
	return o
}

// fields returns the fields of the kind.
func (m *importer) fields(s *stream, by StreamMapping, key string) *object {
	o := newObject(s.line)
	if by.Kind != "" {
		o.mapping = by.At("kind").Line
		for _, name := range sortedKeys(by.Fields) {
			o.put(name, mapped{value: by.Fields[name].Source, line: by.Fields[name].At.Line})
		}
		if !o.has("external_id") {
			o.put("external_id", key)
		}
		return o
	}
	o.put("external_id", key)
	o.put("type", quote(s.name))
	if s.added == nil {
		return o
	}
	o.put("fields", addedMap(s.addedSafely(), s.addedOrder))
	return o
}

// addedMap writes the fields that transformations add as an object.
func addedMap(all map[string]cel, order []string) string {
	var members []string
	for _, name := range order {
		members = append(members, quote(name)+": "+optionalPath(all[name]))
	}
	if line := "{" + strings.Join(members, ", ") + "}"; len(line) < maxFlow {
		return line
	}
	return "{\n  " + strings.Join(members, ",\n  ") + "\n}"
}

// plainPath matches an expression that is a path alone.
var plainPath = regexp.MustCompile(`^[a-z_][a-z0-9_]*((\.[A-Za-z_][A-Za-z0-9_]*)|(\["[^"]*"\]))+$`)

// optionalPath writes a path so that a missing member is null, and does not take the others with it.
func optionalPath(c cel) string {
	src := c.value().src
	if !plainPath.MatchString(src) || strings.HasPrefix(src, "settings.") {
		return src
	}
	src = strings.ReplaceAll(strings.ReplaceAll(src, ".", ".?"), `["`, `[?"`)
	return src + ".orValue(null)"
}
