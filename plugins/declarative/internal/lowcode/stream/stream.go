package stream

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/form"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// Stream is a translated stream.
type Stream struct {
	Name, Title string
	Line        int
	Base        string // the address of the API
	Path        string
	Whole       bool // a value in the path may have steps of its own
	Request     *writing.Object
	Headers     *writing.Object
	Auth        *SignIn
	Answers     []*writing.Object
	Paging      *writing.Object
	Records     string                   // the list in the answer, an expression
	Where       func(item string) string // nil = every item
	Key         string
	// Added writes the fields that transformations add; AddedSafely, so that a missing member is null.
	Added       func(item string) map[string]expression.CEL
	AddedSafely func() map[string]expression.CEL
	AddedOrder  []string
	Omit        []string
	Parent      *Stream // whose records this stream is read for
	List        string  // instead of a parent: an expression
	As          string  // the name of the item in expressions
	Incremental *writing.Object
	slice       map[string]string
	above       []map[string]string
}

// Print is equal for two streams that read the same.
func (s *Stream) Print() string {
	above := s.List
	if s.Parent != nil {
		above = s.Parent.Print()
	}
	where := ""
	if s.Where != nil {
		where = s.Where("item")
	}
	return fmt.Sprint(s.Base, "|", s.Path, "|", writing.Shown(s.Request), "|", writing.Shown(s.Headers), "|", s.Records, "|", where, "|",
		s.Key, "|", writing.Shown(s.Paging), "|", above, "|", writing.Shown(s.Incremental), "|", s.Auth.Print())
}

// worker translates one stream.
type worker struct {
	*Translator
	v         manifest.Value
	out       *Stream
	retriever manifest.Value
	requester manifest.Value
	line      int // of the part that is being translated
	level     int
	spanKeys  [2]string // the names of the ends of the interval
	from, to  string
	first     string // what the first request has in place of the token of a page
	plain     bool   // the interval is written out, because the language has no window for it
	spans     bool
}

// refuse ends the translation of a stream.
func (w *worker) refuse(v manifest.Value, format string, args ...any) {
	if v.Line() > 0 {
		w.line = v.Line()
	}
	finding.Refuse(format, args...)
}

// at notes which part is being translated, for the reason when it has no translation.
func (w *worker) at(v manifest.Value) manifest.Value {
	if v.Line() > 0 {
		w.line = v.Line()
	}
	return v
}

// Translate returns the stream that a component describes, or why it is left out.
func (t *Translator) Translate(v manifest.Value) (*Stream, *Refusal) { return t.translate(v, 0) }

// translate translates a stream that stands above as many others as level says.
func (t *Translator) translate(v manifest.Value, level int) (*Stream, *Refusal) {
	if v.Type() == "StateDelegatingStream" {
		v = v.Get("full_refresh_stream")
	}
	w := &worker{Translator: t, v: v, line: v.Line(), level: level, spanKeys: [2]string{"start_time", "end_time"}}
	w.out = &Stream{Name: Name(v.Get("name").Text()), Title: form.Titled(v.Get("name").Text()), Line: v.Line(), Request: writing.New(v.Line()),
		Headers: writing.New(v.Line())}
	if err := finding.Attempt(w.stream); err != nil {
		return nil, &Refusal{Line: w.line, Reason: err.Error()}
	}
	return w.out, nil
}

// Name returns a name as the language allows it.
func Name(text string) string {
	text = regexp.MustCompile(`[^a-z0-9_-]+`).ReplaceAllString(strings.ToLower(text), "_")
	return strings.Trim(text, "_-")
}

// known refuses a component whose type has no translation.
func (w *worker) known(v manifest.Value, types ...string) {
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
func (w *worker) scene(v manifest.Value) *expression.Scene {
	s := w.bare(v)
	s.Slice, s.Above, s.From, s.To, s.SpanKeys = w.out.slice, w.out.above, w.from, w.to, w.spanKeys
	return s
}

// bare returns what a template sees that is evaluated once for the whole stream.
func (w *worker) bare(v manifest.Value) *expression.Scene {
	return &expression.Scene{Form: w.Form, Notes: w.Notes, Params: v.Parameters(), Line: v.Line()}
}

// text writes a template of the request.
func (w *worker) text(v manifest.Value) string {
	w.at(v)
	s := w.scene(v)
	text := s.Text(v.Text())
	w.spans = w.spans || s.Spans
	return text
}

// value writes a value of the request: a template becomes a text, or keeps its type.
func (w *worker) value(v manifest.Value) any {
	switch {
	case v.IsMap():
		o := writing.New(v.Line())
		for _, p := range v.Pairs() {
			if p.Value.Set() {
				o.Put(p.Key, w.value(p.Value))
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
			return writing.Pairs(v.Line(), "secret", secret)
		}
		return w.typed(v)
	}
	return v.Plain()
}

// typed writes a text of a body as the manifest's own evaluation has it: a text that is a number, a word
// of Python or a list becomes that.
func (w *worker) typed(v manifest.Value) any {
	text := strings.TrimSpace(v.Text())
	if inner, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inner, "]") {
		all := []any{}
		for _, part := range commas(strings.TrimSuffix(inner, "]")) {
			all = append(all, w.typed(v.WithText(strings.Trim(strings.TrimSpace(part), `"'`))))
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
	begin := 0
	for _, i := range outside(text, ',') {
		all, begin = append(all, text[begin:i]), i+1
	}
	if strings.TrimSpace(text[begin:]) != "" {
		all = append(all, text[begin:])
	}
	return all
}

// vaulted returns the secret that a template is, or "".
func (w *worker) vaulted(v manifest.Value) string {
	if secret := w.scene(w.at(v)).SecretIn(v.Text()); secret != nil && form.Credential.MatchString(secret.Name) {
		return secret.Name
	}
	return ""
}
