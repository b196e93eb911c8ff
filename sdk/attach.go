package sdk

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// DevVariable is the environment variable for a connector that a person starts, for example in
// a debugger. The connector writes the file that the variable names and waits for hosts;
// `plumbline connector dev --attach FILE` reads the file. The connector serves runs, one after
// the other or several at once, until it is interrupted.
const DevVariable = "PLUMBLINE_DEV"

// ProxyHeader is the gRPC metadata with the address of the host's proxy for an attached
// connector. Each run has its own proxy; see ProxyVariable.
const ProxyHeader = "plumbline-proxy"

// AttachName is the name in the certificates of an attached connector.
const AttachName = "plumbline-connector"

// attachFor is how long the one-time certificates are valid.
const attachFor = 7 * 24 * time.Hour

// Attachment is the content of the file. A client needs it to connect to the process. Only the
// file's owner can read it, and each start makes new keys.
type Attachment struct {
	Protocol  int       `json:"protocol"`
	Connector string    `json:"connector"`
	Address   string    `json:"address"` // TCP on the loopback
	PID       int       `json:"pid"`
	StartedAt time.Time `json:"started_at"` // distinguishes the process from a later one with the same id
	// Server is the program's certificate. Certificate and Key are those of its clients. All
	// are PEM.
	Server      string `json:"server_certificate"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

// serveAttached waits for hosts until the program is interrupted.
func serveAttached(c *Connector, file string) error {
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return serveUntil(interrupted, c, file)
}

// serveUntil serves hosts until ctx ends.
func serveUntil(ctx context.Context, c *Connector, file string) error {
	process, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	s, err := newServer(process, c, func() {})
	if err != nil {
		return err
	}
	s.attached = true
	offer, own, err := newAttachment(c)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	offer.Address = listener.Addr().String()
	server := grpcServer([]grpc.ServerOption{grpc.Creds(credentials.NewTLS(own))})
	connectorv1.RegisterConnectorServer(server, s)
	raw, err := offer.write(file)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer withdraw(file, raw)
	ending := context.AfterFunc(ctx, func() {
		stop(Errorf(CodeCancelled, "the connector was interrupted"))
		s.drain(time.Second)
		server.Stop()
	})
	defer ending()
	fmt.Fprintf(os.Stderr, "%s %s waits for a host. Use it with\n\n  plumbline connector dev --attach %s\n\n"+
		"The host does not contain it, and what it reads is not evidence. Ctrl-C ends it.\n", c.ID, c.Version, file)
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// newAttachment makes the keys of both sides, and the server's configuration, which accepts
// only the client's key.
func newAttachment(c *Connector) (Attachment, *tls.Config, error) {
	server, serverPEM, _, err := oneTime(x509.ExtKeyUsageServerAuth)
	if err != nil {
		return Attachment{}, nil, err
	}
	_, clientPEM, key, err := oneTime(x509.ExtKeyUsageClientAuth)
	if err != nil {
		return Attachment{}, nil, err
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(clientPEM)
	offer := Attachment{
		Protocol: ProtocolVersion, Connector: c.ID, PID: os.Getpid(), StartedAt: time.Now().UTC(),
		Server: string(serverPEM), Certificate: string(clientPEM), Key: string(key),
	}
	return offer, &tls.Config{
		Certificates: []tls.Certificate{server}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
	}, nil
}

// oneTime makes a self-signed certificate for one use.
func oneTime(use x509.ExtKeyUsage) (pair tls.Certificate, certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair, nil, nil, fmt.Errorf("make key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return pair, nil, nil, fmt.Errorf("make certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: AttachName}, DNSNames: []string{AttachName},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(attachFor),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{use},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return pair, nil, nil, fmt.Errorf("make certificate: %w", err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return pair, nil, nil, fmt.Errorf("encode key: %w", err)
	}
	certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
	pair, err = tls.X509KeyPair(certificate, key)
	return pair, certificate, key, err
}

// write writes a temporary file with mode 0600 and renames it, so that a reader never sees half
// of it.
func (a Attachment) write(file string) ([]byte, error) {
	raw, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode attachment: %w", err)
	}
	beside, err := os.CreateTemp(filepath.Dir(file), ".plumbline-attach-*") // CreateTemp makes it 0600
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", file, err)
	}
	_, err = beside.Write(raw)
	if err = errors.Join(err, beside.Close()); err == nil {
		err = os.Rename(beside.Name(), file)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", file, err), os.Remove(beside.Name()))
	}
	return raw, nil
}

// withdraw deletes the file, unless a later process has written its own.
func withdraw(file string, written []byte) {
	if now, err := os.ReadFile(file); err == nil && string(now) == string(written) {
		_ = os.Remove(file) // the process that it names has ended
	}
}

// proxyOf returns the proxy that a call names in ProxyHeader; "" for a connector that the host
// started.
func (s *server) proxyOf(ctx context.Context) string {
	if !s.attached {
		return ""
	}
	values, _ := metadata.FromIncomingContext(ctx)
	if values := values.Get(ProxyHeader); len(values) > 0 {
		return values[0]
	}
	return ""
}
