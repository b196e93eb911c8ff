package lowcode

import (
	"regexp"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// changing matches the names of fields that say when a record last changed; logged, those of streams
// whose records never change.
var (
	changing = regexp.MustCompile(`(?i)(updat|modif|chang|edit|last|touch)`)
	logged   = regexp.MustCompile(`(?i)(^|_)(logs?|events?|audits?|activit(y|ies)|histor(y|ies)|transactions?|logins?)($|_)`)
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
	if !changing.MatchString(field) && !logged.MatchString(w.out.name) || !w.endsNow(v.Get("end_datetime")) {
		w.plain = true
		form := w.format(v)
		w.from, w.to = w.endOf(v.Get("start_datetime"), form), `written(now(), `+quote(form)+`)`
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
func (w *worker) format(v Value) string {
	w.at(v.Get("datetime_format"))
	text := v.Get("datetime_format").Text()
	if text == "" {
		return "rfc3339"
	}
	form, ok := layoutOf(text)
	if !ok {
		w.refuse(v.Get("datetime_format"), "the format of times %s has no translation", text)
	}
	return form
}

// endsNow reports whether the interval ends at the present.
func (w *worker) endsNow(end Value) bool {
	text := momentOf(end).Text()
	if text == "" {
		return true
	}
	whole, ok := parse(text).Whole()
	if !ok {
		return false
	}
	s := &scene{m: w.importer, params: end.inherited()}
	var c cel
	if attempt(func() { c = s.expr(whole) }) != nil {
		return false
	}
	return c.src == "now()" || strings.HasPrefix(c.src, "written(now(), ")
}

// momentOf returns the template of an end of an interval.
func momentOf(v Value) Value {
	if v.IsMap() {
		return v.Get("datetime")
	}
	return v
}

// end writes an end of the interval as an expression.
func (w *worker) end(v Value) cel {
	template := w.at(momentOf(v))
	s := &scene{m: w.importer, params: v.inherited()}
	c := s.expression(template.Text())
	if least := v.Get("min_datetime"); v.IsMap() && least.Set() {
		bound, own := s.expression(least.Text()), c
		test := "time(" + own.value().src + ") < time(" + bound.value().src + ")"
		c = cel{src: test + " ? " + bound.at(rankOr) + " : " + own.at(rankCond), typ: own.typ}
	}
	return c
}

// endOf writes an end of the interval in the form that the vendor wants.
func (w *worker) endOf(v Value, form string) string {
	c := w.end(v)
	if strings.HasPrefix(c.src, "written(") && strings.HasSuffix(c.src, ", "+quote(form)+")") {
		return c.src
	}
	return written(c, form).src
}

// startText writes the start of the interval as the manifest has it.
func (w *worker) startText() string {
	return w.end(w.v.Get("incremental_sync").Get("start_datetime")).value().src
}

// closeCursor notes how changes are read, where a request asks for an interval.
func (w *worker) closeCursor() {
	v := w.at(w.v.Get("incremental_sync"))
	if !w.spans || w.plain || !v.Set() {
		if w.spans && w.plain && v.Get("step").Set() {
			w.notes.add(v.Line(), w.out.name, "each run reads the whole time in one request, without the steps of the manifest")
		}
		return
	}
	o := newObject(v.Line())
	field := v.Get("cursor_field").Text()
	s := w.recordScene(v, "item")
	o.put("cursor", s.record([]step{{key: field}}).value().src)
	o.put("start", w.start(v.Get("start_datetime")))
	if back, ok := isoDuration(v.Get("lookback_window").Text()); ok {
		o.put("overlap", goDuration(max(back, 10*time.Minute)))
	}
	if step, ok := w.step(v.Get("step")); ok {
		o.put("window", goDuration(step))
	}
	if form := w.format(v); form != "rfc3339" {
		o.put("format", form)
	}
	w.out.incremental = o
}

// start writes where the first read begins.
func (w *worker) start(v Value) string {
	if v.IsMap() && v.Get("min_datetime").Set() {
		return "{{ " + w.end(v).src + " }}"
	}
	s := &scene{m: w.importer, params: v.inherited()}
	w.at(momentOf(v))
	return s.text(momentOf(v).Text())
}

// step returns the longest time of one request; a template in it is evaluated with the defaults of the
// form.
func (w *worker) step(v Value) (time.Duration, bool) {
	if !v.Set() {
		return 0, false
	}
	var b strings.Builder
	for _, part := range parse(v.Text()).Parts {
		if literal, ok := part.(jinja.Literal); ok {
			b.WriteString(constant(literal.Value).src)
			continue
		}
		root, steps := chain(part)
		found := w.setting(texts(steps))
		if name, ok := root.(jinja.Name); !ok || name.Name != "config" || found == nil {
			break
		}
		if literal, ok := steps[len(steps)-1].fallback.(jinja.Literal); ok && found.value == nil {
			b.WriteString(constant(literal.Value).src)
		} else {
			b.WriteString(constant(found.value).src)
		}
	}
	length, ok := isoDuration(strings.ReplaceAll(b.String(), `"`, ""))
	if !ok || length < time.Minute {
		w.notes.add(v.Line(), w.out.name, "the longest time of one request, %s, is not in the file", v.Text())
		return 0, false
	}
	return length, true
}
