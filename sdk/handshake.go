package sdk

import goplugin "github.com/hashicorp/go-plugin"

// PluginName is the name the connector service is dispensed under.
const PluginName = "connector"

// ProtocolVersion is the major version of the connector protocol.
const ProtocolVersion = 1

// Handshake returns what host and program compare when they connect. The cookie shows a program
// that a host started it, not a person. It is not secret: trust comes from the program's hash
// and from AutoMTLS.
func Handshake() goplugin.HandshakeConfig {
	return goplugin.HandshakeConfig{
		ProtocolVersion:  ProtocolVersion,
		MagicCookieKey:   "PLUMBLINE_CONNECTOR",
		MagicCookieValue: "5f1c0a9b7e3d42688c47d0b1f6e9a35270bd41c8e2f75a963b0c8d14e79f6a21",
	}
}
