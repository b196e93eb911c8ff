package notify_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/notify"
	"github.com/plumbline-dev/plumbline/host/internal/notify/send"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/notification"
)

var monday = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func as(t *testing.T) context.Context {
	t.Helper()
	return host.WithActor(t.Context(), host.Actor{Kind: host.ActorPerson, ID: "1000", Name: "anna", Auth: host.AuthLocal})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// company is connections, a clock and notifications about them.
type company struct {
	t         *testing.T
	dir       string
	journal   *journal.Journal
	key       *secret.MasterKey
	notify    *notify.Notify
	now       time.Time
	standings map[string]notify.Standing
	causes    map[string]notify.Cause
}

func newCompany(t *testing.T, connections int) *company {
	t.Helper()
	c := &company{t: t, dir: t.TempDir(), now: monday, standings: map[string]notify.Standing{}, causes: map[string]notify.Cause{}}
	var err error
	c.key, err = secret.OpenMasterKey(c.dir, secret.BackendFile)
	must(t, err)
	c.journal, err = journal.Open(journal.Options{Dir: filepath.Join(c.dir, "store"), Key: c.key.StoreKey(), MinFreeBytes: 1})
	must(t, err)
	t.Cleanup(func() { must(t, c.journal.Close()) })
	c.notify = c.open(c.notifications())
	for i := range connections {
		c.set(name(i), host.HealthHealthy)
	}
	c.step() // takes note
	return c
}

func name(i int) string { return fmt.Sprintf("c%03d", i) }

func (c *company) notifications() string { return filepath.Join(c.dir, "notifications") }

func (c *company) open(dir string) *notify.Notify {
	c.t.Helper()
	n, err := notify.Open(notify.Config{
		Dir: dir, Journal: c.journal, Key: c.key, Events: event.New(100), Now: func() time.Time { return c.now },
		Address: "https://plumbline.example.com/", Logger: slog.New(slog.DiscardHandler),
		Sender: send.New(func(*url.URL) (*url.URL, error) { return nil, nil }, nil),
	})
	must(c.t, err)
	return n
}

func (c *company) set(alias string, health host.Health, change ...func(*notify.Standing)) {
	s := notify.Standing{ID: "id-" + alias, Alias: alias, Health: health}
	for _, f := range change {
		f(&s)
	}
	c.standings[s.ID] = s
}

// fail makes a connection unhealthy for a cause.
func (c *company) fail(alias string, cause diagnosis.CauseID, change ...func(*notify.Standing)) {
	c.set(alias, host.HealthUnhealthy, change...)
	c.causes["id-"+alias] = notify.Cause{
		ID: cause, Title: "Title of " + string(cause), Remedy: "Do something.", Who: diagnosis.ActYou, Connector: "okta",
	}
}

func (c *company) source() notify.Source {
	return notify.Source{
		Standings: func(context.Context) (all []notify.Standing, err error) {
			for _, s := range c.standings {
				all = append(all, s)
			}
			return all, nil
		},
		Causes: func(context.Context, []string) (map[string]notify.Cause, error) { return c.causes, nil },
	}
}

func (c *company) step() time.Time {
	c.t.Helper()
	next, err := c.notify.Step(c.t.Context(), c.source())
	must(c.t, err)
	return next
}

// pass lets time pass, with a step whenever one is due.
func (c *company) pass(span time.Duration) {
	c.t.Helper()
	end := c.now.Add(span)
	for {
		next := c.step()
		if next.IsZero() || next.After(end) {
			break
		}
		c.now = later(next, c.now.Add(time.Second))
	}
	c.now = end
	c.step()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// titles returns the titles of all notifications, oldest first.
func (c *company) titles() (all []string) {
	for _, n := range c.notify.List(1000) {
		all = append([]string{n.Title}, all...)
	}
	return all
}

func (c *company) add(channel notification.Channel, secrets map[string]string) notify.Added {
	c.t.Helper()
	added, err := c.notify.Add(as(c.t), channel, secrets)
	must(c.t, err)
	return added
}

// receiver is a webhook receiver.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer func(http.ResponseWriter, *http.Request) bool // true = it answered
}

type received struct {
	header http.Header
	body   []byte
	event  send.Event
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.answer != nil && r.answer(w, q) {
			return
		}
		body, _ := io.ReadAll(q.Body)
		one := received{header: q.Header.Clone(), body: body}
		_ = json.Unmarshal(body, &one.event)
		r.got = append(r.got, one)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

func (r *receiver) answers(f func(http.ResponseWriter, *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// mailServer is an SMTP server on this machine. It takes every message unless it is down.
type mailServer struct {
	listener net.Listener
	mu       sync.Mutex
	got      []letter
	down     bool
	refuse   string // answer to RCPT; empty = 250
	took     func() // called when a message was taken and before that is answered
	sessions sync.WaitGroup
}

type letter struct {
	to   []string
	text string
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	m := &mailServer{listener: l}
	m.sessions.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			m.sessions.Go(func() { m.session(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); m.sessions.Wait() })
	return m
}

func (m *mailServer) port() int { return m.listener.Addr().(*net.TCPAddr).Port }

func (m *mailServer) set(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

func (m *mailServer) all() []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]letter(nil), m.got...)
}

func (m *mailServer) session(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	m.mu.Lock()
	down := m.down
	m.mu.Unlock()
	if down {
		return
	}
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 mail.test ready")
	lines, one := bufio.NewReader(conn), letter{}
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(line[:min(4, len(line))]); verb {
		case "EHLO":
			say("250-mail.test\r\n250 8BITMIME")
		case "RCPT":
			if m.refuse != "" {
				say(m.refuse)
				continue
			}
			one.to = append(one.to, strings.Trim(strings.TrimSpace(line[8:]), "<>"))
			say("250 ok")
		case "DATA":
			say("354 go on")
			for {
				part, err := lines.ReadString('\n')
				if err != nil {
					return
				}
				if part == ".\r\n" {
					break
				}
				one.text += part
			}
			m.mu.Lock()
			m.got = append(m.got, one)
			took := m.took
			m.mu.Unlock()
			one = letter{}
			if took != nil {
				took()
			}
			say("250 queued as 17")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (m *mailServer) channel() notification.Channel {
	return notification.Channel{Name: "Mail", Type: notification.ChannelEmail, Email: &notification.Email{
		Server: "127.0.0.1", Port: m.port(), Security: notification.SecurityNone, From: "plumbline@example.com", To: []string{"ops@example.com"},
	}}
}

func (l letter) header(name string) string {
	for line := range strings.SplitSeq(l.text, "\r\n") {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			return value
		}
	}
	return ""
}
