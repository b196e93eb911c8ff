package sdktest

import (
	"context"
	"io"
	"os"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// ServeRaw serves the given server as a connector program and does not return. The server may break the
// protocol, for tests of the host's defence.
func ServeRaw(server connectorv1.ConnectorServer) {
	go func() { // ends the program when the host closes stdin
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	ServeBare(server, grpc.MaxRecvMsgSize(sdk.MaxMessageBytes))
	os.Exit(0)
}

// ServeBare is ServeRaw without a watch on standard input, and with only these options. It returns when the
// host has asked the program to end.
func ServeBare(server connectorv1.ConnectorServer, options ...grpc.ServerOption) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: sdk.Handshake(),
		Plugins:         goplugin.PluginSet{sdk.PluginName: &rawPlugin{server: server}},
		GRPCServer: func(given []grpc.ServerOption) *grpc.Server {
			return goplugin.DefaultGRPCServer(append(given, options...))
		},
		Logger: hclog.NewNullLogger(),
	})
}

type rawPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
	server connectorv1.ConnectorServer
}

func (p *rawPlugin) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	connectorv1.RegisterConnectorServer(s, p.server)
	return nil
}

func (p *rawPlugin) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, status.Error(codes.Unimplemented, "a connector has no client")
}
