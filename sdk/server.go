package sdk

import (
	"context"
	"sync"
	"time"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// server answers the host's calls.
type server struct {
	connectorv1.UnimplementedConnectorServer
	connector *Connector
	describe  *connectorv1.DescribeResponse
	before    func()          // runs before the first call reaches author code
	process   context.Context // of the program, not of a call; ends when the program must stop

	attached bool        // a person started the program, and hosts come and go
	offers   chan *offer // calls of Tunnel that wait for a connection
	renewals renewals    // calls of Renew

	calls sync.WaitGroup
}

// NewServer returns the connector as a gRPC service, for a test in the same process. A program
// calls Serve.
func NewServer(c *Connector) (connectorv1.ConnectorServer, error) {
	return newServer(context.Background(), c, func() {})
}

func newServer(process context.Context, c *Connector, before func()) (*server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	d, err := c.describe()
	if err != nil {
		return nil, err
	}
	return &server{connector: c, describe: d, process: process, before: sync.OnceFunc(before), offers: make(chan *offer)}, nil
}

// Describe returns the descriptor.
func (s *server) Describe(context.Context, *connectorv1.DescribeRequest) (*connectorv1.DescribeResponse, error) {
	s.before()
	return s.describe, nil
}

func (s *server) begin() {
	s.before()
	s.calls.Add(1)
}

func (s *server) end() { s.calls.Done() }

// bind returns the context of a call, which also ends with the program.
func (s *server) bind(call context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(call)
	stop := context.AfterFunc(s.process, func() { cancel(context.Cause(s.process)) })
	return ctx, func() { stop(); cancel(nil) }
}

// drain waits until every call has cleaned up, for at most patience.
func (s *server) drain(patience time.Duration) {
	idle := make(chan struct{})
	go func() { s.calls.Wait(); close(idle) }() // ends with the last call, or with the program
	select {
	case <-idle:
	case <-time.After(patience):
	}
}
