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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
)

const (
	// maxContacts is how many hosts a gate counts one by one.
	maxContacts = 100
	// maxTunnels is how many connections a process may have open.
	maxTunnels  = 128
	maxName     = 253              // RFC 1035
	dialTimeout = 15 * time.Second // for one address
)

// others is the contact that counts the hosts above maxContacts.
const others = "(others)"

// Gate opens the connections of one process. It is safe for concurrent use.
type Gate struct {
	proxy  *Proxy
	policy Policy
	token  string

	ctx     context.Context // ends with Close
	end     context.CancelFunc
	serving sync.WaitGroup // what Serve has started

	tunnels chan struct{} // one for each CONNECT, at most maxTunnels

	unlinked atomic.Bool // the process does not implement Tunnel

	mu       sync.Mutex
	contacts map[contactKey]*host.Contact
}

type contactKey struct {
	host string
	port int
}

// URL returns the proxy's address with the gate's token, which is a secret.
func (g *Gate) URL() string {
	return (&url.URL{Scheme: "http", User: url.UserPassword("run", g.token), Host: g.proxy.Address().String()}).String()
}

// Contacts returns the contacts so far, sorted by host and port.
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

// Close cuts every connection of the gate, makes its token invalid and waits until Serve has ended.
func (g *Gate) Close() {
	g.proxy.forget(g)
	g.end()
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

// refuse returns the refusal of an address that the rule may not lead to. A person can
// change a setting that names it.
func (r Rule) refuse(why error) *refusal {
	if r.Named {
		return refused(sdk.EgressAddress, "%v", why)
	}
	return refused(sdk.EgressDenied, "%v", why)
}

// dial decides about a connection to name and port, opens it and counts it. An error is a *refusal.
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
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(g.ctx, func() { _ = conn.Close() })
	return &counted{Conn: conn, gate: g, host: shown, port: port, stop: stop}, nil
}

// counted is the far side of a connection. Its bytes count for the contact, and the gate's end closes it.
type counted struct {
	net.Conn
	gate *Gate
	host string
	port int
	stop func() bool
}

func (c *counted) Close() error {
	c.stop()
	return c.Conn.Close()
}

func (c *counted) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	c.gate.count(c.host, c.port, func(k *host.Contact) { k.Received += int64(n) })
	return n, err
}

func (c *counted) Write(from []byte) (int, error) {
	n, err := c.Conn.Write(from)
	c.gate.count(c.host, c.port, func(k *host.Contact) { k.Sent += int64(n) })
	return n, err
}

// CloseWrite ends what is written.
func (c *counted) CloseWrite() error { return closeWrite(c.Conn) }

// closeWrite ends what is written to a connection, or both directions where it must.
func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return conn.Close()
}

// shownName returns the spelling of a host that is compared and counted.
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
		return nil, refused(sdk.EgressDenied, "%s is not among the hosts this connector declares", joined(name, port))
	}
	literal, err := netip.ParseAddr(name)
	isAddress := err == nil
	if isAddress {
		if err := rule.permits(literal); err != nil {
			return nil, rule.refuse(err)
		}
	}
	company, err := g.proxy.config.Company(&url.URL{Scheme: "https", Host: joined(name, port)})
	if err != nil {
		return nil, refused(sdk.EgressProxy, "%v", err)
	}
	if company != nil {
		return g.throughCompany(ctx, company, name, port)
	}
	addresses := []netip.Addr{literal}
	if !isAddress {
		if addresses, err = g.lookup(ctx, rule, name); err != nil {
			return nil, err
		}
	}
	return g.reach(ctx, name, addresses, port)
}

func joined(name string, port int) string { return net.JoinHostPort(name, strconv.Itoa(port)) }

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

// reach connects to the first address that answers. It does not look up the name again.
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
	return nil, refused(sdk.EgressRefused, "%s refused the connection", joined(name, port))
}

// count changes the contact of a host, or that of all others above maxContacts.
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
