package lowcode

import (
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// signIn is how the requests of a stream are signed in.
type signIn struct {
	way     *object // of the authenticator; nil = none
	line    int
	headers []*object // secrets that the request itself sends
	queries []*object
}

// sign returns the sign-in of the stream, made when there is none yet.
func (w *worker) sign() *signIn {
	if w.out.auth == nil {
		w.out.auth = &signIn{line: w.requester.Line()}
	}
	return w.out.auth
}

func (a *signIn) header(name string, parts vault) { a.headers = append(a.headers, parts.header(name)) }

func (a *signIn) query(name, secret string) {
	a.queries = append(a.queries, pairs(a.line, "name", name, "secret", secret))
}

// vault is a text with secrets in it: texts and secrets alternate.
type vault struct {
	texts   []string // one more than secrets
	secrets []*setting
	mixed   bool // an expression other than a setting is in it
}

func (v vault) secret() bool { return len(v.secrets) > 0 }

// whole returns the secret that the text is, or nil.
func (v vault) whole() *setting {
	if len(v.secrets) == 1 && v.texts[0] == "" && v.texts[1] == "" && !v.mixed {
		return v.secrets[0]
	}
	return nil
}

// header returns a header with the text.
func (v vault) header(name string) *object {
	if v.mixed {
		fail("the header %s mixes secrets with other expressions", name)
	}
	if len(v.secrets) == 1 && v.texts[1] == "" {
		return pairs(0, "name", name, "prefix", v.texts[0], "secret", v.secrets[0].name)
	}
	var b strings.Builder
	for i, text := range v.texts {
		if strings.ContainsAny(text, "{}") {
			fail("the header %s holds a brace beside a secret", name)
		}
		b.WriteString(text)
		if i < len(v.secrets) {
			b.WriteString("{" + v.secrets[i].name + "}")
		}
	}
	return pairs(0, "name", name, "value", b.String())
}

// vault reads a template of which settings may be secrets.
func (w *worker) vault(v Value) vault { return vaultOf(w.scene(v), v, false) }

// vaultOf reads a template. With all, every setting in it is a secret.
func vaultOf(s *scene, v Value, all bool) vault {
	s.vaulted, s.joined = true, true
	found := vault{texts: []string{""}}
	for _, part := range parse(v.Text()).Parts {
		if literal, ok := part.(jinja.Literal); ok {
			found.texts[len(found.texts)-1] += fmt.Sprint(literal.Value)
			continue
		}
		c := s.expr(part)
		secret := c.secret
		if all && secret == nil {
			if root, steps := chain(part); isName(root, "config") {
				if secret = s.m.setting(texts(steps)); secret != nil && secret.kind == "string" && len(secret.choices) == 0 {
					secret.secret, secret.value, secret.format = true, nil, ""
				}
			}
		}
		if secret == nil {
			if len(s.secrets) > len(found.secrets) {
				fail("a secret is part of a computation (%s)", shorten(v.Text()))
			}
			found.mixed = true
			continue
		}
		found.secrets, found.texts = append(found.secrets, secret), append(found.texts, "")
	}
	return found
}

func isName(n jinja.Node, name string) bool {
	found, ok := n.(jinja.Name)
	return ok && found.Name == name
}

// signs translates the authenticator.
func (w *worker) signs() {
	v := w.at(w.requester.Get("authenticator"))
	if v.Set() {
		if way := w.way(v); way != nil {
			w.sign().way, w.sign().line = way, v.Line()
		}
	}
	if w.out.auth == nil {
		w.out.auth = &signIn{line: w.requester.Line()}
	}
}

// way translates an authenticator; nil is one that adds nothing.
func (w *worker) way(v Value) *object {
	w.at(v)
	o := newObject(v.Line())
	switch v.Type() {
	case "NoAuth":
		return nil
	case "BearerAuthenticator":
		parts := vaultOf(w.scene(v), v.Get("api_token"), true)
		if secret := parts.whole(); secret != nil {
			o.put("bearer", secret.name)
			return o
		}
		parts.texts[0] = "Bearer " + parts.texts[0]
		w.needSecret(v, parts)
		o.put("header", parts.header("Authorization"))
	case "ApiKeyAuthenticator":
		return w.apiKey(v)
	case "BasicHttpAuthenticator":
		o.put("basic", w.basic(v))
	case "OAuthAuthenticator":
		o.put("oauth2", w.oauth(v))
	case "SessionTokenAuthenticator":
		o.put("session", w.session(v))
	case "LegacySessionTokenAuthenticator":
		o.put("session", w.login(v))
	case "SelectiveAuthenticator":
		return w.choose(v)
	default:
		w.refuse(v, "%s has no translation", v.Type())
	}
	return o
}

func (w *worker) needSecret(v Value, parts vault) {
	if !parts.secret() {
		w.refuse(v, "the credential is no setting")
	}
}

// apiKey translates a key that is put somewhere in the request.
func (w *worker) apiKey(v Value) *object {
	in, name := "header", w.text(v.Own("header"))
	if option := v.Own("inject_into"); option.Set() {
		in, name = w.target(option)
	}
	w.at(v)
	parts := vaultOf(w.scene(v), v.Get("api_token"), true)
	w.needSecret(v, parts)
	o := newObject(v.Line())
	switch in {
	case "header":
		if name == "" {
			w.refuse(v, "the header of the key has no name")
		}
		o.put("header", parts.header(name))
		return o
	case "query":
		if secret := parts.whole(); secret != nil {
			o.put("query", pairs(v.Line(), "name", name, "secret", secret.name))
			return o
		}
	default:
		if secret := parts.whole(); secret != nil && !w.out.request.has("graphql") {
			w.out.request.under(in).put(name, pairs(v.Line(), "secret", secret.name))
			w.out.request.put("method", "POST")
			w.out.request.put("reads", true)
			return nil
		}
	}
	w.refuse(v, "a key with a text around it has no translation here")
	return nil
}

// basic translates a user name and a password.
func (w *worker) basic(v Value) *object {
	o := pairs(v.Line())
	o.flow = true
	name := vaultOf(w.scene(v), v.Get("username"), false)
	w.at(v)
	password := vaultOf(w.scene(v), v.Get("password"), true)
	switch secret := name.whole(); {
	case secret != nil:
		o.put("username", secret.name)
	case name.secret():
		w.refuse(v.Get("username"), "a user name with a secret and a text has no translation")
	case !password.secret() && len(name.texts) == 1 && name.mixed:
		made := vaultOf(w.scene(v), v.Get("username"), true)
		if made.whole() == nil {
			w.refuse(v.Get("username"), "a user name that is no setting needs a password")
		}
		o.put("username", made.whole().name)
	default:
		o.put("username", w.text(v.Get("username")))
	}
	switch secret := password.whole(); {
	case secret != nil:
		o.put("password", secret.name)
	case password.secret():
		w.refuse(v.Get("password"), "a password with a text around it has no translation")
	default:
		o.set("password", password.texts[0])
	}
	if o.values["username"] == "" {
		w.refuse(v, "a sign-in without a user name has no translation")
	}
	return o
}

// choose translates a choice among ways to sign in.
func (w *worker) choose(v Value) *object {
	var path []string
	for _, one := range v.Own("authenticator_selection_path").Items() {
		path = append(path, one.Text())
	}
	found := w.setting(path)
	if found == nil {
		w.refuse(v, "the form of the manifest has no field %s, which chooses how to sign in", strings.Join(path, "."))
	}
	ways := newObject(v.Line())
	var choices []any
	for _, p := range v.Own("authenticators").Pairs() {
		line := w.line
		var way *object
		if err := attempt(func() { way = w.way(p.Value) }); err != nil {
			w.left.add(w.line, "", "the way to sign in %q: %s", p.Key, err.Error())
			w.line = line
			continue
		}
		if way != nil {
			choices = append(choices, p.Key)
			ways.put(p.Key, way)
		}
	}
	if len(choices) == 0 {
		w.refuse(v, "no way to sign in has a translation")
	}
	if len(choices) == 1 && len(v.Own("authenticators").Pairs()) == 1 {
		return ways.values[ways.keys[0]].(*object)
	}
	found.choices, found.secret = choices, false
	if found.value == nil {
		found.optional = false
	} else {
		found.value = found.suited(found.value)
	}
	o := newObject(v.Line())
	choose := o.under("choose")
	choose.put("setting", found.name)
	choose.put("ways", ways)
	return o
}
