package lowcode

import (
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// pages translates the paginator.
func (w *worker) pages() {
	v := w.at(w.retriever.Get("paginator"))
	if !v.Set() || v.Type() == "NoPagination" {
		if w.out.paging != nil {
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
	if target.has("link") {
		w.refuse(strategy, "a number of a page as an address has no translation")
	}
	o, way := target, "page"
	if strategy.Type() == "OffsetIncrement" {
		way = "offset"
	} else if first := w.number(strategy.Get("start_from_page")); first != 1 {
		o.put("first", first)
	}
	if n, err := strconv.Atoi(w.first); err == nil {
		if way == "page" {
			o.put("first", n)
		}
	} else {
		o.set("bare_first", !strategy.Get("inject_on_first_request").Bool())
	}
	if size != nil {
		o.put("stop", "short")
		o.put("size", size)
	}
	w.out.paging = newObject(v.Line())
	w.out.paging.put(way, o)
	w.needBody(o)
}

// pageTarget returns where the token is put; nil when nowhere, an object with link for an address.
func (w *worker) pageTarget(option, strategy Value) *object {
	o := newObject(strategy.Line())
	o.flow = true
	switch {
	case option.Type() == "RequestPath":
		o.put("link", true)
	case option.Set():
		in, name := w.target(option)
		o.put(in, name)
	case w.out.paging != nil:
		o.keys, o.values = w.out.paging.keys, w.out.paging.values
	default:
		w.notes.add(strategy.Line(), w.out.name, "the manifest sends the token of a next page nowhere: the first page is read")
		return nil
	}
	return o
}

// number returns a number of the manifest; a template in it is evaluated with the defaults of the form.
func (w *worker) number(v Value) int {
	if !v.Set() {
		return 0
	}
	w.at(v)
	text := v.Text()
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	whole, ok := parse(text).Whole()
	if ok {
		root, steps := chain(whole)
		if name, isName := root.(jinja.Name); isName && name.Name == "config" {
			if found := w.setting(texts(steps)); found != nil {
				if n, err := strconv.Atoi(strings.Trim(constant(found.value).src, `"`)); err == nil {
					w.notes.add(v.Line(), w.out.name, "the number %s is the default of the setting %s", strconv.Itoa(n), found.name)
					return n
				}
			}
			if literal, isLiteral := steps[len(steps)-1].fallback.(jinja.Literal); isLiteral {
				if n, isNumber := literal.Value.(int64); isNumber {
					return int(n)
				}
			}
		}
		var c cel
		if attempt(func() { c = w.scene(v).expr(whole) }) == nil {
			if n, err := strconv.Atoi(strings.Trim(c.src, `"`)); err == nil {
				return n
			}
		}
	}
	if t, ok := parse(text).Text(); ok {
		if n, err := strconv.Atoi(t); err == nil {
			return n
		}
	}
	w.refuse(v, "%s is not a number that is known before a run", shorten(text))
	return 0
}

// pageSize returns how many rows are asked for, nil when it is not known.
func (w *worker) pageSize(paginator, strategy Value) *object {
	size := strategy.Get("page_size")
	if !size.Set() {
		return nil
	}
	n := w.number(size)
	if n < 1 {
		return nil
	}
	o := newObject(size.Line())
	o.flow = true
	if option := paginator.Get("page_size_option"); option.Set() {
		in, name := w.target(option)
		o.put(in, name)
		w.needBody(o)
		if query, ok := w.out.request.values["query"].(*object); ok && in == "query" {
			query.remove(name)
		}
	} else if strategy.Type() == "CursorPagination" {
		return nil // it is not sent, and ends nothing
	}
	o.put("value", n)
	return o
}

// needBody makes the body into which a value of paging is put.
func (w *worker) needBody(o *object) {
	if o.has("json") && !w.out.request.has("json") {
		w.out.request.put("json", newObject(0))
	}
	if o.has("form") && !w.out.request.has("form") {
		w.refuse(w.requester, "paging in a form needs a form")
	}
}

// tokens translates paging by what an answer gives.
func (w *worker) tokens(v Value, target, size *object) {
	s := w.scene(v)
	s.response, s.rows = true, w.out.records
	cursor, stop := v.Get("cursor_value"), v.Get("stop_condition")
	o := newObject(v.Line())
	w.out.paging = o
	if field, ok := linkField(cursor.Text()); ok {
		w.at(cursor)
		if !target.has("link") && field == "url" {
			w.refuse(cursor, "the address of the header Link as a token has no translation")
		}
		o.put("link", true)
		w.needSize(size)
		return
	}
	w.firstToken(target)
	from := s.template(parse(w.at(cursor).Text()))
	more := ""
	if text := w.at(stop).Text(); text != "" && !linkStop.MatchString(text) {
		more = s.more(stop.Text(), from)
	}
	if !target.has("link") {
		token := target
		token.put("from", from.value().src)
		token.set("more", more)
		if size != nil {
			token.put("size", size)
		}
		o.put("token", token)
		w.needBody(token)
		return
	}
	next := from.value().src
	if more != "" {
		next = atomised(more) + " ? dyn(" + next + `) : null`
	}
	o.put("next", next)
	w.needSize(size)
}

// firstToken puts what the first request has in place of a token.
func (w *worker) firstToken(target *object) {
	for _, in := range []string{"query", "json", "form"} {
		if name, ok := target.values[in].(string); ok && w.first != "" {
			w.out.request.under(in).put(name, w.first)
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
func (w *worker) needSize(size *object) {
	if size == nil {
		return
	}
	for _, in := range []string{"query", "header"} {
		if name, ok := size.values[in].(string); ok {
			value := strconv.Itoa(size.values["value"].(int))
			if in == "header" {
				w.out.headers.put(name, value)
			} else {
				w.out.request.under("query").put(name, value)
			}
		}
	}
}

// remove takes a key out.
func (o *object) remove(key string) {
	delete(o.values, key)
	kept := o.keys[:0:0]
	for _, one := range o.keys {
		if one != key {
			kept = append(kept, one)
		}
	}
	o.keys = kept
}
