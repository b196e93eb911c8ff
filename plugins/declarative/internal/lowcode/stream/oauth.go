package stream

import (
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// oauth translates a token that an authorisation server gives.
func (w *worker) oauth(v manifest.Value) *writing.Object {
	o := writing.New(v.Line())
	for _, key := range []string{"access_token_value", "profile_assertion", "use_profile_assertion"} {
		if v.Get(key).Set() && v.Get(key).Text() != "false" {
			w.refuse(v.Get(key), "%s has no translation", key)
		}
	}
	refresh := w.scene(v).Vault(v.Get("refresh_token").Text(), true)
	grant := w.text(v.Get("grant_type"))
	if grant == "" {
		grant = "refresh_token"
	}
	if grant == "refresh_token" && !refresh.Secret() {
		grant = "client_credentials"
		w.Notes.Add(v.Line(), "", "the manifest gives no refresh token: the token is asked for with the credentials of the client")
	}
	if grant != "refresh_token" && grant != "client_credentials" {
		w.refuse(v.Get("grant_type"), "the grant %s has no translation", grant)
	}
	o.Put("grant", grant)
	o.Put("token_url", w.text(v.Get("token_refresh_endpoint")))
	if len(expression.Hosts(o.Values["token_url"].(string))) == 0 {
		w.refuse(v.Get("token_refresh_endpoint"), "the host that gives the token is known to a run alone")
	}
	w.at(v)
	w.client(v, o)
	var scopes []string
	for _, one := range v.Get("scopes").Items() {
		scopes = append(scopes, w.text(one))
	}
	o.Set("scope", strings.Join(scopes, " "))
	if grant == "refresh_token" {
		secret := refresh.Whole()
		if secret == nil {
			w.refuse(v.Get("refresh_token"), "a refresh token with a text around it has no translation")
		}
		o.Put("refresh_token", secret.Name)
	}
	w.refreshBody(v, o)
	if header := v.Get("refresh_request_headers"); header.Set() {
		w.refreshHeaders(header, o)
	}
	if name := v.Get("access_token_name").Text(); name != "" && name != "access_token" {
		o.Put("token", expression.Member("response", false, name))
	}
	if name := v.Get("expires_in_name").Text(); name != "" && name != "expires_in" {
		o.Put("expires_in", expression.Member("response", false, name))
	}
	return o
}

// client translates the credentials of the client.
func (w *worker) client(v manifest.Value, o *writing.Object) {
	if v.Get("client_id").Set() {
		id := w.scene(v).Vault(v.Get("client_id").Text(), false)
		if secret := id.Whole(); secret != nil {
			o.Put("client_id", secret.Name)
		} else if id.Secret() {
			w.refuse(v.Get("client_id"), "an id of the client with a secret and a text has no translation")
		} else {
			o.Set("client_id", w.text(v.Get("client_id")))
		}
	}
	if v.Get("client_secret").Set() {
		secret := w.scene(v).Vault(v.Get("client_secret").Text(), true)
		if secret.Whole() == nil {
			w.refuse(v.Get("client_secret"), "a secret of the client that is no setting has no translation")
		}
		o.Put("client_secret", secret.Whole().Name)
	}
	for _, key := range []string{"client_id_name", "client_secret_name", "refresh_token_name", "grant_type_name"} {
		if name := v.Get(key).Text(); name != "" && name != strings.TrimSuffix(key, "_name") {
			w.refuse(v.Get(key), "the name %s in the request for a token has no translation", name)
		}
	}
}

// refreshBody translates further fields of the request for a token.
func (w *worker) refreshBody(v manifest.Value, o *writing.Object) {
	parameters := writing.New(v.Line())
	for _, p := range v.Get("refresh_request_body").Pairs() {
		switch {
		case p.Key == "grant_type", p.Key == "client_id", p.Key == "client_secret", p.Key == "refresh_token":
		case p.Key == "scope" && !o.Has("scope"):
			o.Set("scope", w.text(p.Value))
		default:
			parameters.Put(p.Key, w.text(p.Value))
		}
	}
	o.Set("parameters", parameters)
	if len(parameters.Keys) == 0 {
		o.Remove("parameters")
	}
}

// refreshHeaders translates the headers of the request for a token: the credentials in Basic, or what is
// sent anyway.
func (w *worker) refreshHeaders(v manifest.Value, o *writing.Object) {
	for _, p := range v.Pairs() {
		text := p.Value.Text()
		switch {
		case strings.EqualFold(p.Key, "content-type") && strings.Contains(text, "x-www-form-urlencoded"), strings.EqualFold(p.Key, "accept"):
		case strings.EqualFold(p.Key, "authorization") && strings.Contains(text, "Basic") && strings.Contains(text, "base64encode") &&
			strings.Contains(text, "client_id") && strings.Contains(text, "client_secret"):
			o.Put("credentials", "header")
		default:
			w.refuse(p.Value, "the header %s of the request for a token has no translation", p.Key)
		}
	}
}

// session translates a token that a request of the API gives.
func (w *worker) session(v manifest.Value) *writing.Object {
	login := w.at(v.Get("login_requester"))
	w.known(login, "HttpRequester")
	inner := &worker{Translator: w.Translator, v: w.v, line: login.Line(), retriever: login, requester: login,
		out: &Stream{Name: w.out.Name, Request: writing.New(login.Line()), Headers: writing.New(login.Line())}}
	err := finding.Attempt(func() {
		inner.requests()
		if a := login.Get("authenticator"); a.Set() && a.Type() != "NoAuth" {
			if way := inner.way(a); way != nil {
				inner.refuse(a, "a sign-in of the request for the token has no translation")
			}
		}
		if inner.out.Auth != nil && len(inner.out.Auth.headers)+len(inner.out.Auth.queries) > 0 {
			inner.refuse(login, "a secret outside the body of the request for the token has no translation")
		}
	})
	if err != nil {
		w.line = inner.line
		finding.Refuse("%s", err.Error())
	}
	o := writing.New(v.Line())
	request := inner.out.Request
	request.Set("url", inner.out.Base+"/"+inner.out.Path)
	if len(inner.out.Headers.Keys) > 0 {
		request.Put("headers", inner.out.Headers)
	}
	o.Put("request", request)
	var steps []string
	for _, one := range v.Own("session_token_path").Items() {
		steps = append(steps, one.Text())
	}
	o.Put("token", expression.Member("response", false, steps...))
	if length, ok := expression.ParseDuration(v.Get("expiration_duration").Text()); ok {
		o.Put("lifetime", expression.FormatDuration(length))
	}
	w.send(v.Get("request_authentication"), o)
	return o
}

// login translates the older form of a session: a user name and a password that give a token.
func (w *worker) login(v manifest.Value) *writing.Object {
	password := w.scene(v).Vault(v.Get("password").Text(), true).Whole()
	if password == nil {
		w.refuse(v, "a password that is no setting has no translation")
	}
	request := writing.New(v.Line())
	request.Put("url", w.out.Base+"/"+strings.TrimLeft(w.text(v.Get("login_url")), "/"))
	request.Put("method", "POST")
	request.Put("reads", true)
	secret := writing.Pairs(v.Line(), "secret", password.Name)
	request.Put("json", writing.Pairs(v.Line(), "username", w.text(v.Get("username")), "password", secret))
	o := writing.New(v.Line())
	o.Put("request", request)
	o.Put("token", expression.Member("response", false, v.Get("session_token_response_key").Text()))
	o.Put("header", writing.Pairs(v.Line(), "name", w.text(v.Get("header"))))
	return o
}

// send translates where a session's token is put.
func (w *worker) send(v manifest.Value, o *writing.Object) {
	w.at(v)
	switch v.Type() {
	case "Bearer":
	case "ApiKey":
		in, name := w.target(v.Get("inject_into"))
		switch in {
		case "header":
			o.Put("header", writing.Pairs(v.Line(), "name", name))
			if strings.EqualFold(name, "authorization") {
				o.Values["header"].(*writing.Object).Put("prefix", "")
			}
		case "query":
			o.Put("query", writing.Pairs(v.Line(), "name", name))
		default:
			w.refuse(v, "a token in a body has no translation")
		}
	default:
		w.refuse(v, "%s has no translation", v.Type())
	}
}
