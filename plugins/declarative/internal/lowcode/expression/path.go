package expression

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/form"
)

// step leads from a value to a member.
type step struct {
	key      any        // a text or an int64
	by       jinja.Node // an expression, instead of key
	fallback jinja.Node // the value when there is none; nil = it is not given
}

// chain takes a path apart: its root and the steps behind it.
func chain(n jinja.Node) (root jinja.Node, steps []step) {
	switch v := n.(type) {
	case jinja.Attr:
		root, steps = chain(v.Of)
		return root, append(steps, step{key: v.Name})
	case jinja.Item:
		root, steps = chain(v.Of)
		next := step{by: v.Index}
		if literal, ok := v.Index.(jinja.Literal); ok {
			switch key := literal.Value.(type) {
			case string, int64:
				next = step{key: key}
			}
		}
		return root, append(steps, next)
	case jinja.Call:
		get, ok := v.Of.(jinja.Attr)
		if !ok || get.Name != "get" || len(v.Args) == 0 {
			return n, nil
		}
		root, steps = chain(get.Of)
		next := step{by: v.Args[0]}
		if literal, ok := v.Args[0].(jinja.Literal); ok {
			if key, isText := literal.Value.(string); isText {
				next = step{key: key}
			}
		}
		if len(v.Args) > 1 {
			next.fallback = v.Args[1]
		}
		return root, append(steps, next)
	}
	return n, nil
}

// path writes a variable with the members behind it.
func (s *Scene) path(n jinja.Node) CEL {
	root, steps := chain(n)
	name, ok := root.(jinja.Name)
	if !ok {
		return s.members(s.expr(root), steps)
	}
	switch name.Name {
	case "config":
		return s.config(steps)
	case "parameters", "$parameters":
		return s.parameter(steps)
	case "record":
		return s.record(steps)
	case "response":
		if s.Response {
			return s.members(atom("", "response"), steps)
		}
	case "headers":
		if s.Response {
			return s.header(steps)
		}
	case "last_record":
		if s.Rows != "" {
			return s.members(atom("", "last(%s)", s.Rows), steps)
		}
	case "last_page_size":
		if s.Rows != "" {
			return atom("number", "size(%s)", s.Rows)
		}
	case "stream_slice", "stream_partition", "stream_interval":
		return s.partition(name.Name, steps)
	}
	return fail("%s is not known here", name.Name)
}

// members writes the steps behind a value.
func (s *Scene) members(base CEL, steps []step) CEL {
	for i, next := range steps {
		last := i == len(steps)-1
		if key, number := next.key.(int64); number && (key == 0 || key == -1) {
			function := map[int64]string{0: "first", -1: "last"}[key]
			base = atom("", "%s(%s)", function, base.Value().Source)
			continue
		}
		optional := s.Safe || last && next.fallback != nil && !nothing(next.fallback)
		base = s.member(base, next, optional)
		if last && optional && next.fallback != nil && !nothing(next.fallback) {
			otherwise := s.expr(next.fallback)
			base = atom(otherwise.Type, "%s.orValue(%s)", base.Source, otherwise.Value().Source)
		}
	}
	return base
}

// guards reports whether a condition says that the value is there which a path begins with.
func guards(test, path jinja.Node) bool {
	root, before := chain(test)
	from, steps := chain(path)
	if !reflect.DeepEqual(root, from) || len(before) > len(steps) {
		return false
	}
	for i, one := range before {
		if !reflect.DeepEqual(one.key, steps[i].key) || !reflect.DeepEqual(one.by, steps[i].by) {
			return false
		}
	}
	return true
}

// nothing reports whether a fallback is an empty value, which the language has as null.
func nothing(n jinja.Node) bool {
	switch v := n.(type) {
	case nil:
		return true
	case jinja.Literal:
		return v.Value == nil || v.Value == ""
	case jinja.Dict:
		return len(v.Keys) == 0
	}
	return false
}

func (s *Scene) member(base CEL, next step, optional bool) CEL {
	from := base.Source
	if base.rank < RankAtom {
		from = "(" + from + ")"
	}
	key, isText := next.key.(string)
	switch {
	case isText && selector.MatchString(key) && !keywords[key] && optional:
		from += ".?" + key
	case isText && selector.MatchString(key) && !keywords[key]:
		from += "." + key
	default:
		var inside string
		switch {
		case isText:
			inside = Quote(key)
		case next.by != nil:
			inside = s.expr(next.by).Value().Source
		default:
			inside = strconv.FormatInt(next.key.(int64), 10)
		}
		if optional {
			inside = "?" + inside
		}
		from += "[" + inside + "]"
	}
	return CEL{Source: from, rank: RankAtom, maybe: optional}
}

// texts returns the steps that are texts; it stops before one that is none.
func texts(steps []step) (keys []string) {
	for _, next := range steps {
		key, ok := next.key.(string)
		if !ok {
			return keys
		}
		keys = append(keys, key)
	}
	return keys
}

// config writes a setting.
func (s *Scene) config(steps []step) CEL {
	keys := texts(steps)
	for n := len(keys); n > 0; n-- {
		found := s.Form.Find(keys[:n])
		if found == nil {
			continue
		}
		c := s.setting(found, steps[n-1].fallback)
		return s.members(c, steps[n:])
	}
	if len(keys) == 0 || len(keys) < len(steps) {
		fail("the configuration as a whole is not a setting")
	}
	if fallback := steps[len(steps)-1].fallback; fallback != nil {
		return s.expr(fallback) // the form has no such field
	}
	return fail("the form of the manifest has no field %s", strings.Join(keys, "."))
}

func (s *Scene) setting(found *form.Setting, fallback jinja.Node) CEL {
	if found.Secret {
		if s.vaulted {
			s.secrets = append(s.secrets, found)
			return CEL{Source: "settings." + found.Name, rank: RankAtom, secret: found}
		}
		if form.Credential.MatchString(found.Name) {
			fail("the secret %s is used in an expression, which must not see it", found.Name)
		}
		found.Secret = false
		s.Notes.Add(found.Line, "", "the setting %s is not kept as a secret: an address or a text of a request holds it", found.Name)
	}
	typ := map[string]string{"string": "text", "integer": "number", "number": "number", "boolean": "bool", "array": "text"}[found.Kind]
	unset := found.Optional && found.Value == nil
	c := atom(typ, "settings.%s", found.Name)
	switch {
	case unset && fallback != nil && !nothing(fallback):
		otherwise := s.expr(fallback)
		if found.Kind == "array" && otherwise.Source == "[]" {
			otherwise = atom("text", `""`)
		}
		c = atom(typ, "settings.?%s.orValue(%s)", found.Name, otherwise.Value().Source)
	case unset && s.Safe:
		c = CEL{Source: "settings.?" + found.Name, rank: RankAtom, Type: typ, maybe: true}
	case unset && s.joined && typ == "text":
		c = atom(typ, `settings.?%s.orValue("")`, found.Name)
	}
	if found.Kind == "array" {
		return atom("list", `%s.split(",").map(v, v.trim())`, c.Text().At(RankAtom))
	}
	return c
}

// parameter writes a value of $parameters.
func (s *Scene) parameter(steps []step) CEL {
	keys := texts(steps)
	if len(keys) == 0 {
		fail("the parameters as a whole have no translation")
	}
	value, ok := s.Params[keys[0]]
	if !ok {
		if fallback := steps[0].fallback; fallback != nil && len(steps) == 1 {
			return s.expr(fallback)
		}
		return atom("null", "null")
	}
	for _, key := range keys[1:] {
		value = value.Own(key)
	}
	if value.IsText() {
		return s.Expression(value.Text())
	}
	return Constant(value.Plain())
}

// record writes the record, or a field that a transformation adds to it.
func (s *Scene) record(steps []step) CEL {
	if s.Item == "" {
		fail("record is not known here")
	}
	if keys := texts(steps); len(keys) > 0 {
		if added, ok := s.Added[keys[0]]; ok {
			return s.members(added, steps[1:])
		}
	}
	return s.members(atom("", "%s", s.Item), steps)
}

// header writes a header of the answer.
func (s *Scene) header(steps []step) CEL {
	keys := texts(steps)
	if len(keys) == 0 || strings.EqualFold(keys[0], "link") {
		fail("the header Link is read in paging alone")
	}
	steps = slices.Clone(steps)
	steps[0].key = strings.ToLower(keys[0])
	base := atom("", `headers[%s]`, Quote(strings.ToLower(keys[0])))
	if s.Safe || steps[0].fallback != nil && !nothing(steps[0].fallback) {
		return s.members(atom("", "headers"), steps)
	}
	base.Type = "text"
	return s.members(base, steps[1:])
}

// partition writes a field of the partition, or an end of the interval.
func (s *Scene) partition(name string, steps []step) CEL {
	keys := texts(steps)
	if len(keys) == 0 {
		if name == "stream_interval" && s.From != "" {
			return atom("bool", "true")
		}
		fail("%s as a whole has no translation", name)
	}
	fields := s.Slice
	for level := 0; keys[0] == "parent_slice"; level++ {
		if level >= len(s.Above) || len(keys) < 2 {
			fail("%s.parent_slice leads to no parent", name)
		}
		fields, keys, steps = s.Above[level], keys[1:], steps[1:]
	}
	if keys[0] == "extra_fields" && len(keys) > 1 {
		if found, ok := fields["extra_fields."+keys[1]]; ok {
			return s.members(atom("", "%s", found), steps[2:])
		}
	}
	if found, ok := fields[keys[0]]; ok {
		return s.members(atom("", "%s", found), steps[1:])
	}
	switch {
	case s.From == "":
	case keys[0] == s.SpanKeys[0]:
		s.Spans = true
		return atom("", "%s", s.From)
	case keys[0] == s.SpanKeys[1]:
		s.Spans = true
		return atom("", "%s", s.To)
	}
	if s.Item != "" && s.Slice != nil {
		return atom("null", "null") // as it is for a run of the manifest
	}
	return fail("%s has no %s here", name, keys[0])
}

// RootName returns the name of the variable that a path begins with, or "".
func RootName(n jinja.Node) string {
	root, _ := chain(n)
	name, _ := root.(jinja.Name)
	return name.Name
}

// SettingPath returns the path of the setting that a template reads, nil when it reads none, and the value
// that the template has without it.
func SettingPath(n jinja.Node) (path []string, fallback jinja.Node) {
	_, steps := chain(n)
	if RootName(n) != "config" || len(steps) == 0 {
		return nil, nil
	}
	return texts(steps), steps[len(steps)-1].fallback
}

// Member writes the members behind a value, each of the one before it. With optional, none of them has to be there.
func Member(base string, optional bool, keys ...string) string {
	c := atom("", "%s", base)
	for _, key := range keys {
		c = (&Scene{}).member(c, step{key: key}, optional)
	}
	return c.Source
}

// RecordField writes a field of the record.
func (s *Scene) RecordField(path ...string) CEL {
	var steps []step
	for _, key := range path {
		steps = append(steps, step{key: key})
	}
	return s.record(steps)
}
