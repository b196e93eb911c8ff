package vendor

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
)

// File is a simulator.yaml, checked and compiled.
type File struct {
	Identity string

	settings     map[string]any
	secrets      map[string]string
	signIn       signIn
	unauthorized reply
	notFound     reply
	permissions  map[string]reply
	company      *company.Size // nil without one
	lists        map[string]*list
	requests     []*request
	expect       map[string]*facts

	mu        sync.Mutex
	companies map[company.Size]*company.Company
}

// signIn is what a request must carry. The values are those of the file's secrets.
type signIn struct {
	header, query map[string]string
}

// reply is one answer.
type reply struct {
	status, answer tree
	headers        map[string]tree
	format         string
}

// list is what the vendor holds of one thing, for each item of another list if it has one above it.
// It has so many items, or one for each row of a table of the company.
type list struct {
	name, each, column, columnAbove string // the columns by which a row names the one above
	of                              *list
	count, item                     tree
	where                           expression
}

// request is a request that the vendor knows.
type request struct {
	reply
	line                              string // for messages: the method and the path
	method, host                      string
	path                              *regexp.Regexp
	params                            []string
	public                            bool
	signIn                            *signIn
	when                              expression
	permission                        []string
	list                              *list
	one                               bool // it answers one item of the list
	parent, parentKey, key, left, row expression
	more                              bool // the key has other conditions than left == row
	page                              *paging
	where                             expression
}

// paging says how the pages of a request are asked for.
type paging struct {
	by, to      string
	first       int
	from, size  expression
	usual, most int
	strict      bool
}

// facts says which records a stream gives.
type facts struct {
	lists      []*list
	key, where expression
	records    map[string]map[string]any
}

// compiler makes a File. It notes mistakes and goes on.
type compiler struct {
	wrong []error
	table string // of the rows that expressions see, if it is known
}

func (c *compiler) add(line int, format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...)))
}

// say notes a mistake in a thing that is known by its name.
func (c *compiler) say(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Errorf(format, args...))
}

func compile(raw *rawFile) (*File, error) {
	c := &compiler{}
	f := &File{Identity: raw.Identity, permissions: map[string]reply{}, lists: map[string]*list{}, expect: map[string]*facts{},
		companies: map[company.Size]*company.Company{}}
	c.given(f, raw)
	f.unauthorized, f.notFound = c.usual(raw.Unauthorized, http.StatusUnauthorized), c.usual(raw.NotFound, http.StatusNotFound)
	for id, r := range raw.Permissions {
		compiled := c.usual(&r, http.StatusForbidden)
		if r.Answer.Node == nil && r.Status.Node == nil { // such requests are answered; their items see what is missing
			compiled = reply{}
		}
		f.permissions[id] = compiled
	}
	f.company = raw.Company
	c.lists(f, raw)
	for i := range raw.Requests {
		f.requests = append(f.requests, c.request(f, &raw.Requests[i]))
	}
	for stream, r := range raw.Expect {
		f.expect[stream] = c.facts(f, stream, r)
	}
	slices.SortStableFunc(c.wrong, func(a, b error) int { return lineOf(a) - lineOf(b) })
	return f, errors.Join(c.wrong...)
}

func lineOf(err error) (line int) {
	_, _ = fmt.Sscanf(err.Error(), "line %d:", &line)
	return line
}

// usual returns the reply of a part that the file may leave out.
func (c *compiler) usual(raw *rawReply, status int64) reply {
	if raw == nil {
		raw = &rawReply{}
	}
	r := c.reply(raw)
	if !r.status.given {
		r.status = tree{given: true, plain: status}
	}
	return r
}

func (c *compiler) reply(raw *rawReply) reply {
	r := reply{
		status: c.tree(raw.Status, replyLanguage), answer: c.tree(raw.Answer, replyLanguage), headers: map[string]tree{}, format: raw.Format,
	}
	for name, value := range raw.Headers {
		r.headers[name] = c.tree(value, replyLanguage)
	}
	if raw.Format != "" && encoders[raw.Format] == nil {
		c.say("format is %s, not %q", strings.Join(slices.Sorted(maps.Keys(encoders)), ", "), raw.Format)
	}
	return r
}

func (c *compiler) lists(f *File, raw *rawFile) {
	for name, r := range raw.Lists {
		if c.table = r.Each.text; c.table == "" {
			c.table = raw.Lists[r.Of].Each.text
		}
		f.lists[name] = &list{name: name, each: r.Each.text, where: c.expression(r.Where, itemLanguage), count: c.tree(r.Count, itemLanguage),
			item: c.tree(r.Item, itemLanguage)}
		if (r.Count.Node == nil) == (r.Each.text == "") || r.Item.Node == nil {
			c.say("list %s: item and either count or each must be given", name)
		}
		c.each(raw, r)
	}
	c.table = ""
	for name, r := range raw.Lists {
		if r.Of != "" {
			f.lists[name].of = c.named(f, "list "+name, r.Of)
		}
	}
	for name, l := range f.lists {
		for above, depth := l.of, 0; above != nil; above, depth = above.of, depth+1 {
			if depth > len(f.lists) {
				c.say("list %s: of leads back to itself", name)
				l.of = nil
				break
			}
		}
		c.link(l, raw.Lists[name].Each.line)
	}
}

// each checks that a list's table exists.
func (c *compiler) each(raw *rawFile, r rawList) {
	switch {
	case r.Each.text == "":
		if r.Where.text != "" {
			c.add(r.Where.line, "where is for a list with each")
		}
	case raw.Company == nil:
		c.add(r.Each.line, "each is for a file with company, which says how large it is")
	default:
		if err := company.Check(r.Each.text); err != nil {
			c.add(r.Each.line, "each: %v", err)
		}
	}
}

// link finds by which columns the rows of a list belong to those of the list above it.
func (c *compiler) link(l *list, line int) {
	if l.each == "" || l.of == nil || company.Check(l.each) != nil {
		return
	}
	if l.of.each == "" {
		c.add(line, "list %s has each; list %s, of which it is, must have it too", l.name, l.of.name)
		return
	}
	var err error
	if l.column, l.columnAbove, err = company.Link(l.each, l.of.each); err != nil {
		c.add(line, "list %s of %s: %v", l.name, l.of.name, err)
	}
}

func (c *compiler) named(f *File, where, name string) *list {
	l := f.lists[name]
	if l == nil {
		c.say("%s: there is no list %q; there are %s", where, name, strings.Join(slices.Sorted(maps.Keys(f.lists)), ", "))
	}
	return l
}

var step = regexp.MustCompile(`\{([a-z_]+)\}`)

func (c *compiler) request(f *File, raw *rawRequest) *request {
	r := &request{
		reply: c.reply(&raw.rawReply), line: strings.TrimSpace(raw.Method + " " + raw.Path), method: strings.ToUpper(raw.Method),
		host: raw.Host, public: raw.Public, when: c.expression(raw.When, askedLanguage), permission: raw.Permission,
		parent: c.expression(raw.Parent, askedLanguage), where: c.expression(raw.Where, rowLanguage),
		parentKey: c.expression(orElse(raw.ParentKey, cmp.Or(raw.By.text, "item.id")), rowLanguage),
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	var pattern strings.Builder
	rest := raw.Path
	for _, found := range step.FindAllStringSubmatch(raw.Path, -1) {
		before, after, _ := strings.Cut(rest, found[0])
		pattern.WriteString(regexp.QuoteMeta(before) + "([^/]+)")
		r.params, rest = append(r.params, found[1]), after
	}
	r.path = regexp.MustCompile("^" + pattern.String() + regexp.QuoteMeta(rest) + "$")
	if !strings.HasPrefix(raw.Path, "/") {
		c.say("request %q: path begins with /", r.line)
	}
	for _, id := range raw.Permission {
		if _, known := f.permissions[id]; !known {
			c.say("request %q: there is no permission %q", r.line, id)
		}
	}
	if raw.SignIn != nil {
		s := c.signIn(f, rawSignIn(*raw.SignIn))
		r.signIn = &s
	}
	c.rows(f, raw, r)
	return r
}

// rows compiles which items a request answers.
func (c *compiler) rows(f *File, raw *rawRequest, r *request) {
	where := "request \"" + r.line + "\""
	switch {
	case raw.List != "" && raw.Item != "":
		c.say("%s: write list or item, not both", where)
	case raw.List != "":
		r.list = c.named(f, where, raw.List)
	case raw.Item != "":
		r.list, r.one = c.named(f, where, raw.Item), true
		if raw.Key.text == "" {
			c.say("%s: key must be given: a condition for the item", where)
		}
		r.key = c.expression(raw.Key, rowLanguage)
		c.index(raw.Key, r)
	}
	if raw.Parent.text != "" && (r.list == nil || r.list.of == nil) {
		c.say("%s: parent is for a list that is of another", where)
	}
	if raw.Page == nil {
		return
	}
	p := raw.Page
	r.page = &paging{by: p.By, to: p.To, first: 1, from: c.expression(p.From, askedLanguage), size: c.expression(p.Size, askedLanguage),
		usual: p.Default, most: p.Max, strict: p.Strict}
	switch p.By {
	case "token", "page":
		if p.From.text == "" {
			c.say("%s: page: from must be given: where the request has the token or the number", where)
		}
	case "offset":
		r.page.first = 0
		if p.From.text == "" {
			c.say("%s: page: from must be given: where the request has the offset", where)
		}
	case "address", "link":
		if p.To == "" {
			r.page.to = "cursor"
		}
		if p.From.text == "" {
			r.page.from = c.expression(source{fmt.Sprintf("query[%q]", r.page.to), 0}, askedLanguage)
		}
	default:
		c.say("%s: page: by is token, page, offset, address or link, not %q", where, p.By)
	}
	if p.First != nil {
		r.page.first = *p.First
	}
	if p.Default <= 0 {
		c.say("%s: page: default must be given: the size of a page when none is asked for", where)
	}
}

// index finds the side of a key such as item.id == params.id that depends on the item alone, so that
// the items can be found by it. Of a key with several conditions it takes the first that has one.
func (c *compiler) index(key source, r *request) {
	if strings.ContainsAny(key.text, "|?") {
		return
	}
	conditions := strings.Split(key.text, "&&")
	if slices.ContainsFunc(conditions, func(text string) bool { return !balanced(text) }) {
		return
	}
	for _, condition := range conditions {
		left, right, found := strings.Cut(strings.TrimSpace(condition), " == ")
		if !found || strings.Contains(right, " == ") {
			continue
		}
		for _, sides := range [][2]string{{left, right}, {right, left}} {
			of, other := c.expression(source{sides[0], key.line}, rowLanguage), c.expression(source{sides[1], key.line}, rowLanguage)
			if of.set() && other.set() && slices.Equal(of.program.Variables(), []string{"item"}) &&
				!slices.Contains(other.program.Variables(), "item") {
				r.row, r.left, r.more = of, other, len(conditions) > 1
				return
			}
		}
	}
}

// balanced reports whether a text is an expression of its own: no parenthesis and no quote is open in it.
func balanced(text string) bool {
	return strings.Count(text, "(") == strings.Count(text, ")") && strings.Count(text, `"`)%2 == 0 && strings.Count(text, "'")%2 == 0
}

func (c *compiler) facts(f *File, stream string, raw rawFacts) *facts {
	e := &facts{
		key: c.expression(orElse(raw.Key, "item.id"), factLanguage), where: c.expression(raw.Where, factLanguage), records: raw.Records,
	}
	for _, name := range raw.List {
		if l := c.named(f, "expect "+stream, name); l != nil {
			e.lists = append(e.lists, l)
		}
	}
	if len(raw.List) == 0 {
		c.say("expect %s: list must be given", stream)
	}
	return e
}

func orElse(s source, otherwise string) source {
	if s.text == "" {
		s.text = otherwise
	}
	return s
}
