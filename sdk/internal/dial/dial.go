// Package dial lets a test answer instead of the systems that a connector reaches.
package dial

import (
	"context"
	"net"
)

type key struct{}

// Dialer opens a connection to a host and port. It carries plain bytes, also for https.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// With returns a context whose sessions open their connections with d.
func With(ctx context.Context, d Dialer) context.Context { return context.WithValue(ctx, key{}, d) }

// From returns the Dialer of ctx, nil when it has none.
func From(ctx context.Context) Dialer {
	d, _ := ctx.Value(key{}).(Dialer)
	return d
}
