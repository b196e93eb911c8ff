package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
)

// Auth says how requests are authenticated: at most one of these.
type Auth struct {
	Bearer  string // the name of a secret
	Headers []file.SecretHeader
	Query   *file.SecretQuery
	Basic   *Basic
	OAuth2  *OAuth2
	Session *Session

	Setting string // that chooses among Ways
	Ways    map[string]*Auth
}

// Identifier is a text, or the name of a secret.
type Identifier struct {
	Text   Text
	Secret string
}

// Basic is a user name and a password.
type Basic struct {
	Username Identifier
	Password string
}

// OAuth2 is a token that an authorisation server gives.
type OAuth2 struct {
	File       *file.OAuth2
	TokenURL   Text
	ClientID   Identifier
	Scope      Text
	Parameters []Param
	JWT        *JWT
	Token      Expr
	ExpiresIn  Expr
	Send       Send
}

// JWT is a statement that the connector signs.
type JWT struct {
	Key                              string
	KeyID, Issuer, Subject, Audience Text
	Lifetime                         time.Duration
	Claims                           []Param
}

// Session is a token that a request of the API gives.
type Session struct {
	Request  *Request
	Token    Expr
	Lifetime time.Duration // 0 = the whole run
	Send     Send
}

// Send says where a token is put.
type Send struct {
	Header, Prefix string
	Query          string // instead of Header
}

// Asks reports whether signing in takes a request.
func (a *Auth) Asks() bool {
	if a.OAuth2 != nil || a.Session != nil {
		return true
	}
	for _, way := range a.Ways {
		if way.Asks() {
			return true
		}
	}
	return false
}

// auth compiles the authentication of requests.
func (c *compiler) auth(f *file.Auth) *Auth {
	ways := 0
	for _, used := range []bool{f.Bearer != "", len(f.Header) > 0, f.Query != nil, f.Basic != nil, f.OAuth2 != nil, f.Session != nil,
		f.Choose != nil} {
		if used {
			ways++
		}
	}
	if ways > 1 {
		c.wrong.Add(f.At(""), "auth: use one of bearer, header, query, basic, oauth2, session and choose")
	}
	a := &Auth{Bearer: f.Bearer, Headers: f.Header, Query: f.Query}
	if f.Bearer != "" {
		c.secret(f.At("bearer"), "auth: bearer", f.Bearer)
	}
	for i := range f.Header {
		c.secretHeader(&f.Header[i])
	}
	if q := f.Query; q != nil {
		c.secret(q.At("secret"), "auth: query.secret", q.Secret)
		if q.Name == "" {
			c.wrong.Add(q.At("name"), "auth: query.name must be given")
		}
	}
	if f.Basic != nil {
		a.Basic = c.basic(f.Basic)
	}
	if f.OAuth2 != nil {
		a.OAuth2 = c.oauth2(f.OAuth2)
	}
	if f.Session != nil {
		a.Session = c.session(f.Session)
	}
	if f.Choose != nil {
		c.choose(f.Choose, a)
	}
	return a
}

func (c *compiler) secretHeader(h *file.SecretHeader) {
	if !headerName.MatchString(h.Name) {
		c.wrong.Add(h.At("name"), "auth: header.name: %q is not a name of a header", h.Name)
	}
	if h.Value == "" {
		c.secret(h.At("secret"), "auth: header.secret", h.Secret)
		return
	}
	if h.Secret != "" || h.Prefix != "" {
		c.wrong.Add(h.At("value"), "auth: header: write value, or prefix and secret")
	}
	found := placeholders(h.Value)
	if len(found) == 0 {
		c.wrong.Add(h.At("value"), "auth: header.value: {name} must name a secret in it")
	}
	for _, name := range found {
		c.secret(h.At("value"), "auth: header.value", name)
	}
}

// identifier compiles a text that may be the name of a secret instead.
func (c *compiler) identifier(what string, t file.Text) Identifier {
	switch {
	case c.isSecret(t.Source):
		return Identifier{Secret: t.Source}
	case c.isSetting(t.Source):
		c.wrong.Add(t.At, "%s: to send the setting, write \"{{ settings.%s }}\"", what, t.Source)
	}
	return Identifier{Text: c.text(t, sees("settings"))}
}

func (c *compiler) basic(f *file.Basic) *Basic {
	b := &Basic{Username: c.identifier("auth: basic.username", f.Username), Password: f.Password}
	switch {
	case f.Username.Source == "":
		c.wrong.Add(f.At("username"), "auth: basic.username must be given")
	case f.Password == "" && b.Username.Secret == "" && !c.isSetting(f.Username.Source):
		c.wrong.Add(f.At("username"), "auth: basic: username or password must name a setting with secret: true")
	}
	if f.Password != "" && (b.Username.Secret == "" || c.isSecret(f.Password)) {
		c.secret(f.At("password"), "auth: basic.password", f.Password)
	}
	return b
}

func (c *compiler) oauth2(f *file.OAuth2) *OAuth2 {
	o := &OAuth2{
		File: f, TokenURL: c.text(f.TokenURL, sees("settings")), ClientID: c.identifier("auth: oauth2.client_id", f.ClientID),
		Scope: c.text(f.Scope, sees("settings")),
		Token: c.exprOr(f.Token, "response.access_token"), ExpiresIn: c.exprOr(f.ExpiresIn, "response.expires_in"), Send: c.send(f.Header, nil),
	}
	for _, name := range slices.Sorted(maps.Keys(f.Parameters)) {
		o.Parameters = append(o.Parameters, Param{Name: name, Values: []Text{c.text(f.Parameters[name], sees("settings"))}})
	}
	c.word(f.At("grant"), "auth: oauth2.grant", f.Grant, "client_credentials", "refresh_token", "jwt_bearer")
	if f.Credentials != "" {
		c.word(f.At("credentials"), "auth: oauth2.credentials", f.Credentials, "body", "header")
	}
	if f.TokenURL.Source == "" {
		c.wrong.Add(f.At("token_url"), "auth: oauth2.token_url must be given")
	}
	c.reachable("auth: oauth2.token_url", f.TokenURL)
	if f.ClientSecret != "" {
		c.secret(f.At("client_secret"), "auth: oauth2.client_secret", f.ClientSecret)
	}
	if f.JWT != nil {
		o.JWT = c.jwt(f.JWT)
	}
	switch {
	case f.Grant == "client_credentials" && f.ClientSecret == "" && f.JWT == nil:
		c.wrong.Add(f.At("grant"), "auth: oauth2: client_credentials needs client_secret or jwt")
	case f.Grant == "jwt_bearer" && f.JWT == nil:
		c.wrong.Add(f.At("grant"), "auth: oauth2: jwt_bearer needs jwt")
	case f.Grant == "refresh_token":
		c.secret(f.At("refresh_token"), "auth: oauth2.refresh_token", f.RefreshToken)
	}
	return o
}

// exprOr compiles an expression on an answer, or its default.
func (c *compiler) exprOr(e file.Expression, otherwise string) Expr {
	if e.Source == "" {
		e.Source = otherwise
	}
	return c.expr(e, answerNames)
}

func (c *compiler) jwt(f *file.JWT) *JWT {
	j := &JWT{Key: f.Key, Lifetime: f.Lifetime.Duration}
	if j.Lifetime == 0 {
		j.Lifetime = 5 * time.Minute
	}
	c.secret(f.At("key"), "auth: jwt.key", f.Key)
	j.KeyID, j.Issuer = c.text(f.KeyID, sees("settings")), c.text(f.Issuer, sees("settings"))
	j.Subject, j.Audience = c.text(f.Subject, sees("settings")), c.text(f.Audience, sees("settings"))
	for _, name := range slices.Sorted(maps.Keys(f.Claims)) {
		j.Claims = append(j.Claims, Param{Name: name, Values: []Text{c.text(f.Claims[name], sees("settings"))}})
	}
	return j
}

func (c *compiler) session(f *file.Session) *Session {
	s := &Session{
		Request: c.request(&f.Request, "the sign-in", sees("settings")), Token: c.expr(f.Token, answerNames),
		Lifetime: f.Lifetime.Duration, Send: c.send(f.Header, f.Query),
	}
	if f.Token.Source == "" {
		c.wrong.Add(f.At("token"), "auth: session.token must be given: where the answer has the token")
	}
	if f.Request.Path.Source == "" && f.Request.URL.Source == "" {
		c.wrong.Add(f.At("request"), "auth: session.request: path must be given")
	}
	return s
}

func (c *compiler) send(header *file.TokenHeader, query *file.TokenQuery) Send {
	if query != nil {
		if query.Name == "" || header != nil {
			c.wrong.Add(query.At("name"), "auth: a token is sent in a header or in a parameter with a name")
		}
		return Send{Query: query.Name}
	}
	s := Send{Header: "Authorization", Prefix: "Bearer "}
	if header == nil {
		return s
	}
	if header.Name != "" {
		if !headerName.MatchString(header.Name) {
			c.wrong.Add(header.At("name"), "auth: header.name: %q is not a name of a header", header.Name)
		}
		if !strings.EqualFold(header.Name, s.Header) {
			s.Prefix = ""
		}
		s.Header = header.Name
	}
	if header.Prefix != nil {
		s.Prefix = *header.Prefix
	}
	return s
}

// choose compiles the ways among which a setting chooses.
func (c *compiler) choose(f *file.Choose, a *Auth) {
	a.Setting, a.Ways = f.Setting, map[string]*Auth{}
	var choices []string
	for _, s := range c.file.Settings {
		if s.Name == f.Setting && !s.Secret {
			for _, choice := range s.Choices {
				choices = append(choices, fmt.Sprint(choice))
			}
		}
	}
	if len(choices) == 0 {
		c.wrong.Add(f.At("setting"), "auth: choose.setting: %q does not name a setting with choices%s",
			f.Setting, file.Nearest(f.Setting, c.known))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Ways)) {
		way := f.Ways[name]
		if way.Choose != nil {
			c.wrong.Add(way.At("choose"), "auth: choose stands once, not within itself")
			continue
		}
		if len(choices) > 0 && !slices.Contains(choices, name) {
			c.wrong.Add(f.At("ways"), "auth: choose.ways: %q is not a choice of the setting %q%s", name, f.Setting, file.Nearest(name, choices))
		}
		a.Ways[name] = c.auth(&way)
	}
	for _, choice := range choices {
		if a.Ways[choice] == nil {
			c.wrong.Add(f.At("ways"), "auth: choose.ways has no way for the choice %q", choice)
		}
	}
}
