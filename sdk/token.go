package sdk

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// Token is a credential that a system gives for a while. All clients and streams that use one
// Token share the credential. It is obtained for the first request, again before it expires, and
// once more when the system refuses it.
type Token struct {
	// Obtain asks the system for a new credential and returns how long it holds. 0 means that the
	// system does not say it. Package oauth has the usual ways.
	Obtain func(ctx context.Context) (Secret, time.Duration, error)

	Header string // "" = Authorization
	Prefix string // before the credential; "" = "Bearer " in the header Authorization, and nothing in another one

	mu     sync.Mutex
	held   Secret
	until  time.Time // when a new one is needed; zero = not known
	number int       // counts the credentials
}

// Current returns the credential and its number. It obtains a new one when there is none or it is
// about to expire. Others that want one meanwhile wait.
func (t *Token) Current(ctx context.Context, s *Session) (Secret, int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.held.Empty() && (t.until.IsZero() || time.Now().Before(t.until)) {
		return t.held, t.number, nil
	}
	held, lifetime, err := t.Obtain(ctx)
	if err != nil {
		return Secret{}, 0, err
	}
	s.Conceal(held)
	t.held, t.until = held, time.Time{}
	t.number++
	if lifetime > 0 {
		t.until = time.Now().Add(lifetime - min(time.Minute, lifetime/10))
	}
	return t.held, t.number, nil
}

// Refused gives up the credential with that number, unless another one has replaced it.
func (t *Token) Refused(number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.number == number {
		t.held = Secret{}
	}
}

// header returns the header that carries the credential.
func (t *Token) header(credential Secret) map[string]Secret {
	prefix := t.Prefix
	if prefix == "" && t.Header == "" {
		prefix = "Bearer "
	}
	return map[string]Secret{cmp.Or(t.Header, "Authorization"): NewSecret(prefix + credential.Reveal())}
}

// do sends a request with the client's token, where it has one.
func (c *Client) do(ctx context.Context, r request) (*Response, error) {
	token := c.options.Token
	if token == nil {
		return c.retried(ctx, r)
	}
	for again := true; ; again = false {
		credential, number, err := token.Current(ctx, c.session)
		if err != nil {
			return nil, err
		}
		r.token = token.header(credential)
		answer, err := c.retried(ctx, r)
		var refused *Error
		if !again || !errors.As(err, &refused) || refused.Code != CodeAuthInvalid || refused.UpstreamStatus == 0 {
			return answer, err
		}
		token.Refused(number)
	}
}
