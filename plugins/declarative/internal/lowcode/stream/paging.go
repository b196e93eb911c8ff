package stream

import (
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// pages translates the paginator.
func (w *worker) pages() {
	v := w.at(w.retriever.Get("paginator"))
	if !v.Set() || v.Type() == "NoPagination" {
		if w.out.Paging != nil {
			w.refuse(w.requester, "a request has the token of a next page, and the stream no paginator")
		}
		return
	}
	w.known(v, "DefaultPaginator")
	strategy := w.at(v.Get("pagination_strategy"))
	w.known(strategy, "OffsetIncrement", "PageIncrement", "CursorPagination")
	target := w.pageTarget(v.Get("page_token_option"), strategy)
	size := w.pageSize(v, strategy)
	w.at(strategy)
	if target == nil {
		return // the token is sent nowhere: the first page is all that is read
	}
	if strategy.Type() == "CursorPagination" {
		w.tokens(strategy, target, size)
		return
	}
	if target.Has("link") {
		w.refuse(strategy, "a number of a page as an address has no translation")
	}
	o, way := target, "page"
	if strategy.Type() == "OffsetIncrement" {
		way = "offset"
	} else if first := w.number(strategy.Get("start_from_page")); first != 1 {
		o.Put("first", first)
	}
	if n, err := strconv.Atoi(w.first); err == nil {
		if way == "page" {
			o.Put("first", n)
		}
	} else {
		o.Set("bare_first", !strategy.Get("inject_on_first_request").Bool())
	}
	if size != nil {
		o.Put("stop", "short")
		o.Put("size", size)
	}
	w.out.Paging = writing.New(v.Line())
	w.out.Paging.Put(way, o)
	w.needBody(o)
}

// pageTarget returns where the token is put; nil when nowhere, an object with link for an address.
func (w *worker) pageTarget(option, strategy manifest.Value) *writing.Object {
	o := writing.New(strategy.Line())
	o.Flow = true
	switch {
	case option.Type() == "RequestPath":
		o.Put("link", true)
	case option.Set():
		in, name := w.target(option)
		o.Put(in, name)
	case w.out.Paging != nil:
		o.Keys, o.Values = w.out.Paging.Keys, w.out.Paging.Values
	default:
		w.Notes.Add(strategy.Line(), w.out.Name, "the manifest sends the token of a next page nowhere: the first page is read")
		return nil
	}
	return o
}

// number returns a number of the manifest; a template in it is evaluated with the defaults of the form.
func (w *worker) number(v manifest.Value) int {
	if !v.Set() {
		return 0
	}
	w.at(v)
	text := v.Text()
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	whole, ok := expression.Parse(text).Whole()
	if ok {
		if path, fallback := expression.SettingPath(whole); path != nil {
			if found := w.Form.Find(path); found != nil {
				if n, err := strconv.Atoi(strings.Trim(expression.Constant(found.Value).Source, `"`)); err == nil {
					w.Notes.Add(v.Line(), w.out.Name, "the number %s is the default of the setting %s", strconv.Itoa(n), found.Name)
					return n
				}
			}
			if literal, isLiteral := fallback.(jinja.Literal); isLiteral {
				if n, isNumber := literal.Value.(int64); isNumber {
					return int(n)
				}
			}
		}
		var c expression.CEL
		if finding.Attempt(func() { c = w.scene(v).Expression(text) }) == nil {
			if n, err := strconv.Atoi(strings.Trim(c.Source, `"`)); err == nil {
				return n
			}
		}
	}
	if t, ok := expression.Parse(text).Text(); ok {
		if n, err := strconv.Atoi(t); err == nil {
			return n
		}
	}
	w.refuse(v, "%s is not a number that is known before a run", expression.Shorten(text))
	return 0
}

// pageSize returns how many rows are asked for, nil when it is not known.
func (w *worker) pageSize(paginator, strategy manifest.Value) *writing.Object {
	size := strategy.Get("page_size")
	if !size.Set() {
		return nil
	}
	n := w.number(size)
	if n < 1 {
		return nil
	}
	o := writing.New(size.Line())
	o.Flow = true
	if option := paginator.Get("page_size_option"); option.Set() {
		in, name := w.target(option)
		o.Put(in, name)
		w.needBody(o)
		if query, ok := w.out.Request.Values["query"].(*writing.Object); ok && in == "query" {
			query.Remove(name)
		}
	} else if strategy.Type() == "CursorPagination" {
		return nil // it is not sent, and ends nothing
	}
	o.Put("value", n)
	return o
}

// needBody makes the body into which a value of paging is put.
func (w *worker) needBody(o *writing.Object) {
	if o.Has("json") && !w.out.Request.Has("json") {
		w.out.Request.Put("json", writing.New(0))
	}
	if o.Has("form") && !w.out.Request.Has("form") {
		w.refuse(w.requester, "paging in a form needs a form")
	}
}

// tokens translates paging by what an answer gives.
func (w *worker) tokens(v manifest.Value, target, size *writing.Object) {
	s := w.scene(v)
	s.Response, s.Rows = true, w.out.Records
	cursor, stop := v.Get("cursor_value"), v.Get("stop_condition")
	o := writing.New(v.Line())
	w.out.Paging = o
	if field, ok := expression.LinkField(cursor.Text()); ok {
		w.at(cursor)
		if !target.Has("link") && field == "url" {
			w.refuse(cursor, "the address of the header Link as a token has no translation")
		}
		o.Put("link", true)
		w.needSize(size)
		return
	}
	w.firstToken(target)
	from := s.Expression(w.at(cursor).Text())
	more := ""
	if text := w.at(stop).Text(); text != "" && !expression.LinkStop.MatchString(text) {
		more = s.More(stop.Text(), from)
	}
	if !target.Has("link") {
		token := target
		token.Put("from", from.Value().Source)
		token.Set("more", more)
		if size != nil {
			token.Put("size", size)
		}
		o.Put("token", token)
		w.needBody(token)
		return
	}
	next := from.Value().Source
	if more != "" {
		next = atomised(more) + " ? dyn(" + next + `) : null`
	}
	o.Put("next", next)
	w.needSize(size)
}

// firstToken puts what the first request has in place of a token.
func (w *worker) firstToken(target *writing.Object) {
	for _, in := range []string{"query", "json", "form"} {
		if name, ok := target.Values[in].(string); ok && w.first != "" {
			w.out.Request.Under(in).Put(name, w.first)
		}
	}
}

func atomised(src string) string {
	if strings.ContainsAny(src, "?|&") {
		return "(" + src + ")"
	}
	return src
}

// needSize puts the size into the first request; the address of a next page has its own.
func (w *worker) needSize(size *writing.Object) {
	if size == nil {
		return
	}
	for _, in := range []string{"query", "header"} {
		if name, ok := size.Values[in].(string); ok {
			value := strconv.Itoa(size.Values["value"].(int))
			if in == "header" {
				w.out.Headers.Put(name, value)
			} else {
				w.out.Request.Under("query").Put(name, value)
			}
		}
	}
}
