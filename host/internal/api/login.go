package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

const (
	cookieName = "plumbline_session"
	linkLife   = 10 * time.Minute
	sessionAge = 30 * 24 * time.Hour
)

// links are the one-time tokens that have not been used. They live in memory: a
// restart makes them void.
type links struct {
	mu      sync.Mutex
	expires map[string]time.Time
	address string // of the web UI; empty while there is none
}

func newLinks() *links { return &links{expires: map[string]time.Time{}} }

// make returns a new token.
func (l *links) make(now time.Time) string {
	token := rand.Text()
	l.mu.Lock()
	defer l.mu.Unlock()
	for t, at := range l.expires {
		if now.After(at) {
			delete(l.expires, t)
		}
	}
	l.expires[token] = now.Add(linkLife)
	return token
}

// use reports whether token was good, and makes it void.
func (l *links) use(token string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.expires[token]
	delete(l.expires, token)
	return ok && now.Before(at)
}

// SetAddress says where the web UI listens; links point there.
func (s *Server) SetAddress(address string) {
	s.links.mu.Lock()
	defer s.links.mu.Unlock()
	s.links.address = address
}

// Link is an address that logs one browser in, once.
type Link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *Server) createLink(context.Context, *none) (*output[Link], error) {
	return one(s.Link())
}

// Link makes a one-time link to the web UI, or returns a problem when the host
// serves none.
func (s *Server) Link() (Link, error) {
	s.links.mu.Lock()
	address := s.links.address
	s.links.mu.Unlock()
	if address == "" {
		return Link{}, &host.Problem{
			Code:    host.CodeConflict,
			Message: "the web UI is off",
			Remedy:  "Start the agent with --listen 127.0.0.1:8420.",
			Fault:   host.FaultCustomer,
			Retry:   host.RetryWhenConfigChanges,
		}
	}
	now := time.Now()
	return Link{URL: "http://" + address + "/login?token=" + s.links.make(now), ExpiresAt: now.Add(linkLife).UTC()}, nil
}

// login trades a one-time token for a session.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if !s.links.use(r.URL.Query().Get("token"), time.Now()) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusUnauthorized)
		// A client that has gone away needs no answer.
		_ = expiredPage.Execute(w, nil)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: s.sign(time.Now().Add(sessionAge)), Path: "/", MaxAge: int(sessionAge.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "/connections", http.StatusSeeOther)
}

var expiredPage = template.Must(template.New("expired").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>This link has been used · Plumbline</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}code{font-family:ui-monospace,monospace}</style>
<h1>This link has been used</h1>
<p>A link opens Plumbline once, within ten minutes. Get a new one on the machine Plumbline runs on:</p>
<p><code>plumbline open</code></p>
</html>`))

// sign returns a cookie that is good until at. It needs no memory, so a session
// outlives a restart of the host.
func (s *Server) sign(at time.Time) string {
	payload := strconv.FormatInt(at.Unix(), 10)
	return payload + "." + base64.RawURLEncoding.EncodeToString(s.mac(payload))
}

func (s *Server) mac(payload string) []byte {
	mac := hmac.New(sha256.New, s.sessionKey)
	mac.Write([]byte(payload))
	return mac.Sum(nil)
}

func (s *Server) hasSession(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	payload, signature, _ := strings.Cut(cookie.Value, ".")
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(given, s.mac(payload)) {
		return false
	}
	until, err := strconv.ParseInt(payload, 10, 64)
	return err == nil && time.Now().Before(time.Unix(until, 0))
}

// Session says how the caller came in.
type Session struct {
	Kind string `json:"kind" enum:"ok"`
}

// session answers only those the guard lets through, which is all it has to say.
func (s *Server) session(context.Context, *none) (*output[Session], error) {
	return one(Session{Kind: "ok"}, nil)
}
