package sdk

import goplugin "github.com/hashicorp/go-plugin"

// PluginName is the name the connector service is dispensed under.
const PluginName = "connector"

// ProtocolVersion is the major version of the connector protocol.
const ProtocolVersion = 1

// Handshake returns what host and connector program compare before they talk.
// The cookie only tells a program that it was started by a host rather than by
// hand; it is no secret. Trust comes from the program's hash and from AutoMTLS.
func Handshake() goplugin.HandshakeConfig {
	return goplugin.HandshakeConfig{
		ProtocolVersion:  ProtocolVersion,
		MagicCookieKey:   "PLUMBLINE_CONNECTOR",
		MagicCookieValue: "5f1c0a9b7e3d42688c47d0b1f6e9a35270bd41c8e2f75a963b0c8d14e79f6a21",
	}
}
