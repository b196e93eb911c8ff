package lowcode

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// stream is a translated stream.
type stream struct {
	name, title string
	line        int
	base        string // the address of the API
	path        string
	whole       bool // a value in the path may have steps of its own
	request     *object
	headers     *object
	auth        *signIn
	answers     []*object
	paging      *object
	records     string
	where       func(item string) string // nil = every item
	key         string
	added       func(item string) map[string]cel
	addedSafely func() map[string]cel
	addedOrder  []string
	omit        []string
	parent      *stream
	list        string // instead of parent
	as          string
	incremental *object
	slice       map[string]string
	above       []map[string]string
}

// print is equal for two streams that read the same.
func (s *stream) print() string {
	above := s.list
	if s.parent != nil {
		above = s.parent.print()
	}
	where := ""
	if s.where != nil {
		where = s.where("item")
	}
	return fmt.Sprint(s.base, "|", s.path, "|", shown(s.request), "|", shown(s.headers), "|", s.records, "|", where, "|", s.key, "|",
		shown(s.paging), "|", above, "|", shown(s.incremental), "|", s.auth.print())
}

// shown writes an object for comparisons.
func shown(value any) string {
	switch v := value.(type) {
	case *object:
		if v == nil {
			return ""
		}
		var b strings.Builder
		for _, key := range v.keys {
			b.WriteString(key + ":" + shown(v.values[key]) + ";")
		}
		return "{" + b.String() + "}"
	case []*object:
		var b strings.Builder
		for _, one := range v {
			b.WriteString(shown(one) + ",")
		}
		return "[" + b.String() + "]"
	case mapped:
		return shown(v.value)
	}
	return fmt.Sprint(value)
}

// worker translates one stream.
type worker struct {
	*importer
	v         Value
	out       *stream
	retriever Value
	requester Value
	line      int // of the part that is being translated
	level     int
	from, to  string
	first     string // what the first request has in place of the token of a page
	plain     bool   // the interval is written out, because the language has no window for it
	spans     bool
}

// refuse ends the translation of a stream.
func (w *worker) refuse(v Value, format string, args ...any) {
	if v.Line() > 0 {
		w.line = v.Line()
	}
	fail(format, args...)
}

// at notes which part is being translated, for the reason when it has no translation.
func (w *worker) at(v Value) Value {
	if v.Line() > 0 {
		w.line = v.Line()
	}
	return v
}

// translate returns the stream that a component describes.
func (m *importer) translate(v Value, level int) (*stream, *refusal) {
	if v.Type() == "StateDelegatingStream" {
		v = v.Get("full_refresh_stream")
	}
	w := &worker{importer: m, v: v, line: v.Line(), level: level}
	m.spanKeys = [2]string{"start_time", "end_time"}
	w.out = &stream{name: streamName(v.Get("name").Text()), title: titled(v.Get("name").Text()), line: v.Line(), request: newObject(v.Line()),
		headers: newObject(v.Line())}
	if err := attempt(w.stream); err != nil {
		return nil, &refusal{line: w.line, reason: err.Error()}
	}
	return w.out, nil
}

// streamName returns a name as the language allows it.
func streamName(text string) string {
	text = regexp.MustCompile(`[^a-z0-9_-]+`).ReplaceAllString(strings.ToLower(text), "_")
	return strings.Trim(text, "_-")
}

// known refuses a component whose type has no translation.
func (w *worker) known(v Value, types ...string) {
	if t := v.Type(); t != "" && !slices.Contains(types, t) {
		w.refuse(v, "%s has no translation", t)
	}
}

func (w *worker) stream() {
	w.known(w.v, "DeclarativeStream", "Stream")
	w.retriever = w.v.Get("retriever")
	if !w.retriever.Set() {
		w.refuse(w.v, "the stream has no retriever")
	}
	w.known(w.retriever, "SimpleRetriever")
	w.requester = w.retriever.Get("requester")
	if !w.requester.Set() {
		w.refuse(w.retriever, "the stream has no requester")
	}
	w.known(w.requester, "HttpRequester")
	w.partitions()
	w.cursor()
	w.transformations()
	w.requests()
	w.selector()
	w.pages()
	w.keys()
	w.errors()
	w.signs()
	w.closeCursor()
}

// scene returns what the request's templates see.
func (w *worker) scene(v Value) *scene {
	return &scene{m: w.importer, params: v.inherited(), line: v.Line(), slice: w.out.slice, above: w.out.above, from: w.from, to: w.to}
}

// text writes a template of the request.
func (w *worker) text(v Value) string {
	w.at(v)
	s := w.scene(v)
	text := s.text(v.Text())
	w.spans = w.spans || s.spans
	return text
}

// value writes a value of the request: a template becomes a text, or keeps its type.
func (w *worker) value(v Value) any {
	switch {
	case v.IsMap():
		o := newObject(v.Line())
		for _, p := range v.Pairs() {
			if p.Value.Set() {
				o.put(p.Key, w.value(p.Value))
			}
		}
		return o
	case v.IsList():
		all := []any{}
		for _, item := range v.Items() {
			all = append(all, w.value(item))
		}
		return all
	case v.IsText():
		if secret := w.vaulted(v); secret != "" {
			return pairs(v.Line(), "secret", secret)
		}
		return w.typed(v)
	}
	return v.Plain()
}

// typed writes a text of a body as the manifest's own evaluation has it: a text that is a number, a word
// of Python or a list becomes that.
func (w *worker) typed(v Value) any {
	text := strings.TrimSpace(v.Text())
	if inner, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inner, "]") {
		all := []any{}
		for _, part := range commas(strings.TrimSuffix(inner, "]")) {
			item := v
			item.node = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: strings.Trim(strings.TrimSpace(part), `"'`)}
			all = append(all, w.typed(item))
		}
		return all
	}
	switch text {
	case "True":
		return true
	case "False":
		return false
	case "None":
		return nil
	}
	if n, err := strconv.Atoi(text); err == nil && strconv.Itoa(n) == text {
		return n
	}
	return w.text(v)
}

// commas cuts a text at the commas that stand in no expression.
func commas(text string) (all []string) {
	begin, depth := 0, 0
	for i := range len(text) {
		switch {
		case strings.HasPrefix(text[i:], "{{"):
			depth++
		case strings.HasPrefix(text[i:], "}}"):
			depth--
		case text[i] == ',' && depth == 0:
			all, begin = append(all, text[begin:i]), i+1
		}
	}
	if strings.TrimSpace(text[begin:]) != "" {
		all = append(all, text[begin:])
	}
	return all
}

// vaulted returns the secret that a template is, or "".
func (w *worker) vaulted(v Value) string {
	w.at(v)
	s := w.scene(v)
	s.vaulted = true
	whole, ok := parse(v.Text()).Whole()
	if !ok {
		return ""
	}
	if c := s.expr(whole); c.secret != nil && credential.MatchString(c.secret.name) {
		return c.secret.name
	}
	return ""
}
