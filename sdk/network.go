package sdk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
)

// networkError returns the network.* error of a transport error, nil for another error.
func networkError(err error) *Error {
	host, tlsReason := failedHost(err), tlsReason(err)
	var dns *net.DNSError
	var op *net.OpError
	var egress *egressError
	var sent *url.Error
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &egress):
		return egress.problem()
	case isProxyError(err):
		return Errorf(CodeNetworkProxy, "the proxy did not let the request to %s through", host).Because(err)
	case errors.As(err, &dns):
		if dns.IsTimeout {
			return Errorf(CodeNetworkDNS, "the name service did not answer in time for %s", dns.Name).Because(err)
		}
		return Errorf(CodeNetworkDNS, "the name %s does not resolve", dns.Name).Because(err)
	case tlsReason != "":
		return Errorf(CodeNetworkTLS, "no trusted TLS connection to %s: %s", host, tlsReason).Because(err)
	case isTimeout(err):
		return Errorf(CodeNetworkTimeout, "%s did not answer in time", host).Because(err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return Errorf(CodeNetworkConnect, "%s refused the connection", host).Because(err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return Errorf(CodeNetworkConnect, "the connection to %s broke", host).Because(err)
	case errors.As(err, &op):
		return Errorf(CodeNetworkConnect, "no connection to %s", host).Because(err)
	case errors.As(err, &sent) && sent.Op != "parse": // the transport has no type for a server that closed an idle connection
		return Errorf(CodeNetworkConnect, "the connection to %s broke", host).Because(err)
	}
	return nil
}

// isTimeout returns false for a bare context.DeadlineExceeded, which is the run's deadline. A
// dial that timed out matches that error too, but is a net.OpError.
func isTimeout(err error) bool {
	if errors.Is(err, errAttemptTimeout) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Timeout() {
		return true
	}
	var n net.Error
	return errors.As(err, &n) && n.Timeout() && !errors.Is(err, context.DeadlineExceeded)
}

// tlsReason says why there is no TLS connection; "" when err is another error.
func tlsReason(err error) string {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return "its certificate was signed by an authority this machine does not know"
	case errors.As(err, &name):
		return "its certificate is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or this machine's clock is wrong"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "it does not use TLS on this port"
	case errors.As(err, &record), errors.As(err, &alert), errors.As(err, &verify), errors.As(err, &invalid):
		return "the handshake was refused"
	}
	return ""
}

func isProxyError(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect") {
		return true
	}
	var u *url.Error
	return errors.As(err, &u) && strings.Contains(u.Err.Error(), "Proxy Authentication Required")
}

func failedHost(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		if parsed, perr := url.Parse(u.URL); perr == nil && parsed.Host != "" {
			return parsed.Host
		}
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return op.Addr.String()
	}
	return "the host"
}
