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

// DevVariable names the environment variable that has a connector which a person
// started, for example in a debugger, wait for hosts. It writes the file that the
// variable names; `plumbline connector dev --attach FILE` reads it. It serves one run
// after the other, or several at once, until it is interrupted.
const DevVariable = "PLUMBLINE_DEV"

// ProxyHeader is the gRPC metadata in which a host tells an attached connector the
// address of its proxy, which is another one in each run; see ProxyVariable.
const ProxyHeader = "plumbline-proxy"

// AttachName is the name in the certificates of an attached connector.
const AttachName = "plumbline-connector"

// attachFor is how long the one-time certificates are good for.
const attachFor = 7 * 24 * time.Hour

// Attachment is what the file holds. Who has it may speak with the process, and
// nobody else may: only its owner can read it, and its keys are made anew with
// every start.
type Attachment struct {
	Protocol  int       `json:"protocol"`
	Connector string    `json:"connector"`
	Address   string    `json:"address"` // TCP on the loopback
	PID       int       `json:"pid"`
	StartedAt time.Time `json:"started_at"` // tells the process from a later one of the same id
	// Server is the certificate that the program shows, Certificate and Key are what
	// it asks of the other side, all in PEM.
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
	fmt.Fprintf(os.Stderr, "%s %s waits for a host. Use it with\n\n  plumbline connector dev --attach %s\n\nNothing contains it, and what it reads is not evidence. Ctrl-C ends it.\n", c.ID, c.Version, file)
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// newAttachment makes the keys of both sides and the server's configuration, which
// lets in who holds the one key and nobody else.
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

// oneTime makes a certificate that vouches for itself, for one use of it.
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

// write writes the file beside its place and gives it its name, so that nobody reads
// half of it, and nobody else any of it.
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
		_ = os.Remove(file) // it leads to nobody any more
	}
}

// proxyOf returns the proxy that the host of an attached connector tells for a call;
// "" for a connector that the host started.
func (s *server) proxyOf(ctx context.Context) string {
	if !s.attached {
		return ""
	}
	told, _ := metadata.FromIncomingContext(ctx)
	if values := told.Get(ProxyHeader); len(values) > 0 {
		return values[0]
	}
	return ""
}
