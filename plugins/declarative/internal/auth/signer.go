package auth

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/request"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

// Signer signs the requests of one run in. It is safe for concurrent use.
type Signer struct {
	caller *request.Caller
	way    *plan.Auth

	token   sdk.Token  // where signing in takes a request
	refresh sdk.Secret // the latest one of this run; only for the one that obtains a token

	mu  sync.Mutex
	own map[*plan.Auth]*Signer // of the streams that sign in otherwise
}

// New returns the signer of a run and has the caller use it. With several ways the
// setting decides.
func New(c *request.Caller) (*Signer, error) {
	way := c.Plan.Auth
	if way.Setting != "" {
		chosen := fmt.Sprint(c.Settings()[way.Setting])
		if way.Ways[chosen] == nil {
			return nil, sdk.ConfigInvalid("/"+way.Setting, "%s must be one of the ways to sign in", way.Setting)
		}
		way = way.Ways[chosen]
	}
	s := signerOf(c, way)
	c.Sign = func(ctx context.Context, way *plan.Auth, a *sdk.Ask) (int, error) { return s.of(way).Sign(ctx, a) }
	c.Renew = func(way *plan.Auth, stamp int) bool { return s.of(way).Renew(stamp) }
	return s, nil
}

func signerOf(c *request.Caller, way *plan.Auth) *Signer {
	s := &Signer{caller: c, way: way}
	s.token.Obtain = s.obtain
	return s
}

// of returns the signer of a stream's own way, or the one of the file.
func (s *Signer) of(way *plan.Auth) *Signer {
	if way == nil {
		return s
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.own[way]
	if own == nil {
		own = signerOf(s.caller, way)
		if s.own == nil {
			s.own = map[*plan.Auth]*Signer{}
		}
		s.own[way] = own
	}
	return own
}

// Ready obtains the token, where there is one.
func (s *Signer) Ready(ctx context.Context) error {
	if !s.way.Asks() {
		return nil
	}
	_, _, err := s.token.Current(ctx, s.caller.Session)
	return err
}

// Asks reports whether signing in takes a request.
func (s *Signer) Asks() bool { return s.way.Asks() }

// Sign adds the credential to a request.
func (s *Signer) Sign(ctx context.Context, a *sdk.Ask) (int, error) {
	a.SecretHeader, a.SecretQuery = map[string]sdk.Secret{}, map[string]sdk.Secret{}
	secret := s.caller.Session.Secret
	w := s.way
	switch {
	case w.Bearer != "":
		a.SecretHeader["Authorization"] = secret(w.Bearer).Bearer()
	case len(w.Headers) > 0:
		for _, h := range w.Headers {
			value := h.Prefix + secret(h.Secret).Reveal()
			if h.Value != "" {
				value = s.composed(h.Value)
			}
			a.SecretHeader[h.Name] = sdk.NewSecret(value)
		}
	case w.Query != nil:
		a.SecretQuery[w.Query.Name] = secret(w.Query.Secret)
	case w.Basic != nil:
		name, err := s.identify(ctx, w.Basic.Username)
		if err != nil {
			return 0, sdk.ConfigInvalid("", "the user name cannot be built: %s", err.Error())
		}
		a.SecretHeader["Authorization"] = sdk.Basic(name, s.password(w.Basic))
	case w.Asks():
		return s.addToken(ctx, a)
	}
	return 0, nil
}

// password returns the secret that is the password, or the text that the file gives.
func (s *Signer) password(b *plan.Basic) sdk.Secret {
	for _, setting := range s.caller.Plan.File.Settings {
		if setting.Name == b.Password {
			return s.caller.Session.Secret(b.Password)
		}
	}
	return sdk.NewSecret(b.Password)
}

// composed returns a text with the secrets that it names in braces.
func (s *Signer) composed(text string) string {
	var pairs []string
	for _, setting := range s.caller.Plan.File.Settings {
		if setting.Secret {
			pairs = append(pairs, "{"+setting.Name+"}", s.caller.Session.Secret(setting.Name).Reveal())
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// identify returns a text, or the secret that stands for it.
func (s *Signer) identify(ctx context.Context, i plan.Identifier) (sdk.Secret, error) {
	if i.Secret != "" {
		return s.caller.Session.Secret(i.Secret), nil
	}
	text, err := i.Text.In(ctx, s.caller.Scope)
	return sdk.NewSecret(text), err
}

func (s *Signer) addToken(ctx context.Context, a *sdk.Ask) (int, error) {
	token, stamp, err := s.token.Current(ctx, s.caller.Session)
	if err != nil {
		return 0, err
	}
	send := s.send()
	if send.Query != "" {
		a.SecretQuery[send.Query] = token
	} else {
		a.SecretHeader[send.Header] = sdk.NewSecret(send.Prefix + token.Reveal())
	}
	return stamp, nil
}

func (s *Signer) send() plan.Send {
	if s.way.OAuth2 != nil {
		return s.way.OAuth2.Send
	}
	return s.way.Session.Send
}

// obtain obtains a token.
func (s *Signer) obtain(ctx context.Context) (sdk.Secret, time.Duration, error) {
	if s.way.OAuth2 != nil {
		return s.fromServer(ctx)
	}
	return s.fromSession(ctx)
}

// Renew gives up the token with that stamp. It returns true when a request that the
// system refused may be tried once more.
func (s *Signer) Renew(stamp int) bool {
	if !s.way.Asks() {
		return false
	}
	s.token.Refused(stamp)
	return true
}

// fromSession obtains a token with a request of the API.
func (s *Signer) fromSession(ctx context.Context) (sdk.Secret, time.Duration, error) {
	way := s.way.Session
	call, err := s.caller.Prepare(ctx, way.Request, s.caller.Scope)
	if err != nil {
		return sdk.Secret{}, 0, err
	}
	call.Unsigned()
	answer, err := s.caller.Send(ctx, call)
	if err != nil {
		return sdk.Secret{}, 0, oauth.Refused(err)
	}
	token, err := tokenIn(ctx, way.Token, answer.Scope(s.caller.Scope))
	return token, way.Lifetime, err
}

// tokenIn returns the token in an answer.
func tokenIn(ctx context.Context, e plan.Expr, in plan.Scope) (sdk.Secret, error) {
	value, err := e.Value(ctx, in)
	if err != nil {
		return sdk.Secret{}, sdk.Errorf(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	text, ok := value.(string)
	if !ok || text == "" {
		return sdk.Secret{}, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer to the sign-in has no token at %s", e)
	}
	return sdk.NewSecret(text), nil
}

// fields returns the values of parameters.
func fields(ctx context.Context, params []plan.Param, in plan.Scope) (map[string]string, error) {
	all := map[string]string{}
	for _, p := range params {
		text, err := p.Values[0].In(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		all[p.Name] = text
	}
	return all, nil
}
