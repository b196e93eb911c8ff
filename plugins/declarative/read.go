package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// client returns the client, and a scope with the settings.
func (p *plan) client(ctx context.Context, s *sdk.Session) (*sdk.Client, scope, error) {
	settings := map[string]any{}
	var raw json.RawMessage
	if err := s.Settings(&raw); err != nil {
		return nil, nil, err
	}
	if err := decodeExact(raw, &settings); err != nil {
		return nil, nil, err
	}
	in := scope{"settings": settings}
	base, err := p.base.in(ctx, in)
	if err != nil {
		return nil, nil, sdk.ConfigInvalid("", "the address of the API cannot be built: %s", err.Error())
	}
	o := sdk.HTTPOptions{BaseURL: base, Header: p.Headers, SecretHeader: map[string]sdk.Secret{}}
	switch a := p.Auth; {
	case a.Bearer != "":
		o.SecretHeader["Authorization"] = s.Secret(a.Bearer).Bearer()
	case a.Header != nil:
		o.SecretHeader[a.Header.Name] = sdk.NewSecret(a.Header.Prefix + s.Secret(a.Header.Secret).Reveal())
	case a.Basic != nil:
		name, err := p.basicName(ctx, s, in)
		if err != nil {
			return nil, nil, sdk.ConfigInvalid("", "the user name cannot be built: %s", err.Error())
		}
		var password sdk.Secret
		if a.Basic.Password != "" {
			password = s.Secret(a.Basic.Password)
		}
		o.SecretHeader["Authorization"] = sdk.Basic(name, password)
	}
	client, err := s.HTTP(o)
	return client, in, err
}

// basicName returns the user name of basic authentication: a secret setting, or text.
func (p *plan) basicName(ctx context.Context, s *sdk.Session, in scope) (sdk.Secret, error) {
	if name := p.Auth.Basic.Username.source; p.isSecret(name) {
		return s.Secret(name), nil
	}
	name, err := p.username.in(ctx, in)
	return sdk.NewSecret(name), err
}

// tryOut requests the check's path and the first page of each stream.
func (p *plan) tryOut(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	client, in, err := p.client(ctx, s)
	if err != nil {
		return err
	}
	if err := r.ReachURL(ctx, client); err != nil {
		for _, id := range p.probes() {
			r.Skip(id, "Not tried: the host was not reached.")
		}
		return err
	}
	if p.Check.Path.source != "" {
		err := r.Do(ctx, authenticate, func(ctx context.Context) (string, error) { return p.whoAmI(ctx, client, in, r) })
		if err != nil {
			for _, id := range p.probes()[1:] {
				r.Skip(id, "Not tried: the credential was not accepted.")
			}
			return err
		}
	}
	var errs []error
	for _, stream := range p.streams {
		errs = append(errs, r.Do(ctx, probeOf(stream), func(ctx context.Context) (string, error) {
			page, err := p.first(ctx, client, in, stream)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("The first page has %d.", len(page.items)), nil
		}))
	}
	return errors.Join(errs...)
}

var authenticate = sdk.Probe{ID: "authenticate", Title: "Credential"}

// probes are the probes after ReachURL, in order.
func (p *plan) probes() (all []sdk.Probe) {
	if p.Check.Path.source != "" {
		all = append(all, authenticate)
	}
	for _, s := range p.streams {
		all = append(all, probeOf(s))
	}
	return all
}

func probeOf(s *streamPlan) sdk.Probe {
	probe := sdk.Probe{ID: "stream." + s.Name, Title: "Read " + strings.ToLower(s.Title)}
	if len(s.Permissions) > 0 {
		probe.Permission = s.Permissions[0]
	}
	return probe
}

func (p *plan) whoAmI(ctx context.Context, client *sdk.Client, in scope, r *sdk.Report) (string, error) {
	path, err := p.probe.in(ctx, in)
	if err != nil {
		return "", sdk.Errorf(sdk.CodeInternalBug, "%s", err.Error())
	}
	var body any
	answer, err := client.GetJSON(ctx, path, nil, &json.RawMessage{})
	if err != nil {
		return "", err
	}
	if err := decodeExact(answer.Body, &body); err != nil {
		return "", err
	}
	who, err := p.identity.value(ctx, scope{"settings": in["settings"], "response": body})
	if err != nil {
		return "", sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if name, ok := who.(string); ok && name != "" {
		r.Identity(name)
		return "Signed in as " + name + ".", nil
	}
	return "The credential is accepted.", nil
}

// page is one answer of a stream.
type page struct {
	items []json.RawMessage
	body  []byte
	whole any // the answer, for expressions
	link  string
}

// request is the address of a page.
type request struct {
	path  string
	query url.Values
}

func (p *plan) first(ctx context.Context, client *sdk.Client, in scope, s *streamPlan) (page, error) {
	r, err := s.request(ctx, in)
	if err != nil {
		return page{}, err
	}
	return s.fetch(ctx, client, in, r)
}

func (s *streamPlan) request(ctx context.Context, in scope) (request, error) {
	path, err := s.path.in(ctx, in)
	if err != nil {
		return request{}, sdk.Errorf(sdk.CodeConfigInvalid, "the path of stream %s cannot be built: %s", s.Name, err.Error())
	}
	r := request{path: path, query: url.Values{}}
	for name, value := range s.query {
		text, err := value.in(ctx, in)
		if err != nil {
			return request{}, sdk.Errorf(sdk.CodeConfigInvalid, "the query of stream %s cannot be built: %s", s.Name, err.Error())
		}
		r.query.Set(name, text)
	}
	s.goTo(&r, sdk.Place{Page: 1})
	return r, nil
}

// goTo sets the number or the offset of a page, if the stream uses one.
func (s *streamPlan) goTo(r *request, at sdk.Place) {
	switch {
	case s.Paging.Page != nil:
		first := 1
		if s.Paging.Page.First != nil {
			first = *s.Paging.Page.First
		}
		r.query.Set(s.Paging.Page.Query, strconv.Itoa(first+at.Page-1))
	case s.Paging.Offset != nil:
		r.query.Set(s.Paging.Offset.Query, strconv.Itoa(at.Offset))
	}
}

// fetch reads one page. An answer without the list is an error: as an empty list it would remove all
// records.
func (s *streamPlan) fetch(ctx context.Context, client *sdk.Client, in scope, r request) (page, error) {
	answer, err := client.GetJSON(ctx, r.path, r.query, &json.RawMessage{})
	if err != nil {
		if e := sdk.AsError(err); e.Code == sdk.CodePermissionMissing && len(e.Permissions) == 0 {
			e.Permissions = s.Permissions
			return page{}, e
		}
		return page{}, err
	}
	p := page{body: answer.Body, link: nextLink(answer.Header)}
	if err := decodeExact(answer.Body, &p.whole); err != nil {
		return page{}, err
	}
	found, err := s.records.value(ctx, scope{"settings": in["settings"], "response": p.whole})
	if err != nil {
		return page{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	raw, err := json.Marshal(found)
	if err == nil && found != nil {
		err = json.Unmarshal(raw, &p.items)
	}
	if err != nil || found == nil {
		return page{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "the answer to %s has no list at %s", r.path, s.Records.source)
	}
	return p, nil
}

// read sends every record of a stream.
func (p *plan) read(ctx context.Context, s *streamPlan, session *sdk.Session, out *sdk.Output) error {
	client, in, err := p.client(ctx, session)
	if err != nil {
		return err
	}
	r, err := s.request(ctx, in)
	if err != nil {
		return err
	}
	if s.Paging.Page != nil || s.Paging.Offset != nil {
		return s.listing(ctx, client, in, r, out).Read(ctx, out)
	}
	var seen sdk.Pages
	for {
		page, err := s.fetch(ctx, client, in, r)
		if err != nil {
			return err
		}
		if len(page.items) == 0 {
			page.body = nil // empty pages may be equal
		}
		if err := seen.Saw(r.path+"?"+r.query.Encode(), page.body); err != nil {
			return err
		}
		for _, item := range page.items {
			if err := s.send(ctx, in, item, out); err != nil {
				return err
			}
		}
		if err := out.Checkpoint(nil); err != nil {
			return err
		}
		more, err := s.advance(ctx, in, &r, page)
		if err != nil || !more {
			return err
		}
	}
}

// listing reads a stream whose pages have numbers or offsets. It counts rows before the filter "where",
// like the vendor's total.
func (s *streamPlan) listing(ctx context.Context, client *sdk.Client, in scope, r request, out *sdk.Output) *sdk.Listing {
	return &sdk.Listing{
		Name: strings.ToLower(s.Title),
		Page: func(ctx context.Context, at sdk.Place) (sdk.ListPage, error) {
			s.goTo(&r, at)
			page, err := s.fetch(ctx, client, in, r)
			if err != nil {
				return sdk.ListPage{}, err
			}
			total, err := s.totalOf(ctx, in, page)
			return sdk.ListPage{Rows: page.items, Total: total}, err
		},
		Key: func(row json.RawMessage) string {
			var item any
			_ = decodeExact(row, &item) // send returns the errors
			key, _ := s.keyOf(ctx, scope{"settings": in["settings"], "item": item})
			return key
		},
		Put: func(row json.RawMessage) error { return s.send(ctx, in, row, out) },
	}
}

// totalOf returns the number of rows in the list, nil when the answer does not have it.
func (s *streamPlan) totalOf(ctx context.Context, in scope, p page) (*int, error) {
	value, err := s.total.value(ctx, scope{"settings": in["settings"], "response": p.whole})
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if value == nil || value == "" {
		return nil, nil
	}
	total, err := strconv.Atoi(fmt.Sprint(value))
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeSchemaUnexpected, "%v at %s is not a total", value, s.total.program)
	}
	return &total, nil
}

// advance sets r to the next page, or returns false on the last one.
func (s *streamPlan) advance(ctx context.Context, in scope, r *request, p page) (bool, error) {
	if s.Paging.Link {
		*r = request{path: p.link}
		return p.link != "", nil
	}
	if s.next.program == nil {
		return false, nil
	}
	next, err := s.next.value(ctx, scope{"settings": in["settings"], "response": p.whole})
	if err != nil {
		return false, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if next == nil || next == "" {
		return false, nil
	}
	if s.Paging.Token != nil {
		r.query.Set(s.Paging.Token.Query, fmt.Sprint(next))
		return true, nil
	}
	*r = request{path: fmt.Sprint(next)}
	return true, nil
}

var linkNext = regexp.MustCompile(`<([^>]*)>\s*;[^,]*\brel="?next"?`)

// nextLink returns the address of the next page in a Link header (RFC 8288), or "".
func nextLink(h http.Header) string {
	if match := linkNext.FindStringSubmatch(strings.Join(h.Values("Link"), ", ")); match != nil {
		return match[1]
	}
	return ""
}

// send converts one item to a record and sends it. An item without a record is a gap, and the stream
// continues.
func (s *streamPlan) send(ctx context.Context, in scope, item json.RawMessage, out *sdk.Output) error {
	var decoded any
	if err := decodeExact(item, &decoded); err != nil {
		return err
	}
	view := scope{"settings": in["settings"], "item": decoded}
	wanted, err := s.where.value(ctx, view)
	if err != nil {
		return s.lose(ctx, out, "a record", sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error()))
	}
	if s.where.program != nil && wanted != true {
		return nil
	}
	key, err := s.keyOf(ctx, view)
	if err != nil {
		return s.lose(ctx, out, "a record", err)
	}
	return s.put(ctx, out, key, view)
}

// keyOf returns the key of the item in view.
func (s *streamPlan) keyOf(ctx context.Context, view scope) (string, error) {
	key, err := s.key.value(ctx, view)
	if err != nil {
		return "", sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if key == nil || key == "" {
		return "", sdk.Errorf(sdk.CodeSchemaKeyMissing, "a record of stream %s has nothing at %s", s.Name, s.Key.source)
	}
	return fmt.Sprint(key), nil
}

// decodeExact decodes JSON and keeps integers exact, also above 2^53.
func decodeExact(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil && !errors.Is(err, io.EOF) {
		return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer is not JSON")
	}
	switch target := into.(type) {
	case *any:
		*target = numbers(value)
	case *map[string]any:
		object, ok := numbers(value).(map[string]any)
		if !ok {
			return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer is not a JSON object")
		}
		*target = object
	}
	return nil
}

func numbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case map[string]any:
		for key, member := range v {
			v[key] = numbers(member)
		}
	case []any:
		for i, member := range v {
			v[i] = numbers(member)
		}
	}
	return value
}
