package upstream

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
)

// Director receives every moment that agent and connector reach. One moment can
// be armed; the program that reaches it waits until the case releases it.
type Director struct {
	Socket   string
	listener net.Listener

	mu   sync.Mutex
	trap *Trap
	seen map[string]int // since the trap was set
	said map[string]url.Values
}

// Trap is an armed moment.
type Trap struct {
	moment string
	nth    int // which time it is reached, from 1
	Sprung chan *Visit
}

// Visit is a program that waits at the armed moment.
type Visit struct {
	Moment string
	Gone   <-chan struct{} // closed when the visitor gave up waiting
	answer chan string
	once   sync.Once
}

// Release lets the visitor go on, with an order or "".
func (v *Visit) Release(order string) { v.once.Do(func() { v.answer <- order }) }

// NewDirector returns a director that the agent reaches at a unix socket.
func NewDirector(socket string) (*Director, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen for moments: %w", err)
	}
	d := &Director{Socket: socket, listener: listener, seen: map[string]int{}, said: map[string]url.Values{}}
	go d.serve() // ends with close
	return d, nil
}

// Close ends the director.
func (d *Director) Close() error { return d.listener.Close() }

func (d *Director) serve() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		go d.hear(conn) // ends when the agent is answered or gone
	}
}

// hear takes one moment of the agent. The agent being killed ends the wait.
func (d *Director) hear(conn net.Conn) {
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

// Arm makes the nth time moment is reached from now on the one that waits.
func (d *Director) Arm(moment string, nth int) *Trap {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trap = &Trap{moment: moment, nth: nth, Sprung: make(chan *Visit, 1)}
	clear(d.seen)
	return d.trap
}

// Disarm removes every trap.
func (d *Director) Disarm() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trap = nil
}

// reach notes a moment and returns the order of the case, at once unless the
// moment is the armed one.
func (d *Director) reach(ctx context.Context, moment string, said url.Values) string {
	d.mu.Lock()
	d.seen[moment]++
	d.said[moment] = said
	t := d.trap
	if t == nil || t.moment != moment || d.seen[moment] != t.nth {
		d.mu.Unlock()
		return ""
	}
	d.mu.Unlock()
	v := &Visit{Moment: moment, Gone: ctx.Done(), answer: make(chan string, 1)}
	t.Sprung <- v
	select {
	case order := <-v.answer:
		return order
	case <-ctx.Done():
		return ""
	}
}

// Times returns how often a moment was reached since the last trap was set.
func (d *Director) Times(moment string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen[moment]
}

// Heard returns what came with a moment when it was reached last.
func (d *Director) Heard(moment, name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said[moment].Get(name)
}
