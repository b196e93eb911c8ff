package plan

import (
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
)

// Paging says how to request the next page, compiled.
type Paging struct {
	Way   string // "" for one page, page, offset, token, next or link
	To    Target // of the number, the offset or the token
	First int
	Bare  bool // the first page is requested without its number
	Size  *Size

	Total, More, Last, Next Expr
	Short                   bool // a page with fewer rows than Size is the last
}

// Size is how many rows a page has.
type Size struct {
	To    Target // the zero value: it is not sent
	Value int
}

// Target is where in a request a value is put.
type Target struct {
	In   string // query, json, form, variable or header
	Name string
}

// Numbered reports whether pages are asked for by their number or offset.
func (p Paging) Numbered() bool { return p.Way == "page" || p.Way == "offset" }

func (c *compiler) paging(f *file.Stream, r *Request, seen names) Paging {
	p := &f.Paging
	ways := 0
	for _, used := range []bool{p.Page != nil, p.Offset != nil, p.Token != nil, p.Next.Source != "", p.Link} {
		if used {
			ways++
		}
	}
	if ways > 1 {
		c.wrong.Add(f.At("paging"), "stream %q: use one way of paging, not %d", f.Name, ways)
	}
	switch {
	case p.Page != nil:
		compiled := c.numbered("page", &p.Page.Ending, p.Page.Item, seen)
		compiled.To, compiled.First = c.target(f, r, p.Page.Target, p.Page.Item, "the number of the page"), 1
		if p.Page.First != nil {
			compiled.First = *p.Page.First
		}
		if compiled.First < 0 {
			c.wrong.Add(p.Page.At("first"), "stream %q: first must not be negative", f.Name)
		}
		return c.sized(f, r, compiled, p.Page.Size)
	case p.Offset != nil:
		compiled := c.numbered("offset", &p.Offset.Ending, p.Offset.Item, seen)
		compiled.To, compiled.First = c.target(f, r, p.Offset.Target, p.Offset.Item, "how many rows come before the page"), p.Offset.First
		return c.sized(f, r, compiled, p.Offset.Size)
	case p.Token != nil:
		c.inList(f, p.Token.From)
		compiled := Paging{Way: "token", Next: c.expr(p.Token.From, seen), More: c.expr(p.Token.More, seen)}
		compiled.To = c.target(f, r, p.Token.Target, p.Token.Item, "the token")
		if p.Token.From.Source == "" {
			c.wrong.Add(p.Token.At("from"), "stream %q: from must be given: where an answer has the token", f.Name)
		}
		return c.sized(f, r, compiled, p.Token.Size)
	case p.Next.Source != "":
		c.inList(f, p.Next)
		return Paging{Way: "next", Next: c.expr(p.Next, seen)}
	case p.Link:
		return Paging{Way: "link"}
	}
	return Paging{}
}

// inList refuses a token that is looked for in an answer which is the list itself: there is
// none, and the first page would pass for the whole list.
func (c *compiler) inList(f *file.Stream, from file.Expression) {
	if f.Records.Source == "response" && strings.HasPrefix(from.Source, "response.") {
		c.wrong.Add(f.At("paging"), "stream %q: the answer is the list itself (records: response), so %s cannot be in it; "+
			"is the next page in a header or behind the last item?", f.Name, from.Source)
	}
}

// numbered compiles how a list of numbered pages ends.
func (c *compiler) numbered(way string, e *file.Ending, item file.Item, seen names) Paging {
	p := Paging{Way: way, Bare: e.Bare, More: c.expr(e.More, seen), Last: c.expr(e.Last, seen), Short: e.Stop == "short"}
	if total := c.expr(e.Total, seen); e.TotalCounts == "" {
		p.Total = total
	}
	if e.Stop != "" {
		c.word(item.At("stop"), "stop", e.Stop, "empty", "short")
	}
	if p.Short && e.Size == nil {
		c.wrong.Add(item.At("stop"), "stop: short needs size: else it is not known which page is short")
	}
	return p
}

func (c *compiler) sized(f *file.Stream, r *Request, p Paging, size *file.PageSize) Paging {
	if size == nil {
		return p
	}
	p.Size = &Size{Value: size.Value}
	if size.Target != (file.Target{}) {
		p.Size.To = c.target(f, r, size.Target, size.Item, "how many rows a page shall have")
	}
	if size.Value < 1 {
		c.wrong.Add(size.At("value"), "stream %q: size.value is 1 or more", f.Name)
	}
	return p
}

// target resolves where a value of paging is put.
func (c *compiler) target(f *file.Stream, r *Request, t file.Target, item file.Item, what string) (to Target) {
	given := 0
	for in, name := range map[string]string{"query": t.Query, "json": t.JSON, "form": t.Form, "variable": t.Variable, "header": t.Header} {
		if name != "" {
			to, given = Target{In: in, Name: name}, given+1
		}
	}
	if given != 1 {
		c.wrong.Add(item.At(""), "stream %q: paging: query must be given: the parameter with %s (or one of json, form, variable, header)",
			f.Name, what)
	}
	switch {
	case to.In == "variable" && !r.GraphQL:
		c.wrong.Add(item.At("variable"), "stream %q: paging: only a GraphQL query has variables", f.Name)
	case to.In == "json" && (r.GraphQL || r.JSON == nil):
		c.wrong.Add(item.At("json"), "stream %q: paging: the request has no json body; write json: {} there", f.Name)
	case to.In == "form" && len(r.Form) == 0:
		c.wrong.Add(item.At("form"), "stream %q: paging: the request has no form", f.Name)
	case to.In == "header" && !headerName.MatchString(to.Name):
		c.wrong.Add(item.At("header"), "stream %q: paging: %q is not a name of a header", f.Name, to.Name)
	}
	return to
}
