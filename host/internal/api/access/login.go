package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"html/template"
	"maps"
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
	spentKept  = 24 * time.Hour // how long the page can say why a link opens nothing
)

// Bounds of wrong tokens. Other users of this machine can reach the web UI's address.
const (
	mostWrong   = 10 // within wrongSpan, before every attempt is refused for a while
	wrongSpan   = time.Minute
	mostGuesses = 50 // while links are open, before all of them are void
)

// attempt is the result of trying a token.
type attempt int

const (
	attemptGood attempt = iota
	attemptWrong
	attemptUsed    // a link that was opened before
	attemptExpired // a link whose time is over
	attemptTooMany // it was not compared
	attemptVoided  // wrong, and one too many: all open links are void now
)

// openLink is a link that was not used yet.
type openLink struct {
	until time.Time
	maker host.Actor // the browser that opens it acts for this person
}

// spentLink is a link that opens nothing any more. It is remembered so that the page can
// say why.
type spentLink struct {
	until time.Time // when it is forgotten
	why   attempt   // attemptUsed or attemptExpired
}

// links are the one-time tokens, by their SHA-256. They are not stored: a restart makes
// them void.
type links struct {
	mu      sync.Mutex
	open    map[[sha256.Size]byte]openLink
	spent   map[[sha256.Size]byte]spentLink
	wrong   []time.Time // the latest wrong tokens, oldest first
	guesses int         // wrong tokens since a link was last made or used
	address string      // of the web UI; empty while there is none
}

func newLinks() *links {
	return &links{open: map[[sha256.Size]byte]openLink{}, spent: map[[sha256.Size]byte]spentLink{}}
}

// make returns a new token.
func (l *links) make(now time.Time, maker host.Actor) string {
	token := rand.Text()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expireLocked(now)
	l.open[sha256.Sum256([]byte(token))] = openLink{until: now.Add(linkLife), maker: maker}
	return token
}

// expireLocked remembers open links whose time is over as expired, and forgets links that
// were spent long ago.
func (l *links) expireLocked(now time.Time) {
	for t, link := range l.open {
		if !now.Before(link.until) {
			delete(l.open, t)
			l.spent[t] = spentLink{until: now.Add(spentKept), why: attemptExpired}
		}
	}
	maps.DeleteFunc(l.spent, func(_ [sha256.Size]byte, s spentLink) bool { return now.After(s.until) })
}

// use tries a token, and makes a good one void. Every open link is compared, each in
// the same time whatever the token is. It returns who made a good one.
func (l *links) use(token string, now time.Time) (attempt, host.Actor) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.wrong) > 0 && now.Sub(l.wrong[0]) >= wrongSpan {
		l.wrong = l.wrong[1:]
	}
	if len(l.wrong) >= mostWrong {
		return attemptTooMany, host.Actor{}
	}
	l.expireLocked(now)
	given := sha256.Sum256([]byte(token))
	good, maker := false, host.Actor{}
	for sum, link := range l.open {
		if subtle.ConstantTimeCompare(sum[:], given[:]) == 1 {
			good, maker = true, link.maker
			delete(l.open, sum)
			l.spent[sum] = spentLink{until: now.Add(spentKept), why: attemptUsed}
		}
	}
	if good {
		l.guesses = 0
		return attemptGood, maker
	}
	why := attemptWrong
	for sum, s := range l.spent {
		if subtle.ConstantTimeCompare(sum[:], given[:]) == 1 {
			why = s.why
		}
	}
	l.wrong = append(l.wrong, now)
	if l.guesses++; l.guesses >= mostGuesses && len(l.open) > 0 {
		clear(l.open)
		l.guesses = 0
		return attemptVoided, host.Actor{}
	}
	return why, host.Actor{}
}

// SetAddress says where the web UI listens; links point there.
func (g *Guard) SetAddress(address string) {
	g.links.mu.Lock()
	defer g.links.mu.Unlock()
	g.links.address = address
}

// Link is an address that logs one browser in, once.
type Link struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Link makes a one-time link to the web UI for the actor of ctx, or returns a problem
// when the host serves none.
func (g *Guard) Link(ctx context.Context) (Link, error) {
	maker, err := host.Acting(ctx)
	if err != nil {
		return Link{}, err
	}
	g.links.mu.Lock()
	address := g.links.address
	g.links.mu.Unlock()
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
	return Link{URL: "http://" + address + "/login?token=" + g.links.make(now, maker), ExpiresAt: now.Add(linkLife).UTC()}, nil
}

// Login answers a one-time token with a session.
func (g *Guard) Login(w http.ResponseWriter, r *http.Request) {
	status, result, maker := g.tryToken(r)
	if status != http.StatusOK {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", strconv.Itoa(int(wrongSpan.Seconds())))
		}
		w.WriteHeader(status)
		// A client that has gone away needs no answer.
		_ = linkPage.Execute(w, linkWords(result))
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: g.sign(time.Now().Add(sessionAge), browserOf(maker)), Path: "/", MaxAge: int(sessionAge.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// tryToken tries the token of a request, logs a wrong one, and returns the status of the
// answer, how it went and who made a good token.
func (g *Guard) tryToken(r *http.Request) (int, attempt, host.Actor) {
	token := r.URL.Query().Get("token")
	if token == "" {
		return http.StatusUnauthorized, attemptWrong, host.Actor{} // a bookmark, not a guess
	}
	logger := g.logger()
	result, maker := g.links.use(token, time.Now())
	switch result {
	case attemptGood:
		return http.StatusOK, result, maker
	case attemptTooMany:
		return http.StatusTooManyRequests, result, host.Actor{}
	case attemptVoided:
		logger.Warn("too many wrong login tokens: all open login links are void; `plumbline open` makes a new one",
			"from", r.RemoteAddr, "limit", mostGuesses)
	default:
		logger.Warn("a wrong or used login token was tried", "from", r.RemoteAddr)
	}
	return http.StatusUnauthorized, result, host.Actor{}
}

// linkText is what the page of a link that opens nothing says.
type linkText struct{ Title, Why string }

func linkWords(result attempt) linkText {
	switch result {
	case attemptUsed:
		return linkText{"This link has been used", "A link opens Plumbline once. If that was you in this browser, " +
			"you are signed in: open the address without the link. If it was not you, another program or person opened it: get a new link."}
	case attemptExpired:
		return linkText{"This link is too old", "A link opens Plumbline within ten minutes of its making."}
	case attemptTooMany, attemptVoided:
		return linkText{"Too many wrong links", "After many wrong links none is taken for a minute. Wait, then get a new one."}
	default:
		return linkText{"This link opens nothing", "It is incomplete, it was made before Plumbline was started again, or it was never made here."}
	}
}

var linkPage = template.Must(template.New("link").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Title}} · Plumbline</title>
<style>body{font:14px/1.6 Inter,ui-sans-serif,system-ui,sans-serif;max-width:32rem;margin:18vh auto;padding:0 1.5rem;
color:#17191e;background:#fbfbfc}h1{font-size:20px;line-height:28px;margin:0}h2{font-size:13px;margin:1.5rem 0 0}
p,li{color:#565c69}p{margin:.5rem 0}code{font-family:ui-monospace,monospace;padding:.1rem .3rem;border-radius:4px;background:#f4f5f7;
color:#17191e}a{color:#3b55d9}@media(prefers-color-scheme:dark){body{color:#eceef2;background:#0e0f12}p,li{color:#a4abb8}
code{color:#eceef2;background:#1a1d22}a{color:#9dadff}}</style>
<main><h1>{{.Title}}</h1>
<p>{{.Why}}</p>
<h2>How to get in</h2>
<ul><li>On the machine that Plumbline runs on, <code>plumbline open</code> makes a new link and opens it.</li>
<li>The desktop app needs no link: its window is signed in already.</li>
<li>If this browser was signed in before, <a href="/">go on without a link</a>.</li></ul></main>
</html>`))

// sign returns a cookie of a person that is valid until at. The host does not store it, so a
// session outlives a restart.
func (g *Guard) sign(at time.Time, person host.Actor) string {
	payload := strconv.FormatInt(at.Unix(), 10) + "~" + base64.RawURLEncoding.EncodeToString([]byte(encodeActor(person)))
	return payload + "." + base64.RawURLEncoding.EncodeToString(g.mac(payload))
}

func (g *Guard) mac(payload string) []byte {
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(payload))
	return mac.Sum(nil)
}

// personOf returns the person of a browser's session, false when it has none.
func (g *Guard) personOf(r *http.Request) (person host.Actor, ok bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return person, false
	}
	payload, signature, _ := strings.Cut(cookie.Value, ".")
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(given, g.mac(payload)) {
		return person, false
	}
	at, encoded, _ := strings.Cut(payload, "~")
	until, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !time.Now().Before(time.Unix(until, 0)) {
		return person, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	person = decodeActor(string(raw))
	return person, err == nil && person.Validate() == nil
}
