package sdk

import (
	"context"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// server answers the host's calls.
type server struct {
	connectorv1.UnimplementedConnectorServer
	connector *Connector
	describe  *connectorv1.DescribeResponse
	before    func()          // runs before the first call reaches author code
	process   context.Context // ends when the program has to stop; it is the program's, not a call's

	attached bool        // a person started the program, and hosts come and go
	offers   chan *offer // calls of Tunnel that wait for a connection

	calls sync.WaitGroup
}

// NewServer returns the connector as a gRPC service, for a test that runs it in
// its own process. A program calls Serve.
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

// bind returns call's context, also ended by the end of the program.
func (s *server) bind(call context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(call)
	stop := context.AfterFunc(s.process, func() { cancel(context.Cause(s.process)) })
	return ctx, func() { stop(); cancel(nil) }
}

// drain waits until every call has cleaned up after itself, but not for long.
func (s *server) drain(patience time.Duration) {
	idle := make(chan struct{})
	go func() { s.calls.Wait(); close(idle) }() // ends with the last call, or with the program
	select {
	case <-idle:
	case <-time.After(patience):
	}
}

func durationOf(d time.Duration) *durationpb.Duration { return durationpb.New(d) }
