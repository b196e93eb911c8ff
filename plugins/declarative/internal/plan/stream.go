package plan

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/sdk/expr"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// MaxLevels is how many streams may stand above one another by each.
const MaxLevels = 5

// Stream is a stream, compiled.
type Stream struct {
	File    *file.Stream
	Request *Request
	Each    *Each // nil: the request is sent once
	Paging  Paging

	Records, Where, Key, Removed Expr
	WhereNeedsDetails            bool

	Joins   []Join
	Details []Detail
	Fields  map[string]Expr
	Truths  []string            // fields with the values yes, no and unknown
	Texts   []string            // fields that are text; the ids of vendors are often numbers
	Words   map[string][]string // the words of a field

	Required []string // fields that every record has

	Incremental *Incremental
}

// Each is the list for whose items a request is repeated.
type Each struct {
	Of    *Stream // nil: In yields the list
	In    Expr
	As    string
	Where Expr
}

// Detail is a request that completes a record.
type Detail struct {
	File    *file.Detail
	Request *Request
	Records Expr
	When    Expr
}

// Join is a list that is read once and completes the records.
type Join struct {
	File           *file.Join
	List           *Stream // the list; it has no records of its own
	By, Key, Gives Expr
}

// Incremental says how only changes are read.
type Incremental struct {
	Cursor          Expr
	Start           Text
	Overlap, Window time.Duration
	Format          string
}

// NotGranted reports whether an expression depends on an optional join or detail that is not known.
func (s *Stream) NotGranted(e Expr, in Scope) bool {
	optional := map[string]bool{}
	for _, j := range s.Joins {
		optional[j.File.As] = j.File.Optional
	}
	for _, d := range s.Details {
		optional[d.File.As] = d.File.Optional
	}
	return slices.ContainsFunc(e.Program().Variables(), func(name string) bool {
		_, absent := in[name].(expr.Absent)
		return absent && optional[name]
	})
}

// stream compiles one stream.
func (c *compiler) stream(f *file.Stream) *Stream {
	c.checkStream(f)
	seen := sees("settings").and(c.above(f)...)
	asked := seen
	if f.Incremental != nil {
		asked = seen.and("window")
	}
	s := &Stream{File: f, Request: c.request(&f.Request, "stream "+f.Name, asked), Fields: map[string]Expr{}, Words: map[string][]string{}}
	c.reachable("url", f.URL)
	s.Each = c.each(f, seen)
	s.Paging = c.paging(f, s.Request, asked.and("response", "status", "headers"))
	s.Records = c.expr(f.Records, asked.and("response", "status", "headers"))
	item := seen.and("item")
	s.Key, s.Removed = c.expr(f.Key, item), c.expr(f.Removed, item)
	var details, joins names
	for i := range f.Joins {
		s.Joins = append(s.Joins, c.join(f, &f.Joins[i], item))
		joins = append(joins, f.Joins[i].As)
	}
	for i := range f.Details {
		s.Details = append(s.Details, c.detail(f, &f.Details[i], item.and(joins...)))
		details = append(details, f.Details[i].As)
	}
	s.Where = c.expr(f.Where, item.and(details...))
	if s.Where.Set() {
		s.WhereNeedsDetails = slices.ContainsFunc(s.Where.Program().Variables(), func(name string) bool { return slices.Contains(details, name) })
	}
	for name, e := range f.Fields {
		s.Fields[name] = c.expr(e, item.and(details...).and(joins...))
	}
	c.ownAuth(f, s)
	if f.Incremental != nil {
		s.Incremental = c.incremental(f, seen, item)
	}
	c.checkFields(s)
	return s
}

// ownAuth has the requests of a stream signed in its own way.
func (c *compiler) ownAuth(f *file.Stream, s *Stream) {
	if !f.Has("auth") {
		return
	}
	if f.Auth.Choose != nil {
		c.wrong.Add(f.Auth.At("choose"), "stream %q: auth: choose stands in the auth of the file", f.Name)
		return
	}
	s.Request.Auth = c.auth(&f.Auth)
	for i := range s.Details {
		s.Details[i].Request.Auth = s.Request.Auth
	}
}

// above returns the names of the items for which a stream is repeated, its own last.
func (c *compiler) above(f *file.Stream) (found names) {
	for s := f; s != nil && s.Each != nil && len(found) <= MaxLevels; s = c.streamNamed(s.Each.Of) {
		found = append(found, s.Each.As)
	}
	slices.Reverse(found)
	return found
}

func (c *compiler) streamNamed(name string) *file.Stream {
	for i := range c.file.Streams {
		if c.file.Streams[i].Name == name && name != "" {
			return &c.file.Streams[i]
		}
	}
	return nil
}

// link resolves the streams that stand above others.
func (c *compiler) link(streams []*Stream) {
	var all []string
	lists := slices.Clone(streams)
	for _, s := range streams {
		all = append(all, s.File.Name)
		for _, j := range s.Joins {
			lists = append(lists, j.List)
		}
	}
	for _, s := range lists {
		if s.Each == nil || s.File.Each.Of == "" {
			continue
		}
		at := slices.IndexFunc(streams, func(o *Stream) bool { return o.File.Name == s.File.Each.Of })
		if at < 0 {
			c.wrong.Add(s.File.Each.At("of"), "each: there is no stream %q%s", s.File.Each.Of, file.Nearest(s.File.Each.Of, all))
			continue
		}
		s.Each.Of = streams[at]
	}
	for _, s := range lists {
		seen, levels := map[string]bool{}, 0
		for above := s; above != nil && above.Each != nil; above = above.Each.Of {
			levels++
			name := above.File.Each.As
			switch {
			case above.Each.Of == s:
				c.wrong.Add(s.File.Each.At("of"), "stream %q: each leads back to itself", s.File.Name)
				return
			case levels > MaxLevels:
				c.wrong.Add(s.File.Each.At("of"), "stream %q: at most %d streams stand above one another", s.File.Name, MaxLevels)
				return
			case seen[name]:
				c.wrong.Add(s.File.Each.At("as"), "stream %q: two items are called %q", s.File.Name, name)
			}
			seen[name] = true
		}
	}
}

// checkStream checks a stream, except for its expressions.
func (c *compiler) checkStream(f *file.Stream) {
	at := func(key, format string, args ...any) {
		c.wrong.Add(f.At(key), "stream %q: "+format, append([]any{f.Name}, args...)...)
	}
	for key, value := range map[string]string{
		"name": f.Name, "title": f.Title, "kind": f.Kind, "path": f.Path.Source + f.URL.Source, "records": f.Records.Source, "key": f.Key.Source,
	} {
		if value == "" {
			at(key, "%s must be given", key)
		}
	}
	for _, id := range f.Permissions {
		c.declared(f.At("permissions"), "stream \""+f.Name+"\"", id)
	}
	switch f.Deletes {
	case "", "snapshot", "never":
		if f.Removed.Source != "" {
			at("removed", "removed is for deletes: tombstone")
		}
	case "tombstone":
		if f.Removed.Source == "" {
			at("deletes", "tombstone needs removed: an expression that is true for an item that says that its record was removed")
		}
	default:
		at("deletes", "deletes is snapshot, never or tombstone, not %q%s", f.Deletes,
			file.Nearest(f.Deletes, []string{"snapshot", "never", "tombstone"}))
	}
	if f.Concurrency < 0 || f.Concurrency > 32 {
		at("concurrency", "concurrency is 1 to 32")
	}
	seen := map[string]bool{}
	called := func(at file.At, name string) {
		if seen[name] {
			c.wrong.Add(at, "stream %q: two results are called %q", f.Name, name)
		}
		seen[name] = true
	}
	for i := range f.Joins {
		called(f.Joins[i].At("as"), f.Joins[i].As)
	}
	for i := range f.Details {
		called(f.Details[i].At("as"), f.Details[i].As)
	}
}

// join compiles a list that completes the records of a stream.
func (c *compiler) join(f *file.Stream, j *file.Join, item names) Join {
	for key, value := range map[string]string{
		"path": j.Path.Source + j.URL.Source, "records": j.Records.Source, "by": j.By.Source, "key": j.Key.Source,
	} {
		if value == "" {
			c.wrong.Add(j.At(key), "stream %q: joins: %s must be given", f.Name, key)
		}
	}
	own := &file.Stream{
		Item: j.Item, Request: j.Request, Name: f.Name + "." + j.As, Title: j.As, Each: j.Each, Paging: j.Paging, Concurrency: f.Concurrency,
	}
	if j.Permission != "" {
		c.declared(j.At("permission"), "joins", j.Permission)
		own.Permissions = []string{j.Permission}
	}
	seen := sees("settings").and(c.above(own)...)
	answered := seen.and("response", "status", "headers")
	list := &Stream{File: own, Request: c.request(&j.Request, "the join "+j.As, seen)}
	c.reachable("url", j.URL)
	list.Each, list.Paging, list.Records = c.each(own, seen), c.paging(own, list.Request, answered), c.expr(j.Records, answered)
	return Join{
		File: j, List: list, By: c.expr(j.By, seen.and("item")), Key: c.expr(j.Key, item), Gives: c.expr(j.Gives, seen.and("item")),
	}
}

// each compiles the list for whose items a request is repeated. Seen has the name of its item last.
func (c *compiler) each(f *file.Stream, seen names) *Each {
	e := f.Each
	if e == nil {
		return nil
	}
	if (e.Of == "") == (e.In.Source == "") {
		c.wrong.Add(e.At(""), "stream %q: each: write of, a stream, or in, a list", f.Name)
	}
	return &Each{In: c.expr(e.In, seen[:len(seen)-1]), As: e.As, Where: c.expr(e.Where, seen)}
}

func (c *compiler) detail(f *file.Stream, d *file.Detail, item names) Detail {
	if d.Path.Source == "" && d.URL.Source == "" {
		c.wrong.Add(d.At("path"), "stream %q: details: path must be given", f.Name)
	}
	if d.Permission != "" {
		c.declared(d.At("permission"), "details", d.Permission)
	}
	return Detail{
		File: d, Request: c.request(&d.Request, "the details "+d.As, item), When: c.expr(d.When, item),
		Records: c.expr(d.Records, item.and("response", "status", "headers")),
	}
}

func (c *compiler) incremental(f *file.Stream, seen, item names) *Incremental {
	i := f.Incremental
	if i.Cursor.Source == "" || i.Start.Source == "" {
		c.wrong.Add(i.At(""), "stream %q: incremental: cursor and start must be given", f.Name)
	}
	p := &Incremental{
		Cursor: c.expr(i.Cursor, item), Start: c.text(i.Start, seen[:1]),
		Overlap: i.Overlap.Duration, Window: i.Window.Duration, Format: i.Format,
	}
	if !i.Has("overlap") {
		p.Overlap = 10 * time.Minute
	}
	if i.Has("window") && p.Window < time.Minute {
		c.wrong.Add(i.At("window"), "stream %q: a window is a minute or longer", f.Name)
	}
	switch i.Format {
	case "", "rfc3339", "date", "unix", "unix_ms":
	default:
		if !strings.Contains(i.Format, "2006") && !strings.Contains(i.Format, "06") {
			c.wrong.Add(i.At("format"),
				"stream %q: format is rfc3339, date, unix, unix_ms, or how the vendor writes 2 January 2006, 15:04:05, not %q", f.Name, i.Format)
		}
	}
	return p
}

// checkFields compares the fields of a stream with its kind: the names, the literals, and the required
// fields.
func (c *compiler) checkFields(s *Stream) {
	f := s.File
	known := kind.Fields(kind.Kind(f.Kind))
	if known == nil {
		if f.Kind != "" {
			c.wrong.Add(f.At("kind"), "stream %q: there is no kind %q; the kinds are %v", f.Name, f.Kind, kind.Kinds())
		}
		return
	}
	all := []string{"description", "fix", "url"} // prose and addresses, which kind.Fields leaves out
	for _, field := range known {
		all = append(all, field.Name)
		if field.Type == kind.FieldText {
			s.Texts = append(s.Texts, field.Name)
		}
		if len(field.Words) > 0 {
			s.Words[field.Name] = field.Words
		}
		if slices.Equal(field.Words, []string{"yes", "no", "unknown"}) {
			s.Truths = append(s.Truths, field.Name)
		}
		c.checkResults(field, s.Fields[field.Name])
	}
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		if !slices.Contains(all, name) {
			c.wrong.Add(f.Fields[name].At, "kind %s has no field %s%s; it has %s", f.Kind, name, file.Nearest(name, all),
				strings.Join(all[3:], ", "))
		}
	}
	s.Required = required(kind.Kind(f.Kind))
	for _, name := range s.Required {
		if f.Fields[name].Source == "" {
			c.wrong.Add(f.At("fields"), "stream %q: kind %s requires the field %s", f.Name, f.Kind, name)
		}
	}
}

// required returns the fields that every record of a kind has.
func required(k kind.Kind) []string {
	var schema struct {
		Required []string `json:"required"`
	}
	raw, err := kind.Schema(k)
	if err = errors.Join(err, json.Unmarshal(raw, &schema)); err != nil {
		return nil // checkFields reports an unknown kind
	}
	return schema.Required
}
