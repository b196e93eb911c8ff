package lowcode

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
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
func (s *scene) path(n jinja.Node) cel {
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
		if s.response {
			return s.members(atom("", "response"), steps)
		}
	case "headers":
		if s.response {
			return s.header(steps)
		}
	case "last_record":
		if s.rows != "" {
			return s.members(atom("", "last(%s)", s.rows), steps)
		}
	case "last_page_size":
		if s.rows != "" {
			return atom("number", "size(%s)", s.rows)
		}
	case "stream_slice", "stream_partition", "stream_interval":
		return s.partition(name.Name, steps)
	}
	return fail("%s is not known here", name.Name)
}

// members writes the steps behind a value.
func (s *scene) members(base cel, steps []step) cel {
	for i, next := range steps {
		last := i == len(steps)-1
		if key, number := next.key.(int64); number && (key == 0 || key == -1) {
			function := map[int64]string{0: "first", -1: "last"}[key]
			base = atom("", "%s(%s)", function, base.value().src)
			continue
		}
		optional := s.safe || last && next.fallback != nil && !nothing(next.fallback)
		base = s.member(base, next, optional)
		if last && optional && next.fallback != nil && !nothing(next.fallback) {
			otherwise := s.expr(next.fallback)
			base = atom(otherwise.typ, "%s.orValue(%s)", base.src, otherwise.value().src)
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

func (s *scene) member(base cel, next step, optional bool) cel {
	from := base.src
	if base.rank < rankAtom {
		from = "(" + from + ")"
	}
	key, isText := next.key.(string)
	switch {
	case isText && selector.MatchString(key) && !keywords[key] && optional:
		from += ".?" + key
	case isText && selector.MatchString(key) && !keywords[key]:
		from += "." + key
	default:
		inside := ""
		switch {
		case isText:
			inside = quote(key)
		case next.by != nil:
			inside = s.expr(next.by).value().src
		default:
			inside = strconv.FormatInt(next.key.(int64), 10)
		}
		if optional {
			inside = "?" + inside
		}
		from += "[" + inside + "]"
	}
	return cel{src: from, rank: rankAtom, maybe: optional}
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
func (s *scene) config(steps []step) cel {
	keys := texts(steps)
	for n := len(keys); n > 0; n-- {
		found := s.m.setting(keys[:n])
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

func (s *scene) setting(found *setting, fallback jinja.Node) cel {
	if found.secret {
		if s.vaulted {
			s.secrets = append(s.secrets, found)
			return cel{src: "settings." + found.name, rank: rankAtom, secret: found}
		}
		if credential.MatchString(found.name) {
			fail("the secret %s is used in an expression, which must not see it", found.name)
		}
		found.secret = false
		s.m.notes.add(found.line, "", "the setting %s is not kept as a secret: an address or a text of a request holds it", found.name)
	}
	typ := map[string]string{"string": "text", "integer": "number", "number": "number", "boolean": "bool", "array": "text"}[found.kind]
	unset := found.optional && found.value == nil
	c := atom(typ, "settings.%s", found.name)
	switch {
	case unset && fallback != nil && !nothing(fallback):
		otherwise := s.expr(fallback)
		if found.kind == "array" && otherwise.src == "[]" {
			otherwise = atom("text", `""`)
		}
		c = atom(typ, "settings.?%s.orValue(%s)", found.name, otherwise.value().src)
	case unset && s.safe:
		c = cel{src: "settings.?" + found.name, rank: rankAtom, typ: typ, maybe: true}
	case unset && s.joined && typ == "text":
		c = atom(typ, `settings.?%s.orValue("")`, found.name)
	}
	if found.kind == "array" {
		return atom("list", `%s.split(",").map(v, v.trim())`, c.text().at(rankAtom))
	}
	return c
}

// parameter writes a value of $parameters.
func (s *scene) parameter(steps []step) cel {
	keys := texts(steps)
	if len(keys) == 0 {
		fail("the parameters as a whole have no translation")
	}
	value, ok := s.params[keys[0]]
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
		return s.expression(value.Text())
	}
	return constant(value.Plain())
}

// record writes the record, or a field that a transformation adds to it.
func (s *scene) record(steps []step) cel {
	if s.item == "" {
		fail("record is not known here")
	}
	if keys := texts(steps); len(keys) > 0 {
		if added, ok := s.added[keys[0]]; ok {
			return s.members(added, steps[1:])
		}
	}
	return s.members(atom("", "%s", s.item), steps)
}

// header writes a header of the answer.
func (s *scene) header(steps []step) cel {
	keys := texts(steps)
	if len(keys) == 0 || strings.EqualFold(keys[0], "link") {
		fail("the header Link is read in paging alone")
	}
	steps = slices.Clone(steps)
	steps[0].key = strings.ToLower(keys[0])
	base := atom("", `headers[%s]`, quote(strings.ToLower(keys[0])))
	if s.safe || steps[0].fallback != nil && !nothing(steps[0].fallback) {
		return s.members(atom("", "headers"), steps)
	}
	base.typ = "text"
	return s.members(base, steps[1:])
}

// partition writes a field of the partition, or an end of the interval.
func (s *scene) partition(name string, steps []step) cel {
	keys := texts(steps)
	if len(keys) == 0 {
		if name == "stream_interval" && s.from != "" {
			return atom("bool", "true")
		}
		fail("%s as a whole has no translation", name)
	}
	fields := s.slice
	for level := 0; keys[0] == "parent_slice"; level++ {
		if level >= len(s.above) || len(keys) < 2 {
			fail("%s.parent_slice leads to no parent", name)
		}
		fields, keys, steps = s.above[level], keys[1:], steps[1:]
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
	case s.from == "":
	case keys[0] == s.m.spanKeys[0]:
		s.spans = true
		return atom("", "%s", s.from)
	case keys[0] == s.m.spanKeys[1]:
		s.spans = true
		return atom("", "%s", s.to)
	}
	if s.item != "" && s.slice != nil {
		return atom("null", "null") // as it is for a run of the manifest
	}
	return fail("%s has no %s here", name, keys[0])
}
