package lowcode

import (
	"strings"
)

// oauth translates a token that an authorisation server gives.
func (w *worker) oauth(v Value) *object {
	o := newObject(v.Line())
	for _, key := range []string{"access_token_value", "profile_assertion", "use_profile_assertion"} {
		if v.Get(key).Set() && v.Get(key).Text() != "false" {
			w.refuse(v.Get(key), "%s has no translation", key)
		}
	}
	refresh := vaultOf(w.scene(v), v.Get("refresh_token"), true)
	grant := w.text(v.Get("grant_type"))
	if grant == "" {
		grant = "refresh_token"
	}
	if grant == "refresh_token" && !refresh.secret() {
		grant = "client_credentials"
		w.notes.add(v.Line(), "", "the manifest gives no refresh token: the token is asked for with the credentials of the client")
	}
	if grant != "refresh_token" && grant != "client_credentials" {
		w.refuse(v.Get("grant_type"), "the grant %s has no translation", grant)
	}
	o.put("grant", grant)
	o.put("token_url", w.text(v.Get("token_refresh_endpoint")))
	if len(hostsOf(o.values["token_url"].(string))) == 0 {
		w.refuse(v.Get("token_refresh_endpoint"), "the host that gives the token is known to a run alone")
	}
	w.at(v)
	w.client(v, o)
	var scopes []string
	for _, one := range v.Get("scopes").Items() {
		scopes = append(scopes, w.text(one))
	}
	o.set("scope", strings.Join(scopes, " "))
	if grant == "refresh_token" {
		secret := refresh.whole()
		if secret == nil {
			w.refuse(v.Get("refresh_token"), "a refresh token with a text around it has no translation")
		}
		o.put("refresh_token", secret.name)
	}
	w.refreshBody(v, o)
	if header := v.Get("refresh_request_headers"); header.Set() {
		w.refreshHeaders(header, o)
	}
	if name := v.Get("access_token_name").Text(); name != "" && name != "access_token" {
		o.put("token", (&scene{}).member(atom("", "response"), step{key: name}, false).src)
	}
	if name := v.Get("expires_in_name").Text(); name != "" && name != "expires_in" {
		o.put("expires_in", (&scene{}).member(atom("", "response"), step{key: name}, false).src)
	}
	return o
}

// client translates the credentials of the client.
func (w *worker) client(v Value, o *object) {
	if v.Get("client_id").Set() {
		id := vaultOf(w.scene(v), v.Get("client_id"), false)
		if secret := id.whole(); secret != nil {
			o.put("client_id", secret.name)
		} else if id.secret() {
			w.refuse(v.Get("client_id"), "an id of the client with a secret and a text has no translation")
		} else {
			o.set("client_id", w.text(v.Get("client_id")))
		}
	}
	if v.Get("client_secret").Set() {
		secret := vaultOf(w.scene(v), v.Get("client_secret"), true)
		if secret.whole() == nil {
			w.refuse(v.Get("client_secret"), "a secret of the client that is no setting has no translation")
		}
		o.put("client_secret", secret.whole().name)
	}
	for _, key := range []string{"client_id_name", "client_secret_name", "refresh_token_name", "grant_type_name"} {
		if name := v.Get(key).Text(); name != "" && name != strings.TrimSuffix(key, "_name") {
			w.refuse(v.Get(key), "the name %s in the request for a token has no translation", name)
		}
	}
}

// refreshBody translates further fields of the request for a token.
func (w *worker) refreshBody(v Value, o *object) {
	parameters := newObject(v.Line())
	for _, p := range v.Get("refresh_request_body").Pairs() {
		switch {
		case p.Key == "grant_type", p.Key == "client_id", p.Key == "client_secret", p.Key == "refresh_token":
		case p.Key == "scope" && !o.has("scope"):
			o.set("scope", w.text(p.Value))
		default:
			parameters.put(p.Key, w.text(p.Value))
		}
	}
	o.set("parameters", parameters)
	if len(parameters.keys) == 0 {
		o.remove("parameters")
	}
}

// refreshHeaders translates the headers of the request for a token: the credentials in Basic, or what is
// sent anyway.
func (w *worker) refreshHeaders(v Value, o *object) {
	for _, p := range v.Pairs() {
		text := p.Value.Text()
		switch {
		case strings.EqualFold(p.Key, "content-type") && strings.Contains(text, "x-www-form-urlencoded"), strings.EqualFold(p.Key, "accept"):
		case strings.EqualFold(p.Key, "authorization") && strings.Contains(text, "Basic") && strings.Contains(text, "base64encode") &&
			strings.Contains(text, "client_id") && strings.Contains(text, "client_secret"):
			o.put("credentials", "header")
		default:
			w.refuse(p.Value, "the header %s of the request for a token has no translation", p.Key)
		}
	}
}

// session translates a token that a request of the API gives.
func (w *worker) session(v Value) *object {
	login := w.at(v.Get("login_requester"))
	w.known(login, "HttpRequester")
	inner := &worker{importer: w.importer, v: w.v, line: login.Line(), retriever: login, requester: login,
		out: &stream{name: w.out.name, request: newObject(login.Line()), headers: newObject(login.Line())}}
	err := attempt(func() {
		inner.requests()
		if a := login.Get("authenticator"); a.Set() && a.Type() != "NoAuth" {
			if way := inner.way(a); way != nil {
				inner.refuse(a, "a sign-in of the request for the token has no translation")
			}
		}
		if inner.out.auth != nil && len(inner.out.auth.headers)+len(inner.out.auth.queries) > 0 {
			inner.refuse(login, "a secret outside the body of the request for the token has no translation")
		}
	})
	if err != nil {
		w.line = inner.line
		fail("%s", err.Error())
	}
	o := newObject(v.Line())
	request := inner.out.request
	request.set("url", inner.out.base+"/"+inner.out.path)
	if len(inner.out.headers.keys) > 0 {
		request.put("headers", inner.out.headers)
	}
	o.put("request", request)
	var steps []step
	for _, one := range v.Own("session_token_path").Items() {
		steps = append(steps, step{key: one.Text()})
	}
	o.put("token", (&scene{}).members(atom("", "response"), steps).src)
	if length, ok := isoDuration(v.Get("expiration_duration").Text()); ok {
		o.put("lifetime", goDuration(length))
	}
	w.send(v.Get("request_authentication"), o)
	return o
}

// login translates the older form of a session: a user name and a password that give a token.
func (w *worker) login(v Value) *object {
	password := vaultOf(w.scene(v), v.Get("password"), true).whole()
	if password == nil {
		w.refuse(v, "a password that is no setting has no translation")
	}
	request := newObject(v.Line())
	request.put("url", w.out.base+"/"+strings.TrimLeft(w.text(v.Get("login_url")), "/"))
	request.put("method", "POST")
	request.put("reads", true)
	request.put("json", pairs(v.Line(), "username", w.text(v.Get("username")), "password", pairs(v.Line(), "secret", password.name)))
	o := newObject(v.Line())
	o.put("request", request)
	o.put("token", (&scene{}).member(atom("", "response"), step{key: v.Get("session_token_response_key").Text()}, false).src)
	o.put("header", pairs(v.Line(), "name", w.text(v.Get("header"))))
	return o
}

// send translates where a session's token is put.
func (w *worker) send(v Value, o *object) {
	w.at(v)
	switch v.Type() {
	case "Bearer":
	case "ApiKey":
		in, name := w.target(v.Get("inject_into"))
		switch in {
		case "header":
			o.put("header", pairs(v.Line(), "name", name))
			if strings.EqualFold(name, "authorization") {
				o.values["header"].(*object).put("prefix", "")
			}
		case "query":
			o.put("query", pairs(v.Line(), "name", name))
		default:
			w.refuse(v, "a token in a body has no translation")
		}
	default:
		w.refuse(v, "%s has no translation", v.Type())
	}
}
