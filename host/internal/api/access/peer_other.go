//go:build !linux && !darwin

package access

import "net"

// peer: this system does not say which process is at the other end.
func peer(net.Conn) (who caller, known bool, err error) { return caller{}, false, nil }
