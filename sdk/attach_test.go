package sdk_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// byHand serves a connector as if a person had started it. The server ends with the test.
func byHand(t *testing.T, c *sdk.Connector) (file string, offer sdk.Attachment, end func()) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "acme.json")
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sdk.ServeUntil(ctx, c, file) }()
	ended := false
	end = func() {
		if stop(); !ended {
			if err := <-served; err != nil {
				t.Error(err)
			}
		}
		ended = true
	}
	t.Cleanup(end)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		raw, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) && t.Context().Err() == nil {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &offer); err != nil {
			t.Fatal(err)
		}
		break
	}
	return file, offer, end
}

// speak connects with the keys of the file after edit has changed them.
func speak(t *testing.T, offer sdk.Attachment, edit func(*tls.Config)) connectorv1.ConnectorClient {
	t.Helper()
	own, err := tls.X509KeyPair([]byte(offer.Certificate), []byte(offer.Key))
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{own}, RootCAs: x509.NewCertPool(), ServerName: sdk.AttachName}
	config.RootCAs.AppendCertsFromPEM([]byte(offer.Server))
	if edit != nil {
		edit(config)
	}
	conn, err := grpc.NewClient("passthrough:///"+offer.Address, grpc.WithTransportCredentials(credentials.NewTLS(config)), grpc.WithNoProxy())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return connectorv1.NewConnectorClient(conn)
}

func TestOnlyWhoHoldsTheFileSpeaksWithAConnectorStartedByHand(t *testing.T) {
	t.Parallel()
	c := connector(func(context.Context, *sdk.Session, *sdk.Output) error { return nil })
	file, offer, end := byHand(t, c)
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file has the mode %v, %v", info.Mode(), err)
	}
	if offer.PID != os.Getpid() || offer.Protocol != sdk.ProtocolVersion || offer.Connector != c.ID ||
		time.Since(offer.StartedAt) > time.Minute {
		t.Errorf("the file says %+v", offer)
	}
	if d, err := speak(t, offer, nil).Describe(t.Context(), &connectorv1.DescribeRequest{}); err != nil || d.GetId() != c.ID {
		t.Errorf("with the file: %v, %v", d.GetId(), err)
	}
	_, other, _ := byHand(t, c)
	for name, edit := range map[string]func(*tls.Config){
		"without a certificate": func(c *tls.Config) { c.Certificates = nil },
		"with another's": func(c *tls.Config) {
			pair, err := tls.X509KeyPair([]byte(other.Certificate), []byte(other.Key))
			if err != nil {
				t.Fatal(err)
			}
			c.Certificates = []tls.Certificate{pair}
		},
		"taking it for another": func(c *tls.Config) {
			c.RootCAs = x509.NewCertPool()
			c.RootCAs.AppendCertsFromPEM([]byte(other.Server))
		},
	} {
		if _, err := speak(t, offer, edit).Describe(t.Context(), &connectorv1.DescribeRequest{}); err == nil {
			t.Errorf("%s it answered", name)
		}
	}
	end()
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file of a process that has ended: %v", err)
	}
}

// TestEachRunOfAnAttachedConnectorHasItsOwnWayOut runs syncs of two hosts at the same time.
func TestEachRunOfAnAttachedConnectorHasItsOwnWayOut(t *testing.T) {
	t.Parallel()
	both := make(chan struct{}, 2)
	meet := make(chan struct{})
	_, offer, _ := byHand(t, connector(func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
		both <- struct{}{}
		<-meet
		_, err := s.Dial(ctx, "api.vendor.example:443")
		return err
	}))
	asked := make(chan string, 4)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Proxy-Authorization")
		w.Header().Set(sdk.EgressHeader, sdk.EgressDenied+"; no")
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	done := make(chan error, 2)
	for _, credential := range []string{"one:1", "two:2"} {
		go func() {
			ctx := metadata.AppendToOutgoingContext(t.Context(), sdk.ProxyHeader, strings.Replace(proxy.URL, "http://", "http://"+credential+"@", 1))
			done <- runTo(ctx, speak(t, offer, nil))
		}()
	}
	for range 2 {
		select {
		case <-both:
		case err := <-done:
			t.Fatalf("a run ended before it read: %v", err)
		}
	}
	close(meet)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	got := map[string]bool{<-asked: true, <-asked: true}
	if !got["Basic b25lOjE="] || !got["Basic dHdvOjI="] {
		t.Errorf("the proxy was asked with %v", got)
	}
}

// runTo runs one sync to its end and ignores its messages.
func runTo(ctx context.Context, c connectorv1.ConnectorClient) error {
	wire, err := c.Sync(ctx)
	if err != nil {
		return err
	}
	open := &connectorv1.Open{RunId: "r", Epoch: 1, ConnectionId: "c",
		Credentials: &connectorv1.Credentials{Settings: []byte(`{}`), Secrets: map[string]string{"token": secretValue}},
		Streams:     []*connectorv1.StreamState{{Name: "users"}}}
	if err := wire.Send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Open{Open: open}}); err != nil {
		return err
	}
	for {
		m, err := wire.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if c := m.GetCheckpoint(); c != nil {
			ack := &connectorv1.SyncRequest_Ack{Ack: &connectorv1.Ack{Sequence: c.GetSequence()}}
			if err := wire.Send(&connectorv1.SyncRequest{Message: ack}); err != nil {
				return err
			}
		}
	}
}
