package egress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// tunnelCall is one call of Tunnel.
type tunnelCall = grpc.BidiStreamingClient[connectorv1.TunnelRequest, connectorv1.TunnelResponse]

// Serve opens the connections that the process asks for, until the gate closes or the
// process ends. It is called once, after the handshake.
//
// One call of Tunnel always waits at the process. When the process takes it, Serve opens
// the next. So gRPC's flow control works for each connection by itself.
func (g *Gate) Serve(wire connectorv1.ConnectorClient) {
	g.serving.Go(func() { // ends with Close, or with the process
		slots := make(chan struct{}, maxTunnels)
		idle := 0 // calls in a row that ended without asking for a connection
		for {
			select {
			case slots <- struct{}{}:
			case <-g.ctx.Done():
				return
			}
			ctx, cancel := context.WithCancel(g.ctx)
			call, request, err := offer(ctx, wire)
			if errors.Is(err, io.EOF) && idle < maxTunnels { // what wanted a connection was cancelled
				cancel()
				<-slots
				idle++
				continue
			}
			if err != nil {
				cancel()
				g.unlinked.Store(status.Code(err) == codes.Unimplemented)
				return
			}
			idle = 0
			g.serving.Go(func() { // ends when either side ends the connection, or with Close
				defer func() { <-slots }()
				defer cancel()
				g.carry(ctx, call, request)
			})
		}
	})
}

// Linked reports whether the process implements Tunnel, as far as is known.
func (g *Gate) Linked() bool { return !g.unlinked.Load() }

// offer opens a call and returns when the process has taken it.
func offer(ctx context.Context, wire connectorv1.ConnectorClient) (tunnelCall, *connectorv1.TunnelConnect, error) {
	call, err := wire.Tunnel(ctx)
	if err != nil {
		return nil, nil, err
	}
	first, err := call.Recv()
	if err != nil {
		return nil, nil, err
	}
	if first.GetConnect() == nil {
		return nil, nil, errors.New("the connector began a tunnel without connect")
	}
	return call, first.GetConnect(), nil
}

// carry opens the connection that was asked for and copies both ways.
func (g *Gate) carry(ctx context.Context, call tunnelCall, request *connectorv1.TunnelConnect) {
	name, port := request.GetHost(), int(request.GetPort())
	far, err := g.dialAsked(ctx, name, port)
	if err != nil {
		r := &refusal{reason: sdk.EgressRefused, words: err.Error()}
		errors.As(err, &r)
		_ = call.Send(refusedMessage(r)) // a process that has ended needs no answer
		_ = call.CloseSend()
		_, _ = call.Recv() // the process ends the call when it has read the refusal
		return
	}
	defer far.Close()
	// Reading and writing end with the call, also where nothing moves.
	defer context.AfterFunc(ctx, func() { _ = far.Close() })()
	opened := &connectorv1.TunnelOpened{Address: addressOf(far)}
	if call.Send(&connectorv1.TunnelRequest{Message: &connectorv1.TunnelRequest_Opened{Opened: opened}}) != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() { bring(call, far) }) // ends when the far side ends or far is closed
	take(call, far)
	_ = far.Close() // the process has ended the connection
	back.Wait()
}

// dialAsked is dial for a name and port that were not checked yet.
func (g *Gate) dialAsked(ctx context.Context, name string, port int) (net.Conn, error) {
	if len(name) > maxName || port < 1 || port > 65535 {
		why := refused(sdk.EgressDenied, "the connector asked for a host of %d characters and port %d", len(name), port)
		g.count(others, 0, func(c *host.Contact) { c.Denied, c.Reason = c.Denied+1, why.words })
		return nil, why
	}
	return g.dial(ctx, name, port)
}

func refusedMessage(r *refusal) *connectorv1.TunnelRequest {
	return &connectorv1.TunnelRequest{Message: &connectorv1.TunnelRequest_Refused{
		Refused: &connectorv1.TunnelRefused{Reason: r.reason, Message: r.words},
	}}
}

// bring copies from the far side to the process and then ends that direction.
func bring(call tunnelCall, from io.Reader) {
	chunk := make([]byte, sdk.MaxTunnelBytes)
	for {
		n, err := from.Read(chunk)
		if n > 0 {
			data := bytes.Clone(chunk[:n]) // gRPC may keep it after Send
			if call.Send(&connectorv1.TunnelRequest{Message: &connectorv1.TunnelRequest_Data{Data: data}}) != nil {
				return
			}
		}
		if err != nil {
			_ = call.CloseSend() // the process reads the end
			return
		}
	}
}

// take copies from the process to the far side until the process ends the call.
func take(call tunnelCall, to net.Conn) {
	for {
		message, err := call.Recv()
		if err != nil {
			return
		}
		if _, err := to.Write(message.GetData()); err != nil {
			return
		}
	}
}
