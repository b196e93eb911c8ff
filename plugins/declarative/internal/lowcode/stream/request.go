package stream

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// requests translates the address, the parameters and the body.
func (w *worker) requests() {
	w.address()
	method := strings.ToUpper(w.requester.Get("http_method").Text())
	if method == "" {
		method = "GET"
	}
	if method != "GET" && method != "POST" {
		w.refuse(w.requester.Get("http_method"), "the method %s has no translation", method)
	}
	w.parameters(w.at(w.requester.Get("request_parameters")))
	w.headers(w.at(w.requester.Get("request_headers")))
	w.body()
	o := w.out.Request
	if method == "GET" && (o.Has("json") || o.Has("form") || o.Has("graphql")) {
		w.refuse(w.requester.Get("http_method"), "a GET with a body has no translation")
	}
	if method == "POST" {
		o.Put("method", "POST")
		if !o.Has("graphql") {
			o.Put("reads", true)
			w.Notes.Add(w.requester.Line(), w.out.Name, "the request is sent with POST: the file declares that it only reads")
		}
	}
	w.decoder(w.at(w.retriever.Get("decoder")))
}

// stepped are the names of values that have steps of a path in them.
var stepped = []string{"full_name", "path", "uri", "href", "url", "endpoint"}

// address translates url_base and path.
func (w *worker) address() {
	base, path := w.at(w.requester.Get("url_base")), w.requester.Get("path")
	if !base.Set() {
		base = w.requester.Get("url")
	}
	if !base.Set() && !path.Set() {
		w.refuse(w.requester, "the request has no address")
	}
	w.out.Base = strings.TrimRight(strings.TrimSpace(w.text(base)), "/")
	text := strings.TrimSpace(w.text(path))
	if strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://") {
		w.out.Base, text = splitAddress(text)
	}
	text, query, _ := cutQuery(text)
	w.query(query)
	w.out.Path = strings.TrimLeft(text, "/")
	for _, name := range stepped {
		if strings.Contains(w.out.Path, "."+name+" }}") {
			w.out.Whole = true
		}
	}
	if len(expression.Hosts(w.out.Base)) == 0 {
		w.refuse(base, "the host of %s is known to a run alone", expression.Shorten(base.Text()))
	}
}

// splitAddress returns the host of an address with its scheme, and the path.
func splitAddress(address string) (base, path string) {
	scheme, rest, _ := strings.Cut(address, "://")
	host, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + host, path
}

// cutQuery cuts an address at its question mark, unless that is within an expression.
func cutQuery(text string) (path, query string, found bool) {
	if marks := outside(text, '?'); len(marks) > 0 {
		return text[:marks[0]], text[marks[0]+1:], true
	}
	return text, "", false
}

// outside returns where a sign stands in a text, but in no expression.
func outside(text string, sign byte) (all []int) {
	depth := 0
	for i := range len(text) {
		switch {
		case strings.HasPrefix(text[i:], "{{"):
			depth++
		case strings.HasPrefix(text[i:], "}}"):
			depth--
		case text[i] == sign && depth == 0:
			all = append(all, i)
		}
	}
	return all
}

// query adds the parameters that an address has.
func (w *worker) query(text string) {
	for one := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(one, "=")
		if name == "" {
			continue
		}
		for _, part := range []*string{&name, &value} {
			if plain, err := url.QueryUnescape(*part); err == nil && !strings.Contains(*part, "{{") {
				*part = plain
			}
		}
		w.param(name, value)
	}
}

// param adds a parameter; one that comes again becomes a list.
func (w *worker) param(name string, value any) {
	query := w.out.Request.Under("query")
	switch before := query.Values[name].(type) {
	case nil:
		query.Put(name, value)
	case []any:
		query.Put(name, append(before, value))
	default:
		query.Put(name, []any{before, value})
	}
}

// parameters translates request_parameters: a mapping, or a text such as a=b&c=d.
func (w *worker) parameters(v manifest.Value) {
	if v.IsText() {
		w.query(strings.TrimPrefix(w.text(v), "?"))
		return
	}
	for _, p := range v.Pairs() {
		if !p.Value.Set() || p.Value.IsText() && strings.TrimSpace(p.Value.Text()) == "" || w.nextToken(p, "query") {
			continue
		}
		name := p.Key
		if strings.Contains(name, "{{") {
			w.refuse(p.Value, "a parameter whose name is a template has no translation")
		}
		switch {
		case p.Value.IsList():
			for _, item := range p.Value.Items() {
				w.param(name, w.text(item))
			}
		case p.Value.IsMap():
			w.refuse(p.Value, "the parameter %s is an object, which has no translation", name)
		case w.vaulted(p.Value) != "":
			w.sign().query(name, w.vaulted(p.Value))
		default:
			w.param(name, w.text(p.Value))
		}
	}
}

// nextToken takes a value that is the token of the next page: paging puts it there.
func (w *worker) nextToken(p manifest.Pair, in string) bool {
	if !p.Value.IsText() || !strings.Contains(p.Value.Text(), "next_page_token") {
		return false
	}
	w.at(p.Value)
	whole, ok := expression.Parse(p.Value.Text()).Whole()
	if c, isCond := whole.(jinja.Cond); ok && isCond {
		whole = c.Then
	}
	first := ""
	if either, isEither := whole.(jinja.Binary); isEither && either.Op == "or" {
		whole = either.Left
		if literal, isLiteral := either.Right.(jinja.Literal); isLiteral {
			first = fmt.Sprint(literal.Value)
		}
	}
	if !ok || expression.RootName(whole) != "next_page_token" {
		w.refuse(p.Value, "a text around the token of the next page has no translation")
	}
	w.out.Paging = writing.New(p.Value.Line())
	w.out.Paging.Put(in, p.Key)
	w.first = first
	return true
}

// headers translates request_headers; those with a secret belong to the sign-in.
func (w *worker) headers(v manifest.Value) {
	if v.IsText() {
		w.refuse(v, "headers that are one text have no translation")
	}
	for _, p := range v.Pairs() {
		if !p.Value.Set() || p.Value.IsText() && p.Value.Text() == "" || w.nextToken(p, "header") {
			continue
		}
		if strings.EqualFold(p.Key, "content-type") && w.hasBody() {
			continue // the body has its own
		}
		w.at(p.Value)
		parts := w.vault(p.Value)
		if parts.Secret() {
			w.sign().header(p.Key, parts)
			continue
		}
		w.out.Headers.Put(p.Key, w.text(p.Value))
	}
}

func (w *worker) hasBody() bool {
	for _, key := range []string{"request_body_json", "request_body_data", "request_body"} {
		if w.requester.Get(key).Set() {
			return true
		}
	}
	return false
}

// body translates the body of the request, in the forms of all versions of the manifests.
func (w *worker) body() {
	if v := w.at(w.requester.Get("request_body_json")); v.Set() {
		w.json(v)
	}
	if v := w.at(w.requester.Get("request_body_data")); v.Set() {
		w.form(v)
	}
	v := w.at(w.requester.Get("request_body"))
	switch v.Type() {
	case "":
		if v.Set() {
			w.refuse(v, "the body has no translation")
		}
	case "RequestBodyJsonObject":
		w.json(v.Get("value"))
	case "RequestBodyUrlEncodedForm":
		w.form(v.Get("value"))
	case "RequestBodyGraphQL":
		w.json(v.Get("value"))
	default:
		w.refuse(v, "%s has no translation", v.Type())
	}
}

// json translates a JSON body. A GraphQL query has a word of its own.
func (w *worker) json(v manifest.Value) {
	if v.IsText() {
		v = w.parsedJSON(v)
	}
	if !v.IsMap() {
		w.refuse(v, "a body that is no object has no translation")
	}
	if len(v.Pairs()) == 0 {
		return
	}
	if w.out.Request.Has("json") && v.Own("query").IsText() && graphQL(v.Own("query").Text()) {
		w.refuse(v, "a value that is put into the body of a GraphQL query has no translation")
	}
	if query := v.Own("query"); query.IsText() && graphQL(query.Text()) {
		w.graphQL(v, query)
		return
	}
	o := w.out.Request.Under("json")
	for _, p := range v.Pairs() {
		if p.Value.Set() && !w.nextToken(p, "json") {
			o.Put(p.Key, w.value(p.Value))
		}
	}
}

// parsedJSON returns the object that a text of JSON is, with the templates in it.
func (w *worker) parsedJSON(v manifest.Value) manifest.Value {
	object, ok := w.at(v).ParsedJSON()
	if !ok {
		w.refuse(v, "a body that a template writes as a text has no translation")
	}
	return object
}

// graphQL reports whether a text is a GraphQL query.
func graphQL(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "query") && strings.Contains(text, "{")
}

func (w *worker) graphQL(v, query manifest.Value) {
	o := writing.New(v.Line())
	t := expression.Parse(query.Text())
	text, ok := t.Text()
	if !ok {
		w.refuse(query, "a GraphQL query with a template in it has no translation")
	}
	o.Put("query", text)
	for _, p := range v.Pairs() {
		switch p.Key {
		case "query":
		case "variables":
			variables := writing.New(p.Value.Line())
			for _, one := range p.Value.Pairs() {
				if one.Value.Set() && !w.nextToken(one, "variable") {
					variables.Put(one.Key, w.value(one.Value))
				}
			}
			o.Set("variables", variables)
		default:
			w.refuse(p.Value, "the member %s beside a GraphQL query has no translation", p.Key)
		}
	}
	w.out.Request.Put("graphql", o)
}

// form translates a body as an HTML form sends it.
func (w *worker) form(v manifest.Value) {
	if v.IsText() {
		text := strings.TrimSpace(v.Text())
		if strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "{{") {
			w.json(v)
			return
		}
		w.refuse(v, "a body that is one text has no translation")
	}
	if len(v.Pairs()) == 0 {
		return
	}
	o := w.out.Request.Under("form")
	for _, p := range v.Pairs() {
		if p.Value.Set() && !w.nextToken(p, "form") {
			o.Put(p.Key, w.value(p.Value))
		}
	}
}

// decoder translates the form of the answers.
func (w *worker) decoder(v manifest.Value) {
	for v.Type() == "CompositeRawDecoder" {
		v = w.at(v.Get("parser"))
	}
	switch v.Type() {
	case "", "JsonDecoder", "JsonParser":
	case "JsonlDecoder", "JsonLineParser":
		w.out.Request.Put("answer", "json_lines")
	case "CsvDecoder", "CsvParser":
		if d := v.Get("delimiter").Text(); d != "" && d != "," {
			w.refuse(v, "a table whose columns %q separates has no translation", d)
		}
		w.out.Request.Put("answer", "csv")
	case "XmlDecoder":
		w.out.Request.Put("answer", "xml")
	default:
		w.refuse(v, "%s has no translation", v.Type())
	}
}

// inject puts a value where a RequestOption says.
func (w *worker) inject(option manifest.Value, value any) {
	in, name := w.target(option)
	switch in {
	case "query":
		w.out.Request.Under("query").Put(name, value)
	case "header":
		w.out.Headers.Put(name, value)
	case "json", "form":
		into := w.out.Request.Under(in)
		steps := strings.Split(name, ".")
		for _, key := range steps[:len(steps)-1] {
			into = into.Under(key)
		}
		into.Put(steps[len(steps)-1], value)
	}
}

// target returns where a RequestOption puts its value.
func (w *worker) target(option manifest.Value) (in, name string) {
	w.at(option)
	w.known(option, "RequestOption")
	place := option.Get("inject_into").Text()
	in = map[string]string{"request_parameter": "query", "header": "header", "body_json": "json", "body_data": "form"}[place]
	if in == "" {
		w.refuse(option, "the place %q for a value has no translation", place)
	}
	if path := option.Own("field_path").Items(); len(path) > 0 {
		var steps []string
		for _, one := range path {
			steps = append(steps, w.text(one))
		}
		return in, strings.Join(steps, ".")
	}
	name = w.text(option.Get("field_name"))
	if name == "" {
		w.refuse(option, "a value has no name in the request")
	}
	if in == "json" && strings.Contains(name, ".") {
		w.refuse(option, "a name with a dot in a JSON body has no translation")
	}
	return in, name
}
