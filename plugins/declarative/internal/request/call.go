package request

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Call is a request with the values of the run. It can be changed into that of the next
// page, and is for one goroutine.
type Call struct {
	Request     *plan.Request
	Permissions []string // that it needs; nil = those of the stream

	scope  plan.Scope
	client *sdk.Client
	base   string // the path in the client's own address
	path   string
	query  url.Values
	header map[string]string
	form   url.Values
	json   any
	unsign bool
}

// Prepare makes the call of a request.
func (c *Caller) Prepare(ctx context.Context, r *plan.Request, in plan.Scope) (*Call, error) {
	call := &Call{Request: r, scope: in, query: url.Values{}, header: map[string]string{}, form: url.Values{}}
	if err := c.aim(ctx, call); err != nil {
		return nil, err
	}
	wrong := func(what string, err error) error {
		return sdk.Errorf(sdk.CodeConfigInvalid, "the %s of %s cannot be built: %s", what, r.Called, err.Error())
	}
	for _, p := range r.Query {
		for _, value := range p.Values {
			text, given, err := optional(ctx, value, in)
			if err != nil {
				return nil, wrong("query", err)
			}
			if given {
				call.query.Add(p.Name, text)
			}
		}
	}
	for _, p := range append(append([]plan.Param(nil), c.Plan.Headers...), r.Headers...) {
		text, given, err := optional(ctx, p.Values[0], in)
		if err != nil {
			return nil, wrong("header "+p.Name, err)
		}
		if given {
			call.header[http.CanonicalHeaderKey(p.Name)] = text
		}
	}
	if err := c.fill(ctx, call); err != nil {
		return nil, wrong("body", err)
	}
	return call, nil
}

// Unsigned has the call sent without the credential: it is the one that obtains it.
func (call *Call) Unsigned() { call.unsign = true }

// optional returns a text, or that it is left out because its one expression yields
// nothing.
func optional(ctx context.Context, t plan.Text, in plan.Scope) (string, bool, error) {
	value, err := t.Value(ctx, in)
	if err != nil || value == nil {
		return "", false, err
	}
	return fmt.Sprint(value), true, nil
}

// aim sets the client and the path.
func (c *Caller) aim(ctx context.Context, call *Call) (err error) {
	r := call.Request
	if r.URL.Set() {
		address, err := r.URL.In(ctx, call.scope)
		if err != nil {
			return sdk.Errorf(sdk.CodeConfigInvalid, "the address of %s cannot be built: %s", r.Called, err.Error())
		}
		call.client, call.path, err = c.At(address)
		return err
	}
	if call.client, call.base, err = c.base(ctx); err != nil {
		return err
	}
	if call.path, err = r.Path.Escaped(ctx, call.scope); err != nil {
		return sdk.Errorf(sdk.CodeConfigInvalid, "the path of %s cannot be built: %s", r.Called, err.Error())
	}
	return nil
}

// fill makes the body.
func (c *Caller) fill(ctx context.Context, call *Call) (err error) {
	secret := func(name string) string { return c.Session.Secret(name).Reveal() }
	for name, tree := range call.Request.Form {
		value, err := tree.In(ctx, call.scope, secret)
		if err != nil {
			return err
		}
		list, isList := value.([]any)
		if !isList && value != nil {
			list = []any{value}
		}
		for _, one := range list {
			call.form.Add(name, fmt.Sprint(one))
		}
	}
	if call.Request.JSON != nil {
		call.json, err = call.Request.JSON.In(ctx, call.scope, secret)
	}
	return err
}

// Set puts a value of paging into the request.
func (call *Call) Set(to plan.Target, value any) {
	switch to.In {
	case "query":
		call.query.Set(to.Name, fmt.Sprint(value))
	case "header":
		call.header[http.CanonicalHeaderKey(to.Name)] = fmt.Sprint(value)
	case "form":
		call.form.Set(to.Name, fmt.Sprint(value))
	case "json":
		call.json = put(call.json, strings.Split(to.Name, "."), value)
	case "variable":
		call.json = put(call.json, append([]string{"variables"}, strings.Split(to.Name, ".")...), value)
	}
}

// Unset takes a value of paging out of the request.
func (call *Call) Unset(from plan.Target) {
	switch from.In {
	case "query":
		call.query.Del(from.Name)
	case "header":
		delete(call.header, http.CanonicalHeaderKey(from.Name))
	case "form":
		call.form.Del(from.Name)
	case "json":
		call.json = without(call.json, strings.Split(from.Name, "."))
	case "variable":
		call.json = without(call.json, append([]string{"variables"}, strings.Split(from.Name, ".")...))
	}
}

// without returns an object without a member, at any depth.
func without(object any, names []string) any {
	known, ok := object.(map[string]any)
	if !ok {
		return object
	}
	if _, has := known[names[0]]; !has {
		return object
	}
	members := maps.Clone(known)
	if len(names) == 1 {
		delete(members, names[0])
	} else {
		members[names[0]] = without(members[names[0]], names[1:])
	}
	return members
}

// put returns an object with a member, at any depth, set.
func put(object any, names []string, value any) any {
	if len(names) == 0 {
		return value
	}
	members := map[string]any{}
	if known, ok := object.(map[string]any); ok {
		members = maps.Clone(known)
	}
	members[names[0]] = put(members[names[0]], names[1:], value)
	return members
}

// GoTo has the call ask for an address that an answer gave: a whole one, one that begins at
// the host (/v2/users?page=2), or only a query (?page=2).
func (call *Call) GoTo(address string) {
	switch base := strings.TrimSuffix(call.base, "/"); {
	case strings.HasPrefix(address, "?"):
		path, _, _ := strings.Cut(call.path, "?")
		address = path + address
	case base != "" && strings.HasPrefix(address, base+"/"):
		address = strings.TrimPrefix(address, base) // the client puts it before every path
	}
	call.path, call.query = address, url.Values{}
}

// Name is equal for two calls that ask the same.
func (call *Call) Name() string {
	body, _ := json.Marshal(call.json) // it was made of texts, numbers and the like
	header, _ := json.Marshal(call.header)
	return strings.Join([]string{call.path, call.query.Encode(), call.form.Encode(), string(body), string(header)}, "\n")
}

// ask returns the call as the SDK's client takes it.
func (call *Call) ask() (sdk.Ask, error) {
	a := sdk.Ask{Method: call.Request.Method, Path: call.path, Reads: true, Query: call.query, Header: call.header,
		JSON: call.Request.Answer == "json"}
	switch {
	case len(call.form) > 0:
		a.Body, a.ContentType = []byte(call.form.Encode()), "application/x-www-form-urlencoded"
	case call.json != nil:
		raw, err := json.Marshal(call.json)
		if err != nil {
			return a, sdk.Errorf(sdk.CodeConfigInvalid, "the body of %s cannot be built: %s", call.Request.Called, err.Error())
		}
		a.Body, a.ContentType = raw, "application/json"
	}
	if _, given := call.header["Accept"]; !given {
		a.Header = maps.Clone(call.header)
		a.Header["Accept"] = map[string]string{
			"json": "application/json", "json_lines": "application/x-ndjson, application/json", "csv": "text/csv",
			"xml": "application/xml, text/xml",
		}[call.Request.Answer]
	}
	return a, nil
}

// Send sends the call. A credential that the system does not take any more is renewed
// once.
func (c *Caller) Send(ctx context.Context, call *Call) (*Answer, error) {
	for renewed := false; ; renewed = true {
		answer, stamp, err := c.once(ctx, call)
		if err == nil {
			return answer, nil
		}
		if e := sdk.AsError(err); e.Code != sdk.CodeAuthInvalid || e.UpstreamStatus == 0 || renewed || call.unsign ||
			c.Renew == nil || !c.Renew(call.Request.Auth, stamp) {
			return nil, err
		}
	}
}

func (c *Caller) once(ctx context.Context, call *Call) (answer *Answer, stamp int, err error) {
	if err := c.count(); err != nil {
		return nil, 0, err
	}
	a, err := call.ask()
	if err != nil {
		return nil, 0, err
	}
	if !call.unsign && c.Sign != nil {
		if stamp, err = c.Sign(ctx, call.Request.Auth, &a); err != nil {
			return nil, 0, err
		}
	}
	a.Judge = func(got *sdk.Response, usual error) (err error) {
		answer, err = call.judge(ctx, got, usual)
		return err
	}
	_, err = call.client.Ask(ctx, a)
	return answer, stamp, err
}
