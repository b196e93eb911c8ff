package sdk

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"runtime"
)

// trust returns the certificates that a connector trusts: the system's, those in own, and those in
// the file that SSL_CERT_FILE names. Go reads that file by itself except on macOS and Windows. Nil
// stands for the system's certificates.
func trust(own []byte) (*tls.Config, error) {
	var named []byte
	if file := os.Getenv("SSL_CERT_FILE"); file != "" && (runtime.GOOS == "darwin" || runtime.GOOS == "windows") {
		var err error
		if named, err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("read SSL_CERT_FILE: %w", err)
		}
	}
	return trusting(own, named)
}

// trusting adds certificates in PEM to the system's.
func trusting(own, named []byte) (*tls.Config, error) {
	if len(own) == 0 && len(named) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if len(own) > 0 && !pool.AppendCertsFromPEM(own) {
		return nil, Errorf(CodeConfigInvalid, "the CA certificate is not PEM")
	}
	pool.AppendCertsFromPEM(named)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}
