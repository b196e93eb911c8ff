package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
)

// director hears of every moment that agent and connector reach. One moment can
// be armed; whoever reaches it waits until the case lets go.
type director struct {
	socket   string
	listener net.Listener

	mu   sync.Mutex
	trap *trap
	seen map[string]int // since the trap was set
	said map[string]url.Values
}

// trap is an armed moment.
type trap struct {
	moment string
	nth    int // which time it is reached, from 1
	sprung chan *visit
}

// visit is somebody waiting at the armed moment.
type visit struct {
	moment string
	gone   <-chan struct{} // closed when the visitor gave up waiting
	answer chan string
	once   sync.Once
}

// release lets the visitor go on, with an order or "".
func (v *visit) release(order string) { v.once.Do(func() { v.answer <- order }) }

func newDirector(socket string) (*director, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen for moments: %w", err)
	}
	d := &director{socket: socket, listener: listener, seen: map[string]int{}, said: map[string]url.Values{}}
	go d.serve() // ends with close
	return d, nil
}

func (d *director) close() error { return d.listener.Close() }

func (d *director) serve() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		go d.hear(conn) // ends when the agent is answered or gone
	}
}

// hear takes one moment of the agent. The agent being killed ends the wait.
func (d *director) hear(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	moment, err := reader.ReadString('\n')
	if err != nil {
		return
	}
	ctx, gone := context.WithCancel(context.Background())
	go func() { // ends when the agent closes its side, which it does in any case
		_, _ = reader.ReadByte()
		gone()
	}()
	fmt.Fprintln(conn, d.reach(ctx, "host."+strings.TrimSpace(moment), nil))
}

// arm makes the nth time moment is reached from now on the one that waits.
func (d *director) arm(moment string, nth int) *trap {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trap = &trap{moment: moment, nth: nth, sprung: make(chan *visit, 1)}
	clear(d.seen)
	return d.trap
}

func (d *director) disarm() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trap = nil
}

// reach notes a moment and returns the order of the case, at once unless the
// moment is the armed one.
func (d *director) reach(ctx context.Context, moment string, said url.Values) string {
	d.mu.Lock()
	d.seen[moment]++
	d.said[moment] = said
	t := d.trap
	if t == nil || t.moment != moment || d.seen[moment] != t.nth {
		d.mu.Unlock()
		return ""
	}
	d.mu.Unlock()
	v := &visit{moment: moment, gone: ctx.Done(), answer: make(chan string, 1)}
	t.sprung <- v
	select {
	case order := <-v.answer:
		return order
	case <-ctx.Done():
		return ""
	}
}

// times returns how often a moment was reached since the last trap was set.
func (d *director) times(moment string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen[moment]
}

// heard returns what came with a moment when it was reached last.
func (d *director) heard(moment, name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said[moment].Get(name)
}
