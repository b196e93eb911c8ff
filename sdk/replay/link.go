package replay

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/grpc"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Carry plays the host at the other end of wire. Each connection that the program requests in Tunnel
// goes through the proxy, so faults and visits are the same as for a program that dials by itself.
// Carry returns at once. Its goroutines end with ctx, the program or the proxy.
func (p *Proxy) Carry(ctx context.Context, wire connectorv1.ConnectorClient) {
	ctx, cancel := context.WithCancel(ctx)
	go func() { // ends with the proxy or with ctx
		select {
		case <-p.over:
		case <-ctx.Done():
		}
		cancel()
	}()
	p.serving.Go(func() { // ends with ctx, the program or the proxy
		defer cancel()
		for {
			call, err := wire.Tunnel(ctx)
			if err != nil {
				return
			}
			first, err := call.Recv()
			if err != nil || first.GetConnect() == nil {
				return
			}
			p.serving.Go(func() { p.carry(call, first.GetConnect()) }) // ends with the connection
		}
	})
}

type tunnelCall = grpc.BidiStreamingClient[connectorv1.TunnelRequest, connectorv1.TunnelResponse]

// carry opens one connection through the proxy.
func (p *Proxy) carry(call tunnelCall, to *connectorv1.TunnelConnect) {
	defer func() { _ = call.CloseSend() }()
	conn, err := new(net.Dialer).DialContext(call.Context(), "tcp", p.listener.Addr().String())
	if err != nil {
		return // the proxy has ended
	}
	defer conn.Close()
	defer context.AfterFunc(call.Context(), func() { _ = conn.Close() })()
	reader, refusal := p.connect(conn, net.JoinHostPort(to.GetHost(), strconv.Itoa(int(to.GetPort()))))
	if refusal != nil {
		_ = call.Send(&connectorv1.TunnelRequest{Message: &connectorv1.TunnelRequest_Refused{Refused: refusal}})
		_ = call.CloseSend()
		_, _ = call.Recv() // the program ends the call when it has read the refusal
		return
	}
	opened := &connectorv1.TunnelOpened{Address: "127.0.0.1"}
	if call.Send(&connectorv1.TunnelRequest{Message: &connectorv1.TunnelRequest_Opened{Opened: opened}}) != nil {
		return
	}
	back := make(chan struct{})
	go func() { // ends with the connection
		defer close(back)
		chunk := make([]byte, sdk.MaxTunnelBytes)
		for {
			n, err := reader.Read(chunk)
			data := &connectorv1.TunnelRequest_Data{Data: bytes.Clone(chunk[:n])}
			if n > 0 && call.Send(&connectorv1.TunnelRequest{Message: data}) != nil {
				return
			}
			if err != nil {
				_ = call.CloseSend()
				return
			}
		}
	}()
	for {
		message, err := call.Recv()
		if err != nil {
			break
		}
		if _, err := conn.Write(message.GetData()); err != nil {
			break
		}
	}
	_ = conn.Close()
	<-back
}

// connect sends CONNECT. It returns a reader of the connection, or why the proxy opened none.
func (p *Proxy) connect(conn net.Conn, target string) (io.Reader, *connectorv1.TunnelRefused) {
	credential := base64.StdEncoding.EncodeToString([]byte("run:" + p.token))
	request := &http.Request{
		Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target,
		Header: http.Header{"Proxy-Authorization": {"Basic " + credential}},
	}
	reader := bufio.NewReader(conn)
	refused := func(reason, format string, args ...any) *connectorv1.TunnelRefused {
		return &connectorv1.TunnelRefused{Reason: reason, Message: fmt.Sprintf(format, args...)}
	}
	if err := request.Write(conn); err != nil {
		return nil, refused(sdk.EgressRefused, "the request for %s cannot be sent", target)
	}
	answer, err := http.ReadResponse(reader, request)
	if err != nil {
		return nil, refused(sdk.EgressRefused, "%s was not answered", target)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		return reader, nil
	}
	reason, words, ok := strings.Cut(answer.Header.Get(sdk.EgressHeader), ";")
	if !ok {
		return nil, refused(sdk.EgressProxy, "the proxy answered %s", answer.Status)
	}
	return nil, refused(reason, "%s", strings.TrimSpace(words))
}
