package stream

import (
	"regexp"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// changing matches the names of fields that say when a record last changed; logged, those of streams
// whose records never change.
var (
	changing = regexp.MustCompile(`(?i)(updat|modif|chang|edit|last|touch)`)
	logged   = regexp.MustCompile(`(?i)(^|_)(logs?|events?|audits?|activity|activities|histor(y|ies)|transactions?|logins?)($|_)`)
)

// cursor translates the interval of the requests. The language reads changes where the cursor says when
// a record last changed; every other stream is read whole, from the start of the interval.
func (w *worker) cursor() {
	v := w.at(w.v.Get("incremental_sync"))
	if !v.Set() {
		return
	}
	if v.Type() == "IncrementingCountCursor" {
		return // read whole
	}
	w.known(v, "DatetimeBasedCursor")
	for i, key := range []string{"partition_field_start", "partition_field_end"} {
		if name := v.Get(key).Text(); name != "" {
			w.spanKeys[i] = name
		}
	}
	field := v.Get("cursor_field").Text()
	w.from, w.to = "window.from", "window.to"
	if !changing.MatchString(field) && !logged.MatchString(w.out.Name) || !w.endsNow(v.Get("end_datetime")) {
		w.plain = true
		form := w.format(v)
		w.from, w.to = w.endOf(v.Get("start_datetime"), form), `written(now(), `+expression.Quote(form)+`)`
		if end := v.Get("end_datetime"); end.Set() {
			w.to = w.endOf(end, form)
		}
	}
	for _, end := range [][2]string{{"start_time_option", w.from}, {"end_time_option", w.to}} {
		option, value := v.Get(end[0]), end[1]
		if !option.Set() {
			continue
		}
		if option.Type() == "RequestPath" {
			w.refuse(option, "an interval in the path has no translation")
		}
		w.inject(option, "{{ "+value+" }}")
		w.spans = true
	}
}

// format returns the form in which the vendor wants the ends of the interval.
func (w *worker) format(v manifest.Value) string {
	w.at(v.Get("datetime_format"))
	text := v.Get("datetime_format").Text()
	if text == "" {
		return "rfc3339"
	}
	form, ok := expression.Layout(text)
	if !ok {
		w.refuse(v.Get("datetime_format"), "the format of times %s has no translation", text)
	}
	return form
}

// endsNow reports whether the interval ends at the present.
func (w *worker) endsNow(end manifest.Value) bool {
	text := momentOf(end).Text()
	if text == "" {
		return true
	}
	if _, ok := expression.Parse(text).Whole(); !ok {
		return false
	}
	s := w.bare(end)
	var c expression.CEL
	if finding.Attempt(func() { c = s.Expression(text) }) != nil {
		return false
	}
	return c.Source == "now()" || strings.HasPrefix(c.Source, "written(now(), ")
}

// momentOf returns the template of an end of an interval.
func momentOf(v manifest.Value) manifest.Value {
	if v.IsMap() {
		return v.Get("datetime")
	}
	return v
}

// end writes an end of the interval as an expression.
func (w *worker) end(v manifest.Value) expression.CEL {
	template := w.at(momentOf(v))
	s := w.bare(v)
	c := s.Expression(template.Text())
	if least := v.Get("min_datetime"); v.IsMap() && least.Set() {
		c = expression.NotBefore(c, s.Expression(least.Text()))
	}
	return c
}

// endOf writes an end of the interval in the form that the vendor wants.
func (w *worker) endOf(v manifest.Value, form string) string {
	c := w.end(v)
	if strings.HasPrefix(c.Source, "written(") && strings.HasSuffix(c.Source, ", "+expression.Quote(form)+")") {
		return c.Source
	}
	return expression.Written(c, form).Source
}

// startText writes the start of the interval as the manifest has it.
func (w *worker) startText() string {
	return w.end(w.v.Get("incremental_sync").Get("start_datetime")).Value().Source
}

// closeCursor notes how changes are read, where a request asks for an interval.
func (w *worker) closeCursor() {
	v := w.at(w.v.Get("incremental_sync"))
	if !w.spans || w.plain || !v.Set() {
		if w.spans && w.plain && v.Get("step").Set() {
			w.Notes.Add(v.Line(), w.out.Name, "each run reads the whole time in one request, without the steps of the manifest")
		}
		return
	}
	o := writing.New(v.Line())
	field := v.Get("cursor_field").Text()
	s := w.recordScene(v, "item")
	o.Put("cursor", s.RecordField(field).Value().Source)
	o.Put("start", w.start(v.Get("start_datetime")))
	if back, ok := expression.ParseDuration(v.Get("lookback_window").Text()); ok {
		o.Put("overlap", expression.FormatDuration(max(back, 10*time.Minute)))
	}
	if step, ok := w.step(v.Get("step")); ok {
		o.Put("window", expression.FormatDuration(step))
	}
	if form := w.format(v); form != "rfc3339" {
		o.Put("format", form)
	}
	w.out.Incremental = o
}

// start writes where the first read begins.
func (w *worker) start(v manifest.Value) string {
	if v.IsMap() && v.Get("min_datetime").Set() {
		return "{{ " + w.end(v).Source + " }}"
	}
	s := w.bare(v)
	w.at(momentOf(v))
	return s.Text(momentOf(v).Text())
}

// step returns the longest time of one request; a template in it is evaluated with the defaults of the
// form.
func (w *worker) step(v manifest.Value) (time.Duration, bool) {
	if !v.Set() {
		return 0, false
	}
	var b strings.Builder
	for _, part := range expression.Parse(v.Text()).Parts {
		if literal, ok := part.(jinja.Literal); ok {
			b.WriteString(expression.Constant(literal.Value).Source)
			continue
		}
		path, fallback := expression.SettingPath(part)
		if path == nil {
			break
		}
		found := w.Form.Find(path)
		if found == nil {
			break
		}
		if literal, ok := fallback.(jinja.Literal); ok && found.Value == nil {
			b.WriteString(expression.Constant(literal.Value).Source)
		} else {
			b.WriteString(expression.Constant(found.Value).Source)
		}
	}
	length, ok := expression.ParseDuration(strings.ReplaceAll(b.String(), `"`, ""))
	if !ok || length < time.Minute {
		w.Notes.Add(v.Line(), w.out.Name, "the longest time of one request, %s, is not in the file", v.Text())
		return 0, false
	}
	return length, true
}
