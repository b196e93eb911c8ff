package access

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// Guard lets browsers in: a one-time link gives one a session, and the session names the
// person who acts.
type Guard struct {
	links  *links
	key    []byte
	logger func() *slog.Logger
}

// New returns a guard without links. It signs sessions with key, and logs wrong tokens.
func New(key []byte, logger func() *slog.Logger) *Guard {
	return &Guard{links: newLinks(), key: key, logger: logger}
}

// requestHeader must be on every write of a browser. A page of another origin cannot set
// it without a preflight request, which this server never grants.
const requestHeader = "X-Plumbline-Request"

// policy lets the screens load from this server only.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Hardened sets the headers every answer has.
func Hardened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// LocalOnly refuses requests whose Host or Origin is not this machine. Otherwise a web page
// whose name resolves to 127.0.0.1 could read the answers.
func LocalOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopbackName(r.Host) {
			problemjson.Write(w, forbidden("the host name "+r.Host+" is not this machine's loopback address"))
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
			problemjson.Write(w, forbidden("a page of "+origin+" may not use this API"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Guarded requires a session for the API and for the metrics. The screens themselves hold no data.
func (g *Guard) Guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") && r.URL.Path != route.Metrics {
			next.ServeHTTP(w, r)
			return
		}
		person, ok := g.personOf(r)
		if !ok {
			problemjson.Write(w, &host.Problem{
				Code:    host.CodeUnauthenticated,
				Message: "this browser has no session, or it has run out",
				Remedy:  "Run `plumbline open` for a new link.",
				Fault:   host.FaultCustomer,
				Retry:   host.RetryWhenCredentialChanges,
			})
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get(requestHeader) == "" {
			problemjson.Write(w, forbidden("a write needs the header "+requestHeader))
			return
		}
		next.ServeHTTP(w, r.WithContext(host.WithActor(r.Context(), person)))
	})
}

func forbidden(why string) *host.Problem {
	return host.Refused(host.CodeForbidden, "Open the address that `plumbline open` prints.", "%s", why)
}

func loopbackName(hostport string) bool {
	name := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		name = h
	}
	if name == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.IsLoopback()
}

func sameOrigin(origin, hostport string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "http" && u.Host == hostport
}
