package stream

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
)

// selector translates the list in the answer and the condition for its items.
func (w *worker) selector() {
	selector := w.at(w.retriever.Get("record_selector"))
	w.known(selector, "RecordSelector")
	extractor := w.at(selector.Get("extractor"))
	w.known(extractor, "DpathExtractor")
	w.out.Records = w.extracted(extractor)
	filter := w.at(selector.Get("record_filter"))
	if !filter.Set() {
		return
	}
	w.known(filter, "RecordFilter")
	condition := filter.Get("condition")
	if strings.TrimSpace(condition.Text()) == "" {
		return
	}
	where := func(item string) string {
		s := w.recordScene(condition, item)
		c := s.Condition(condition.Text())
		if c.Source == "true" {
			return ""
		}
		return c.Source
	}
	w.at(condition)
	if where("item") != "" {
		w.out.Where = where
	}
}

// recordScene returns what a template on the record sees. The interval is the whole time: a record is
// judged whichever request brought it.
func (w *worker) recordScene(v manifest.Value, item string) *expression.Scene {
	s := w.scene(v)
	s.Item = item
	if w.out.Added != nil {
		s.Added = w.out.Added(item)
	}
	if s.From != "" {
		s.From, s.To = w.startText(), "written(now(), \"rfc3339\")"
	}
	return s
}

// extracted writes the path of the extractor as an expression.
func (w *worker) extracted(extractor manifest.Value) string {
	var keys []string
	path := extractor.Own("field_path")
	if path.IsText() {
		keys = append(keys, path.Text())
	}
	for _, one := range path.Items() {
		w.at(one)
		t := expression.Parse(one.Text())
		text, plain := t.Text()
		if !plain {
			c := w.scene(one).Expression(one.Text())
			if !c.Literal() {
				w.refuse(one, "a path to the records with a template in it has no translation")
			}
			text = strings.Trim(c.Source, `"`)
		}
		keys = append(keys, strings.Split(text, "/")...)
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == "" })
	if slices.Contains(keys, "**") {
		w.refuse(extractor, "a path to the records of any depth (**) has no translation")
	}
	base := "response"
	for i, key := range keys {
		if key == "*" {
			return starred(base, keys[i+1:])
		}
		if strings.ContainsAny(key, "*?[") {
			w.refuse(extractor, "the pattern %s in a path to the records has no translation", key)
		}
		base = expression.Member(base, false, key)
	}
	return "rows(" + base + ")"
}

// starred writes the values of an object or a list, and what follows in each of them.
func starred(from string, rest []string) string {
	if len(rest) == 0 {
		return "values(" + from + ")"
	}
	last := "x"
	for i, key := range rest {
		if key == "*" {
			return fmt.Sprintf("values(%s).map(x, %s).flatten()", from, starred(last, rest[i+1:]))
		}
		last = expression.Member(last, true, key)
	}
	return fmt.Sprintf("values(%s).map(x, %s).filter(x, x.hasValue()).map(x, x.value())", from, last)
}

// transformations translates what is added to each record, and what is left out of it.
func (w *worker) transformations() {
	var definitions []manifest.Value
	reshaped := false
	for _, v := range w.v.Get("transformations").Items() {
		w.at(v)
		switch v.Type() {
		case "AddFields":
			if v.Get("condition").Set() && v.Get("condition").Text() != "" {
				w.refuse(v, "fields that are added under a condition have no translation")
			}
			definitions = append(definitions, v.Own("fields").Items()...)
		case "RemoveFields":
			if v.Get("condition").Set() && v.Get("condition").Text() != "" {
				w.refuse(v, "fields that are removed under a condition have no translation")
			}
			w.removals(v)
		case "KeysToLower", "KeysToSnakeCase", "KeysReplace", "FlattenFields", "DpathFlattenFields":
			reshaped = true
			w.Notes.Add(v.Line(), w.out.Name, "%s is not done: the record keeps the vendor's own document", v.Type())
		default:
			w.refuse(v, "%s has no translation", v.Type())
		}
	}
	if reshaped {
		w.needPlainKey()
	}
	if len(definitions) == 0 {
		return
	}
	w.out.Added = func(item string) map[string]expression.CEL { return w.additions(definitions, item, false) }
	w.out.AddedSafely = func() map[string]expression.CEL { return w.additions(definitions, "item", true) }
	for _, d := range definitions {
		if name := w.addedName(d); !slices.Contains(w.out.AddedOrder, name) {
			w.out.AddedOrder = append(w.out.AddedOrder, name)
		}
	}
	w.out.Added("item")
	w.out.AddedSafely()
}

// needPlainKey refuses a key whose name a transformation may have made.
func (w *worker) needPlainKey() {
	for _, key := range w.primaryKey() {
		if len(key) != 1 || !regexp.MustCompile(`^[a-z0-9]+$`).MatchString(key[0]) {
			w.refuse(w.v.Get("primary_key"), "the key %s may be a name that a transformation gives", strings.Join(key, "."))
		}
	}
}

// addedName returns the name of a field that is added to the record.
func (w *worker) addedName(definition manifest.Value) string {
	var steps []string
	for _, one := range definition.Own("path").Items() {
		steps = append(steps, w.text(one))
	}
	if len(steps) == 0 {
		w.refuse(definition, "a field that is added has no name")
	}
	return strings.Join(steps, ".")
}

// additions writes the fields that are added, each an expression on the record and on those before it.
// With safe, a member that is missing is null and does not take the others with it.
func (w *worker) additions(definitions []manifest.Value, item string, safe bool) map[string]expression.CEL {
	all := map[string]expression.CEL{}
	for _, d := range definitions {
		value := w.at(d.Own("value"))
		s := w.scene(d)
		s.Item, s.Added, s.Safe = item, all, safe
		if s.From != "" {
			s.From, s.To = w.startText(), `written(now(), "rfc3339")`
		}
		c := expression.Constant(nil)
		switch {
		case value.IsText():
			c = s.Expression(value.Text())
		case value.Set():
			c = expression.Constant(value.Plain())
		}
		next := map[string]expression.CEL{w.addedName(d): c}
		for name, known := range all {
			if _, again := next[name]; !again {
				next[name] = known
			}
		}
		all = next
	}
	return all
}

// removals translates the fields that are left out.
func (w *worker) removals(v manifest.Value) {
	for _, pointer := range v.Own("field_pointers").Items() {
		var steps []string
		for _, one := range pointer.Items() {
			steps = append(steps, one.Text())
		}
		name := strings.Join(steps, ".")
		if strings.ContainsAny(name, "*?[") {
			w.refuse(pointer, "the pattern %s of fields to remove has no translation", name)
		}
		if name != "" {
			w.out.Omit = append(w.out.Omit, name)
		}
	}
}

// primaryKey returns the paths of the key.
func (w *worker) primaryKey() (paths [][]string) {
	v := w.v.Get("primary_key")
	if v.IsText() && v.Text() != "" {
		return [][]string{{v.Text()}}
	}
	for _, one := range v.Items() {
		if one.IsText() {
			paths = append(paths, []string{one.Text()})
			continue
		}
		var path []string
		for _, key := range one.Items() {
			path = append(path, key.Text())
		}
		if len(path) > 0 {
			paths = append(paths, path)
		}
	}
	return paths
}

// keys translates the primary key. Without one, the id of the schema or the whole record is the key.
func (w *worker) keys() {
	v := w.at(w.v.Get("primary_key"))
	paths := w.primaryKey()
	if len(paths) == 0 {
		w.out.Key = "sha256(item)"
		if w.hasField("id") {
			w.out.Key = "item.id"
		}
		w.Notes.Add(w.v.Line(), w.out.Name, "the manifest gives no primary key: the key is %s", w.out.Key)
		return
	}
	s := w.recordScene(v, "item")
	var parts []expression.CEL
	for _, path := range paths {
		parts = append(parts, s.RecordField(path...))
	}
	if len(parts) == 1 {
		w.out.Key = parts[0].Value().Source
		return
	}
	var texts []string
	for _, part := range parts {
		texts = append(texts, part.Text().At(expression.RankAdd))
	}
	w.out.Key = strings.Join(texts, ` + "/" + `)
}

// hasField reports whether the schema of the manifest has a field.
func (w *worker) hasField(name string) bool {
	loader := w.v.Get("schema_loader")
	for _, one := range append([]manifest.Value{loader}, loader.Items()...) {
		if one.Own("schema").Own("properties").Own(name).Set() {
			return true
		}
	}
	return false
}
