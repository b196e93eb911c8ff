package sdk

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// servicePlugin serves the connector service over go-plugin. The host's side has no server, and
// the connector's side makes no client.
type servicePlugin struct {
	goplugin.NetRPCUnsupportedPlugin
	server connectorv1.ConnectorServer
}

// HostPlugins returns the host's plugin set for go-plugin. Dispensing PluginName from it returns
// a connectorv1.ConnectorClient.
func HostPlugins() goplugin.PluginSet {
	return goplugin.PluginSet{PluginName: &servicePlugin{}}
}

// GRPCServer registers the connector service on the program's gRPC server.
func (p *servicePlugin) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	connectorv1.RegisterConnectorServer(s, p.server)
	return nil
}

// GRPCClient returns a connectorv1.ConnectorClient on conn.
func (p *servicePlugin) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return connectorv1.NewConnectorClient(conn), nil
}
