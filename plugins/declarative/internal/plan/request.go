package plan

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
)

// Request is a request, compiled.
type Request struct {
	Called  string // in messages: "stream users"
	Path    Text
	URL     Text
	Method  string
	Query   []Param
	Headers []Param
	Form    map[string]Tree
	JSON    *Tree
	GraphQL bool
	Auth    *Auth  // of a stream that signs in otherwise than the file
	Answer  string // json, json_lines, csv or xml
	Rules   []Rule
}

// Param is a header or a parameter with its values.
type Param struct {
	Name   string
	Values []Text
}

// Rule is a rule on answers, compiled.
type Rule struct {
	When       Expr
	Is         string
	Wait       Expr
	Permission string
	Message    Text
}

// Tree is a value with its texts compiled.
type Tree struct {
	members map[string]Tree
	list    []Tree
	text    *Text
	secret  string // the name of a secret
	plain   any
}

// In returns the value. Secrets come from secret; a member that is one expression which
// yields nothing is null.
func (t Tree) In(ctx context.Context, s Scope, secret func(name string) string) (any, error) {
	switch {
	case t.secret != "":
		return secret(t.secret), nil
	case t.text != nil:
		return t.text.Value(ctx, s)
	case t.members != nil:
		object := make(map[string]any, len(t.members))
		for name, member := range t.members {
			value, err := member.In(ctx, s, secret)
			if err != nil {
				return nil, err
			}
			object[name] = value
		}
		return object, nil
	case t.list != nil:
		list := make([]any, len(t.list))
		for i, member := range t.list {
			value, err := member.In(ctx, s, secret)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	}
	return t.plain, nil
}

// mutation is how a GraphQL document begins that does more than ask.
var mutation = regexp.MustCompile(`(?m)(^|\})\s*(mutation|subscription)\b`)

// request compiles a request.
func (c *compiler) request(f *file.Request, called string, sees names) *Request {
	r := &Request{
		Called: called, Path: c.text(f.Path, sees), URL: c.text(f.URL, sees), Method: "GET", Answer: "json",
		Query: c.params(f.Query, sees), Headers: c.headers(f.Headers, f.Item, sees), Form: map[string]Tree{},
	}
	if f.Answer != "" {
		r.Answer = f.Answer
		c.word(f.At("answer"), "answer", f.Answer, "json", "json_lines", "csv", "xml")
	}
	for name, value := range f.Form {
		r.Form[name] = c.tree(value, sees)
	}
	if f.JSON != nil {
		tree := c.tree(*f.JSON, sees)
		r.JSON = &tree
	}
	if g := f.GraphQL; g != nil {
		r.GraphQL, r.JSON = true, c.graphQL(g, sees)
	}
	c.method(f, r)
	r.Rules = append(c.rules(f.Answers, sees), c.common...)
	if f.Path.Source != "" && f.URL.Source != "" {
		c.wrong.Add(f.At("url"), "%s: write path or url, not both", called)
	}
	return r
}

// method decides with which method a request is sent, and refuses one that may write.
func (c *compiler) method(f *file.Request, r *Request) {
	bodies := 0
	for _, given := range []bool{f.JSON != nil, len(f.Form) > 0, f.GraphQL != nil} {
		if given {
			bodies++
		}
	}
	if bodies > 1 {
		c.wrong.Add(f.At("json"), "%s: a request has one body: write json, form or graphql", r.Called)
	}
	if bodies > 0 {
		r.Method = "POST"
	}
	if f.Method != "" {
		r.Method = strings.ToUpper(f.Method)
		c.word(f.At("method"), "method", r.Method, "GET", "POST")
	}
	switch {
	case r.Method == http.MethodGet && bodies > 0:
		c.wrong.Add(f.At("method"), "%s: a GET has no body", r.Called)
	case r.Method == http.MethodPost && !f.Reads && !r.GraphQL:
		c.wrong.Add(f.At("method"), "%s: POST is a method that may write; add reads: true if the vendor documents that this one only reads",
			r.Called)
	}
}

func (c *compiler) graphQL(g *file.GraphQL, sees names) *Tree {
	if strings.TrimSpace(g.Query) == "" {
		c.wrong.Add(g.At("query"), "graphql: query must be given")
	}
	if mutation.MatchString(g.Query) {
		c.wrong.Add(g.At("query"), "graphql: a mutation may write, and a subscription does not end; write a query")
	}
	variables := Tree{members: map[string]Tree{}}
	if g.Variables != nil {
		variables = c.tree(*g.Variables, sees)
	}
	return &Tree{members: map[string]Tree{"query": {plain: g.Query}, "variables": variables}}
}

func (c *compiler) params(f map[string]file.Texts, sees names) (all []Param) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		p := Param{Name: name}
		for _, value := range f[name] {
			p.Values = append(p.Values, c.text(value, sees))
		}
		all = append(all, p)
	}
	return all
}

func (c *compiler) headers(f map[string]file.Text, item file.Item, sees names) (all []Param) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if !headerName.MatchString(name) {
			c.wrong.Add(item.At("headers"), "%q is not a name of a header", name)
		}
		all = append(all, Param{Name: name, Values: []Text{c.text(f[name], sees)}})
	}
	return all
}

func (c *compiler) tree(f file.Tree, sees names) Tree {
	if name, alone := f.Map["secret"]; alone && len(f.Map) == 1 && name.Text != nil {
		c.secret(f.At, "secret", name.Text.Source)
		return Tree{secret: name.Text.Source}
	}
	switch {
	case f.Map != nil:
		t := Tree{members: map[string]Tree{}}
		for name, member := range f.Map {
			t.members[name] = c.tree(member, sees)
		}
		return t
	case f.List != nil:
		t := Tree{list: []Tree{}}
		for _, member := range f.List {
			t.list = append(t.list, c.tree(member, sees))
		}
		return t
	case f.Text != nil:
		text := c.text(*f.Text, sees)
		return Tree{text: &text}
	}
	return Tree{plain: f.Plain}
}

// meanings are what an answer can be.
var meanings = []string{"ignore", "empty", "retry", "rate_limited", "unavailable", "unauthorized", "permission", "plan",
	"not_found", "config"}

func (c *compiler) rules(f []file.Rule, more names) (all []Rule) {
	seen := answerNames.and(more...)
	for i := range f {
		rule := &f[i]
		if rule.When.Source == "" {
			c.wrong.Add(rule.At("when"), "answers: when must be given")
		}
		c.word(rule.At("is"), "answers: is", rule.Is, meanings...)
		if rule.Permission != "" {
			c.declared(rule.At("permission"), "answers", rule.Permission)
		}
		all = append(all, Rule{
			When: c.expr(rule.When, seen), Is: rule.Is, Wait: c.expr(rule.Wait, seen), Permission: rule.Permission,
			Message: c.text(rule.Message, seen),
		})
	}
	return all
}

// word refuses what is none of a few words.
func (c *compiler) word(at file.At, what, word string, words ...string) {
	if !slices.Contains(words, word) {
		c.wrong.Add(at, "%s is one of %s, not %q%s", what, strings.Join(words, ", "), word, file.Nearest(word, words))
	}
}
