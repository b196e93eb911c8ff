package egress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	// maxContacts is how many hosts are kept apart in what a gate remembers.
	maxContacts = 100
	// maxTunnels is how many connections one process may have open.
	maxTunnels = 128
	// maxName is how long a host name can be (RFC 1035).
	maxName = 253
	// dialTimeout is for one address.
	dialTimeout = 15 * time.Second
)

// others is the contact under which everything past maxContacts is counted.
const others = "(others)"

// Gate is one process's way out. It is safe for concurrent use.
type Gate struct {
	proxy  *Proxy
	policy Policy
	token  string

	ctx     context.Context // ends with Close; it is the gate's, not a call's
	end     context.CancelFunc
	serving sync.WaitGroup // what Serve has started

	mu       sync.Mutex
	closed   bool
	unlinked bool // the process does not implement Tunnel
	contacts map[contactKey]*host.Contact
	open     map[net.Conn]struct{} // both ends of every tunnel
	tunnels  int
}

type contactKey struct {
	host string
	port int
}

// URL returns the address of the proxy with this gate's credential in it. It is a
// secret: whoever has it can go where this process may.
func (g *Gate) URL() string {
	return (&url.URL{Scheme: "http", User: url.UserPassword("run", g.token), Host: g.proxy.Address().String()}).String()
}

// Contacts returns what the process asked for so far, sorted by host and port.
func (g *Gate) Contacts() []host.Contact {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]host.Contact, 0, len(g.contacts))
	for _, c := range g.contacts {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b host.Contact) int {
		return cmp.Or(strings.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port))
	})
	return list
}

// Close cuts every connection of the gate and waits until Serve has ended; the
// gate's credential opens nothing any more.
func (g *Gate) Close() {
	g.proxy.forget(g)
	g.end()
	g.mu.Lock()
	g.closed = true
	for conn := range g.open {
		_ = conn.Close() // the other side of the tunnel sees the end
	}
	g.mu.Unlock()
	g.serving.Wait()
}

// refusal is why no connection was opened.
type refusal struct {
	reason string // one of sdk.Egress…
	words  string
}

func (r *refusal) Error() string { return r.words }

func refused(reason, format string, args ...any) *refusal {
	return &refusal{reason: reason, words: fmt.Sprintf(format, args...)}
}

// refuse is what comes of an address the rule may not lead to: a person can do
// something about it where a setting named it.
func (r Rule) refuse(why error) *refusal {
	if r.Named {
		return refused(sdk.EgressAddress, "%v", why)
	}
	return refused(sdk.EgressDenied, "%v", why)
}

// dial decides about a connection to name and port, opens it, and keeps account
// of either. An error is a *refusal.
func (g *Gate) dial(ctx context.Context, name string, port int) (net.Conn, error) {
	shown := shownName(name)
	conn, err := g.decide(ctx, shown, port)
	g.count(shown, port, func(c *host.Contact) {
		var r *refusal
		switch {
		case errors.As(err, &r) && (r.reason == sdk.EgressDenied || r.reason == sdk.EgressAddress):
			c.Denied++
			c.Reason = r.words
		case err != nil:
			c.Failed++
			c.Reason = err.Error()
		default:
			c.Connections++
			c.Address = addressOf(conn)
		}
	})
	return conn, err
}

// shownName returns the spelling under which a host is compared and counted.
func shownName(name string) string {
	if plain, err := normal(name); err == nil {
		return plain
	}
	return name
}

func addressOf(conn net.Conn) string {
	address, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return address
}

func (g *Gate) decide(ctx context.Context, name string, port int) (net.Conn, error) {
	rule, ok := g.policy.rule(name, port)
	if !ok {
		return nil, refused(sdk.EgressDenied, "%s is not among the hosts this connector declares", net.JoinHostPort(name, fmt.Sprint(port)))
	}
	literal, err := netip.ParseAddr(name)
	isAddress := err == nil
	if isAddress {
		if err := rule.permits(literal); err != nil {
			return nil, rule.refuse(err)
		}
	}
	company, err := g.proxy.config.Company(&url.URL{Scheme: "https", Host: net.JoinHostPort(name, fmt.Sprint(port))})
	if err != nil {
		return nil, refused(sdk.EgressProxy, "%v", err)
	}
	if company != nil {
		return throughCompany(ctx, g.proxy.config.Dial, company, name, port)
	}
	addresses := []netip.Addr{literal}
	if !isAddress {
		if addresses, err = g.lookup(ctx, rule, name); err != nil {
			return nil, err
		}
	}
	return g.reach(ctx, name, addresses, port)
}

// lookup returns the addresses of name that the rule may lead to.
func (g *Gate) lookup(ctx context.Context, rule Rule, name string) ([]netip.Addr, error) {
	found, err := g.proxy.config.Lookup(ctx, name)
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsTimeout:
		return nil, refused(sdk.EgressDNS, "looking up the name %s took too long", name)
	case err != nil || len(found) == 0:
		return nil, refused(sdk.EgressDNS, "the name %s does not resolve", name)
	}
	var allowed []netip.Addr
	var why error
	for _, address := range found {
		if err := rule.permits(address); err != nil {
			why = err
			continue
		}
		allowed = append(allowed, address.Unmap())
	}
	if len(allowed) == 0 {
		return nil, rule.refuse(why)
	}
	return allowed, nil
}

// reach connects to the first of the addresses that answers. They are those that
// were looked at: the name is not looked up again.
func (g *Gate) reach(ctx context.Context, name string, addresses []netip.Addr, port int) (net.Conn, error) {
	var last error
	for _, address := range addresses {
		attempt, cancel := context.WithTimeout(ctx, dialTimeout)
		conn, err := g.proxy.config.Dial(attempt, "tcp", netip.AddrPortFrom(address, uint16(port)).String())
		cancel()
		if err == nil {
			return conn, nil
		}
		last = err
	}
	var timeout net.Error
	if errors.As(last, &timeout) && timeout.Timeout() {
		return nil, refused(sdk.EgressTimeout, "%s did not answer in time", name)
	}
	return nil, refused(sdk.EgressRefused, "%s refused the connection", net.JoinHostPort(name, fmt.Sprint(port)))
}

// count changes the contact of a host, or that of all others when there are too
// many to keep apart.
func (g *Gate) count(name string, port int, change func(*host.Contact)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := contactKey{name, port}
	if _, known := g.contacts[key]; !known && len(g.contacts) >= maxContacts {
		key = contactKey{host: others}
	}
	c, ok := g.contacts[key]
	if !ok {
		c = &host.Contact{Host: key.host, Port: key.port}
		g.contacts[key] = c
	}
	change(c)
}

// enter notes the ends of a tunnel, or returns false when the gate is closed or
// has too many of them.
func (g *Gate) enter(ends ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.tunnels >= maxTunnels {
		return false
	}
	g.tunnels++
	for _, end := range ends {
		g.open[end] = struct{}{}
	}
	return true
}

func (g *Gate) leave(ends ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tunnels--
	for _, end := range ends {
		delete(g.open, end)
	}
}
