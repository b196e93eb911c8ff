package stream

import (
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// SignIn is how the requests of a stream are signed in.
type SignIn struct {
	way     *writing.Object // of the authenticator; nil = none
	Line    int
	headers []*writing.Object // secrets that the request itself sends
	queries []*writing.Object
}

// sign returns the sign-in of the stream, made when there is none yet.
func (w *worker) sign() *SignIn {
	if w.out.Auth == nil {
		w.out.Auth = &SignIn{Line: w.requester.Line()}
	}
	return w.out.Auth
}

func (a *SignIn) header(name string, parts expression.Vault) {
	a.headers = append(a.headers, vaultHeader(name, parts))
}

func (a *SignIn) query(name, secret string) {
	a.queries = append(a.queries, writing.Pairs(a.Line, "name", name, "secret", secret))
}

// Print is equal for two that sign in the same.
func (a *SignIn) Print() string {
	if a == nil {
		return ""
	}
	if a.way == nil && len(a.headers)+len(a.queries) == 0 {
		return ""
	}
	return writing.Shown(a.way) + writing.Shown(a.headers) + writing.Shown(a.queries)
}

// Object returns how requests are signed in; without a way, an empty object.
func (a *SignIn) Object() *writing.Object {
	if a == nil || a.Print() == "" {
		return writing.New(0)
	}
	o := writing.New(a.Line)
	switch {
	case len(a.queries) > 1 || len(a.queries) == 1 && (a.way != nil || len(a.headers) > 0):
		finding.Refuse("a secret in a parameter beside another credential has no translation")
	case len(a.queries) == 1:
		o.Put("query", a.queries[0])
	case len(a.headers) == 0:
		return a.way
	case a.way == nil && len(a.headers) == 1:
		o.Put("header", a.headers[0])
	case a.way == nil:
		o.Put("header", a.headers)
	case a.way.Has("header"):
		o.Put("header", append([]*writing.Object{a.way.Values["header"].(*writing.Object)}, a.headers...))
	case a.way.Has("bearer"):
		bearer := writing.Pairs(a.Line, "name", "Authorization", "prefix", "Bearer ", "secret", a.way.Values["bearer"])
		o.Put("header", append([]*writing.Object{bearer}, a.headers...))
	default:
		finding.Refuse("a secret in a header beside this way to sign in has no translation")
	}
	return o
}

// vaultHeader returns a header with the text.
func vaultHeader(name string, v expression.Vault) *writing.Object {
	if v.Mixed {
		finding.Refuse("the header %s mixes secrets with other expressions", name)
	}
	if len(v.Secrets) == 1 && v.Texts[1] == "" {
		return writing.Pairs(0, "name", name, "prefix", v.Texts[0], "secret", v.Secrets[0].Name)
	}
	var b strings.Builder
	for i, text := range v.Texts {
		if strings.ContainsAny(text, "{}") {
			finding.Refuse("the header %s holds a brace beside a secret", name)
		}
		b.WriteString(text)
		if i < len(v.Secrets) {
			b.WriteString("{" + v.Secrets[i].Name + "}")
		}
	}
	return writing.Pairs(0, "name", name, "value", b.String())
}

// vault reads a template of which settings may be secrets.
func (w *worker) vault(v manifest.Value) expression.Vault { return w.scene(v).Vault(v.Text(), false) }

// signs translates the authenticator.
func (w *worker) signs() {
	v := w.at(w.requester.Get("authenticator"))
	if v.Set() {
		if way := w.way(v); way != nil {
			w.sign().way, w.sign().Line = way, v.Line()
		}
	}
	if w.out.Auth == nil {
		w.out.Auth = &SignIn{Line: w.requester.Line()}
	}
}

// way translates an authenticator; nil is one that adds nothing.
func (w *worker) way(v manifest.Value) *writing.Object {
	w.at(v)
	o := writing.New(v.Line())
	switch v.Type() {
	case "NoAuth":
		return nil
	case "BearerAuthenticator":
		parts := w.scene(v).Vault(v.Get("api_token").Text(), true)
		if secret := parts.Whole(); secret != nil {
			o.Put("bearer", secret.Name)
			return o
		}
		parts.Texts[0] = "Bearer " + parts.Texts[0]
		w.needSecret(v, parts)
		o.Put("header", vaultHeader("Authorization", parts))
	case "ApiKeyAuthenticator":
		return w.apiKey(v)
	case "BasicHttpAuthenticator":
		o.Put("basic", w.basic(v))
	case "OAuthAuthenticator":
		o.Put("oauth2", w.oauth(v))
	case "SessionTokenAuthenticator":
		o.Put("session", w.session(v))
	case "LegacySessionTokenAuthenticator":
		o.Put("session", w.login(v))
	case "SelectiveAuthenticator":
		return w.choose(v)
	default:
		w.refuse(v, "%s has no translation", v.Type())
	}
	return o
}

func (w *worker) needSecret(v manifest.Value, parts expression.Vault) {
	if !parts.Secret() {
		w.refuse(v, "the credential is no setting")
	}
}

// apiKey translates a key that is put somewhere in the request.
func (w *worker) apiKey(v manifest.Value) *writing.Object {
	in, name := "header", w.text(v.Own("header"))
	if option := v.Own("inject_into"); option.Set() {
		in, name = w.target(option)
	}
	w.at(v)
	parts := w.scene(v).Vault(v.Get("api_token").Text(), true)
	w.needSecret(v, parts)
	o := writing.New(v.Line())
	switch in {
	case "header":
		if name == "" {
			w.refuse(v, "the header of the key has no name")
		}
		o.Put("header", vaultHeader(name, parts))
		return o
	case "query":
		if secret := parts.Whole(); secret != nil {
			o.Put("query", writing.Pairs(v.Line(), "name", name, "secret", secret.Name))
			return o
		}
	default:
		if secret := parts.Whole(); secret != nil && !w.out.Request.Has("graphql") {
			w.out.Request.Under(in).Put(name, writing.Pairs(v.Line(), "secret", secret.Name))
			w.out.Request.Put("method", "POST")
			w.out.Request.Put("reads", true)
			return nil
		}
	}
	w.refuse(v, "a key with a text around it has no translation here")
	return nil
}

// basic translates a user name and a password.
func (w *worker) basic(v manifest.Value) *writing.Object {
	o := writing.Pairs(v.Line())
	o.Flow = true
	name := w.scene(v).Vault(v.Get("username").Text(), false)
	w.at(v)
	password := w.scene(v).Vault(v.Get("password").Text(), true)
	switch secret := name.Whole(); {
	case secret != nil:
		o.Put("username", secret.Name)
	case name.Secret():
		w.refuse(v.Get("username"), "a user name with a secret and a text has no translation")
	case !password.Secret() && len(name.Texts) == 1 && name.Mixed:
		made := w.scene(v).Vault(v.Get("username").Text(), true)
		if made.Whole() == nil {
			w.refuse(v.Get("username"), "a user name that is no setting needs a password")
		}
		o.Put("username", made.Whole().Name)
	default:
		o.Put("username", w.text(v.Get("username")))
	}
	switch secret := password.Whole(); {
	case secret != nil:
		o.Put("password", secret.Name)
	case password.Secret():
		w.refuse(v.Get("password"), "a password with a text around it has no translation")
	default:
		o.Set("password", password.Texts[0])
	}
	if o.Values["username"] == "" {
		w.refuse(v, "a sign-in without a user name has no translation")
	}
	return o
}

// choose translates a choice among ways to sign in.
func (w *worker) choose(v manifest.Value) *writing.Object {
	var path []string
	for _, one := range v.Own("authenticator_selection_path").Items() {
		path = append(path, one.Text())
	}
	found := w.Form.Find(path)
	if found == nil {
		w.refuse(v, "the form of the manifest has no field %s, which chooses how to sign in", strings.Join(path, "."))
	}
	ways := writing.New(v.Line())
	var choices []any
	for _, p := range v.Own("authenticators").Pairs() {
		line := w.line
		var way *writing.Object
		if err := finding.Attempt(func() { way = w.way(p.Value) }); err != nil {
			w.Left.Add(w.line, "", "the way to sign in %q: %s", p.Key, err.Error())
			w.line = line
			continue
		}
		if way != nil {
			choices = append(choices, p.Key)
			ways.Put(p.Key, way)
		}
	}
	if len(choices) == 0 {
		w.refuse(v, "no way to sign in has a translation")
	}
	if len(choices) == 1 && len(v.Own("authenticators").Pairs()) == 1 {
		return ways.Values[ways.Keys[0]].(*writing.Object)
	}
	found.Choices, found.Secret = choices, false
	if found.Value == nil {
		found.Optional = false
	} else {
		found.Value = found.Suited(found.Value)
	}
	o := writing.New(v.Line())
	choose := o.Under("choose")
	choose.Put("setting", found.Name)
	choose.Put("ways", ways)
	return o
}
