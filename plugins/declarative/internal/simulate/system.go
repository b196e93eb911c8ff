package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const (
	rows    = 3 // records of each list
	perPage = 2
	// turned is the parameter of the addresses of next pages.
	turned = "simulated_page"
)

// System stands in for the system that a plan describes.
type System struct {
	plan     *plan.Plan
	settings map[string]any
	known    []endpoint

	// Item returns an item in place of one that was made up; nil = all are made up. One that is not served only stands above others, so
	// that they can be made.
	Item func(stream string, made any, number int, name string, served bool) any

	mu    sync.Mutex
	turns map[string]int // the page for a token that an answer gave
}

// endpoint is a request of the plan, and what answers it.
type endpoint struct {
	request *plan.Request
	path    *regexp.Regexp
	length  int // of what is not an expression: the longest match holds
	answer  func(ctx context.Context, q asked) reply
}

// asked is a request that came.
type asked struct {
	*http.Request
	body []byte
	part string // the steps of the path that are not fixed
	// aside says that the item is made for others, and not served.
	aside bool
}

// reply is an answer before it has its form.
type reply struct {
	response any
	headers  map[string]string
}

// New returns the system of a plan, for a connector that has these settings.
func New(p *plan.Plan, settings map[string]any) *System {
	s := &System{plan: p, settings: settings}
	for _, stream := range p.Streams {
		s.add(stream.Request, func(ctx context.Context, q asked) reply { return s.list(ctx, stream, q, s.made(stream)) })
		for i := range stream.Joins {
			j := &stream.Joins[i]
			s.add(j.List.Request, func(ctx context.Context, q asked) reply { return s.list(ctx, j.List, q, s.madeFor(stream, j)) })
		}
		for i := range stream.Details {
			s.add(stream.Details[i].Request, func(ctx context.Context, _ asked) reply { return s.detail(ctx, stream, &stream.Details[i]) })
		}
	}
	if p.Check != nil {
		s.add(p.Check.Request, func(ctx context.Context, _ asked) reply {
			return s.yields(ctx, p.Check.Identity, "someone@example.com")
		})
	}
	for _, permission := range p.Permissions {
		if permission.Probe != nil {
			s.add(permission.Probe, func(context.Context, asked) reply { return reply{response: map[string]any{}} })
		}
	}
	for _, way := range allWays(p) {
		if way.Session != nil {
			s.add(way.Session.Request, func(ctx context.Context, _ asked) reply { return s.yields(ctx, way.Session.Token, token) })
		}
		if way.OAuth2 != nil {
			s.add(&plan.Request{URL: way.OAuth2.TokenURL, Method: "POST", Answer: "json"}, func(ctx context.Context, _ asked) reply {
				r := s.yields(ctx, way.OAuth2.Token, token)
				r.response = put(r.response, []string{"expires_in"}, 3600)
				return r
			})
		}
	}
	return s
}

// token is what a sign-in gives.
const token = "made-up-session-token-0123456789"

// allWays returns the ways to sign in of a plan and of its streams.
func allWays(p *plan.Plan) []*plan.Auth {
	all := append([]*plan.Auth{p.Auth}, waysOf(p.Auth)...)
	for _, stream := range p.Streams {
		if stream.Request.Auth != nil {
			all = append(all, stream.Request.Auth)
		}
	}
	return all
}

func waysOf(a *plan.Auth) (all []*plan.Auth) {
	for _, way := range a.Ways {
		all = append(all, way)
	}
	return all
}

// add notes a request. Of an address that is made of expressions, the path is what
// follows the host.
func (s *System) add(r *plan.Request, answer func(ctx context.Context, q asked) reply) {
	pattern := ".*" + strings.TrimPrefix(r.Path.Pattern(), "/")
	if r.URL.Set() {
		pattern = ".*"
		if _, path, found := strings.Cut(strings.TrimPrefix(r.URL.Pattern(), "https://"), "/"); found {
			pattern = ".*" + path
		}
	}
	pattern, _, _ = strings.Cut(pattern, `\?`)
	path, err := regexp.Compile("^" + strings.ReplaceAll(pattern, "(.+)", "([^/]+)") + "$")
	if err != nil {
		return // a pattern is made of quoted texts
	}
	s.known = append(s.known, endpoint{request: r, path: path, length: len(pattern), answer: answer})
}

// ServeHTTP answers as the system would.
func (s *System) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	q := asked{Request: r, body: body}
	found := s.find(&q)
	if found == nil || r.Method == http.MethodHead {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	answer := found.answer(r.Context(), q)
	contentType, raw := encoded(found.request.Answer, answer.response)
	w.Header().Set("Content-Type", contentType)
	for name, value := range answer.headers {
		w.Header().Set(name, value)
	}
	_, _ = w.Write(raw)
}

// find returns the endpoint of a request, nil when there is none.
func (s *System) find(q *asked) (best *endpoint) {
	for i := range s.known {
		e := &s.known[i]
		match := e.path.FindStringSubmatch(q.URL.Path)
		if match == nil || q.Method != e.request.Method && q.Method != http.MethodHead || best != nil && best.length >= e.length ||
			!s.sameQuery(e.request, q.body) {
			continue
		}
		best, q.part = e, strings.Join(match[1:], "-")
	}
	return best
}

// sameQuery reports whether the body holds the request's own query, and what is fixed in it.
func (s *System) sameQuery(r *plan.Request, body []byte) bool {
	if r.JSON == nil {
		return !r.GraphQL
	}
	tree, err := r.JSON.In(context.Background(), s.scope(), func(string) string { return "" })
	var sent any
	if json.Unmarshal(body, &sent) != nil {
		return !r.GraphQL
	}
	if wanted, ok := tree.(map[string]any); ok && r.GraphQL {
		tree = map[string]any{"query": wanted["query"]}
	}
	return err != nil || holds(sent, tree)
}

// holds reports whether a body has the texts of another one.
func holds(sent, wanted any) bool {
	switch w := wanted.(type) {
	case map[string]any:
		object, _ := sent.(map[string]any)
		for name, value := range w {
			if !holds(object[name], value) {
				return false
			}
		}
	case []any:
		list, _ := sent.([]any)
		for i, value := range w {
			if i >= len(list) || !holds(list[i], value) {
				return false
			}
		}
	case string:
		return w == "" || w == sent
	}
	return true
}

func (s *System) scope() plan.Scope {
	return plan.Scope{"settings": s.settings, "status": int64(200), "headers": map[string]any{}}
}

// yields returns an answer on which an expression yields a text.
func (s *System) yields(ctx context.Context, e plan.Expr, text string) reply {
	made := shape{variable: "response", value: map[string]any{}}
	made.solve(ctx, e, s.scope(), []any{text}, func(v any) bool { return v == text })
	return reply{response: made.value}
}

// detail returns the answer to a side call: one on which most facts are known.
func (s *System) detail(ctx context.Context, stream *plan.Stream, d *plan.Detail) reply {
	list := []any{map[string]any{"id": "1", "name": "one", "status": "ACTIVE"}}
	if !d.Records.Set() {
		result := shape{variable: d.File.As, value: map[string]any{}}
		for _, field := range kind.Fields(kind.Kind(stream.File.Kind)) {
			e := stream.Fields[field.Name]
			if !e.Set() || !slices.Contains(e.Program().Variables(), d.File.As) {
				continue
			}
			if len(e.Program().Paths(d.File.As)) == 0 {
				return reply{response: list}
			}
			result.solve(ctx, e, s.scope(), candidates(field, "one", 0), func(v any) bool { return suits(field, v) })
		}
		return reply{response: result.value}
	}
	made := shape{variable: "response", value: map[string]any{}}
	made.solve(ctx, d.Records, s.scope(), []any{list}, func(v any) bool { return v != nil })
	return reply{response: made.value}
}

// maker makes the item of a list with this number; the first is 0.
type maker func(ctx context.Context, q asked, number int) any

// made makes the items of a stream.
func (s *System) made(stream *plan.Stream) maker {
	return func(ctx context.Context, q asked, n int) any {
		name := stream.File.Name + "-" + strconv.Itoa(n+1)
		if q.part != "" {
			name += "-" + q.part
		}
		name = strings.ReplaceAll(name, "_", "-")
		made := item(ctx, stream, s.below(stream), s.above(ctx, stream, q), name, scheme(q)+"://"+q.Host, n)
		if s.Item != nil {
			made = s.Item(stream.File.Name, made, n, name, !q.aside)
		}
		return made
	}
}

// above returns the scope of the items of a stream: with the first item of each stream above it.
func (s *System) above(ctx context.Context, stream *plan.Stream, q asked) plan.Scope {
	in := s.scope()
	q.part, q.aside = "", true
	for at := stream; at.Each != nil; at = at.Each.Of {
		if at.Each.Of == nil {
			in[at.Each.As] = "one"
			break
		}
		in[at.Each.As] = s.made(at.Each.Of)(ctx, q, 0)
	}
	return in
}

// madeFor makes the items of a join, each for one record.
func (s *System) madeFor(stream *plan.Stream, j *plan.Join) maker {
	return func(ctx context.Context, q asked, n int) any {
		q.part, q.aside = "", true
		return joined(ctx, stream, j, s.scope(), s.made(stream)(ctx, q, n), j.File.As+"-"+strconv.Itoa(n+1), n)
	}
}

// list returns a page of a list.
func (s *System) list(ctx context.Context, stream *plan.Stream, q asked, made maker) reply {
	count, size := rows, perPage
	if p := stream.Paging; p.Way == "" || single(stream) {
		size = count
	} else if p.Short {
		count, size = p.Size.Value+1, p.Size.Value
	}
	at := s.page(stream, q, size)
	items, in := []any{}, s.above(ctx, stream, q)
	for n := at * size; n < min(at*size+size, count); n++ {
		items = append(items, s.raw(ctx, stream, in, made(ctx, q, n)))
	}
	last := (at+1)*size >= count
	response := s.holding(ctx, stream, in, items)
	return s.turn(ctx, stream, q, &response, at, count, last)
}

// holding returns an answer in which the list of a stream has these items.
func (s *System) holding(ctx context.Context, stream *plan.Stream, in plan.Scope, items []any) shape {
	paths := stream.Records.Program().Paths("response")
	if held, ok := stream.Records.Program().Around("response", items); ok && len(paths) < 2 {
		response := shape{variable: "response", value: held, fixed: []string{""}}
		if len(paths) > 0 {
			response.fixed = []string{strings.Join(paths[0], "\x00")}
		}
		return response
	}
	if len(paths) == 0 {
		return shape{variable: "response", value: items, fixed: []string{""}}
	}
	for _, path := range paths { // the other ones are lists that the expression looks things up in
		response := shape{variable: "response", value: map[string]any{}}
		for _, other := range paths {
			response.value = put(response.value, other, []any{})
		}
		response.set(path, items)
		found, err := stream.Records.Value(ctx, in.With(plan.Scope{"response": response.value}))
		if list, isList := found.([]any); err == nil && isList && len(list) == len(items) {
			return response
		}
	}
	response := shape{variable: "response", value: map[string]any{}}
	if len(items) > 0 { // the list is made of one object
		response.set(paths[0], items[0])
		found, err := stream.Records.Value(ctx, in.With(plan.Scope{"response": response.value}))
		if list, isList := found.([]any); err == nil && isList && len(list) == 1 {
			return response
		}
		response = shape{variable: "response", value: map[string]any{}}
	}
	response.set(paths[0], items)
	return response
}

// below returns the streams that are read for each item of a stream.
func (s *System) below(of *plan.Stream) (all []*plan.Stream) {
	for _, stream := range s.plan.Streams {
		if stream.Each != nil && stream.Each.Of == of {
			all = append(all, stream)
		}
	}
	return all
}

// scheme returns how the request was sent to the system that is simulated.
func scheme(q asked) string {
	if q.Header.Get("X-Forwarded-Proto") == "" {
		return "http"
	}
	return "https"
}

// turn adds what an answer says of further pages.
func (s *System) turn(ctx context.Context, stream *plan.Stream, q asked, response *shape, at, count int, last bool) reply {
	p, in := stream.Paging, s.scope()
	r := reply{headers: map[string]string{}}
	number := strconv.Itoa(at + 2)
	next := *q.URL
	query := next.Query()
	query.Set(turned, number)
	next.RawQuery, next.Host, next.Scheme = query.Encode(), q.Host, scheme(q)
	if p.Way == "link" && !last {
		r.headers["Link"] = "<" + next.String() + `>; rel="next"`
	}
	given := map[string]string{"token": "token-" + number, "next": next.String()}[p.Way]
	headers := shape{variable: "headers", value: map[string]any{}}
	both := in.With(plan.Scope{"response": response.value})
	switch {
	case single(stream): // the answer has no member for the next page
	case p.Next.Set() && !last:
		wanted := func(v any) bool { return v == given }
		if !response.solve(ctx, p.Next, in, []any{given}, wanted) && headers.solve(ctx, p.Next, both, []any{given}, wanted) {
			for name, value := range headers.value.(map[string]any) {
				r.headers[http.CanonicalHeaderKey(name)] = fmt.Sprint(value)
			}
		}
	case p.Next.Set():
		response.solve(ctx, p.Next, in, nil, func(v any) bool { return v == nil || v == "" })
	}
	response.solve(ctx, p.Total, in, []any{int64(count)}, func(v any) bool { return fmt.Sprint(v) == strconv.Itoa(count) })
	response.solve(ctx, p.More, in, nil, func(v any) bool { return v == !last })
	pages := int64((count-1)/max(perPage, 1) + p.First)
	response.solve(ctx, p.Last, in, []any{pages}, func(v any) bool { return v == last || v == pages })
	r.response = response.value
	if p.Way == "token" {
		s.noteTurn(ctx, stream, q, in.With(plan.Scope{"response": response.value}), at+1)
	}
	return r
}

// single reports whether the answer of a stream is the list itself, and nothing leads to a next page.
func single(stream *plan.Stream) bool {
	next := stream.Paging.Next
	return next.Set() && len(stream.Records.Program().Paths("response")) == 0 && !slices.Contains(next.Program().Variables(), "headers")
}

// noteTurn remembers to which page the token leads that the answer holds, such as the id of its last
// item.
func (s *System) noteTurn(ctx context.Context, stream *plan.Stream, q asked, in plan.Scope, page int) {
	token, err := stream.Paging.Next.Value(ctx, in)
	if err != nil || token == nil || token == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns == nil {
		s.turns = map[string]int{}
	}
	s.turns[stream.File.Name+"|"+q.part+"|"+fmt.Sprint(token)] = page
}

// turnOf returns the page to which a token leads.
func (s *System) turnOf(stream *plan.Stream, q asked, token string) (page int, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, known = s.turns[stream.File.Name+"|"+q.part+"|"+token]
	return page, known
}

// page returns which page is asked for; the first is 0.
func (s *System) page(stream *plan.Stream, q asked, size int) int {
	p := stream.Paging
	switch text := sent(p.To, q); p.Way {
	case "page":
		return max(atoi(text, p.First)-p.First, 0)
	case "offset":
		return max(atoi(text, p.First)-p.First+size-1, 0) / size
	case "token":
		if page, known := s.turnOf(stream, q, text); known {
			return page
		}
		return max(atoi(strings.TrimPrefix(text, "token-"), 1)-1, 0)
	}
	return max(atoi(q.URL.Query().Get(turned), 1)-1, 0)
}

func atoi(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

// sent returns what a request has where paging puts its value.
func sent(to plan.Target, q asked) string {
	switch to.In {
	case "query":
		return q.URL.Query().Get(to.Name)
	case "header":
		return q.Header.Get(to.Name)
	case "form":
		form, _ := url.ParseQuery(string(q.body))
		return form.Get(to.Name)
	}
	names := strings.Split(to.Name, ".")
	if to.In == "variable" {
		names = append([]string{"variables"}, names...)
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(q.body))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return ""
	}
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return fmt.Sprint(value)
}
