package plugin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// AttachSuffix ends the name of a copy of the file that a connector wrote which a
// person started; see sdk.DevVariable. The file, with its one-time keys, stands for
// the program: another start is another file and another hash.
const AttachSuffix = ".attach.json"

// probeTime is how long an attached process has to say what it is. One that stands at
// a breakpoint says nothing.
const probeTime = 10 * time.Second

// Attached reports whether the program is a process that somebody else started, which
// is spoken with and never started, contained, signalled or ended.
func (p Program) Attached() bool { return strings.HasSuffix(p.Path, AttachSuffix) }

// AttachedPID returns the process id in such a file, to show it; 0 when there is none.
func AttachedPID(path string) int {
	if !(Program{Path: path}).Attached() {
		return 0
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	var a sdk.Attachment
	if json.Unmarshal(raw, &a) != nil {
		return 0
	}
	return a.PID
}

// attach connects to the process that wrote the file and asks it what it is: nothing
// else was agreed on beforehand. The connection is mutual TLS with the file's keys.
func (l *Launcher) attach(ctx context.Context, program Program, allowed Allowance) (*Process, error) {
	offer, err := readAttachment(program)
	if err != nil {
		return nil, err
	}
	config, err := attachTLS(offer)
	if err != nil {
		return nil, notAConnector(program.ID, program.Path, err.Error())
	}
	proxied := func(ctx context.Context) context.Context {
		if allowed.Proxy == "" {
			return ctx
		}
		return metadata.AppendToOutgoingContext(ctx, sdk.ProxyHeader, allowed.Proxy)
	}
	options := append(dialOptions(),
		grpc.WithTransportCredentials(credentials.NewTLS(config)), grpc.WithNoProxy(),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, in, out any, conn *grpc.ClientConn, call grpc.UnaryInvoker, o ...grpc.CallOption) error {
			return call(proxied(ctx), method, in, out, conn, o...)
		}),
		grpc.WithStreamInterceptor(func(ctx context.Context, d *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, o ...grpc.CallOption) (grpc.ClientStream, error) {
			return open(proxied(ctx), d, conn, method, o...)
		}),
	)
	conn, err := grpc.NewClient("passthrough:///"+offer.Address, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to attached connector: %w", err)
	}
	p := &Process{program: program, attached: &attached{conn: conn, pid: offer.PID, gone: make(chan struct{})}, wire: connectorv1.NewConnectorClient(conn)}
	if err := p.probe(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// probe asks the process what it is.
func (p *Process) probe(ctx context.Context) error {
	probing, stop := context.WithTimeout(ctx, probeTime)
	defer stop()
	said, err := p.wire.Describe(probing, &connectorv1.DescribeRequest{})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return p.attached.problem(p.program, err)
	case p.program.ID != "" && said.GetId() != p.program.ID:
		return notAConnector(p.program.ID, p.program.Path, fmt.Sprintf("the process calls itself %q", said.GetId()))
	}
	return nil
}

// readAttachment reads the file once and compares its hash.
func readAttachment(program Program) (offer sdk.Attachment, err error) {
	file, err := openVerified(program)
	if err != nil {
		return offer, err
	}
	defer file.Close()
	if _, err = file.Seek(0, io.SeekStart); err != nil {
		return offer, fmt.Errorf("read attachment: %w", err)
	}
	if err := json.NewDecoder(file).Decode(&offer); err != nil {
		return offer, notAConnector(program.ID, program.Path, "it is not what a connector writes that was started with "+sdk.DevVariable)
	}
	address, err := netip.ParseAddrPort(offer.Address)
	switch {
	case err != nil || !address.Addr().IsLoopback():
		return offer, notAConnector(program.ID, program.Path, fmt.Sprintf("its address %q is not on this machine", offer.Address))
	case offer.Protocol != sdk.ProtocolVersion:
		return offer, notAConnector(program.ID, program.Path, fmt.Sprintf("it speaks protocol %d, and this host speaks %d", offer.Protocol, sdk.ProtocolVersion))
	}
	return offer, nil
}

// attachTLS trusts exactly the certificate in the file and shows the one that goes
// with it.
func attachTLS(offer sdk.Attachment) (*tls.Config, error) {
	own, err := tls.X509KeyPair([]byte(offer.Certificate), []byte(offer.Key))
	servers := x509.NewCertPool()
	if err != nil || !servers.AppendCertsFromPEM([]byte(offer.Server)) {
		return nil, errors.New("its certificates cannot be read, and without them nobody speaks with it")
	}
	return &tls.Config{Certificates: []tls.Certificate{own}, RootCAs: servers, ServerName: sdk.AttachName, MinVersion: tls.VersionTLS13}, nil
}

// attached is the host's side of a process that somebody else started.
type attached struct {
	conn *grpc.ClientConn
	pid  int
	gone chan struct{} // closed when the host has let go of it
}

// problem says why the process cannot be spoken with, or hung up.
func (a *attached) problem(program Program, err error) *host.Problem {
	p := &host.Problem{
		Code: host.CodeConnectorStart, Fault: host.FaultConnector, Retry: host.RetryAfter,
		Message: fmt.Sprintf("process %d, which was attached as a connector, cannot be spoken with: %s", a.pid, grpcWords(err)),
		Remedy:  "If it stands at a breakpoint, let it go on; if it has ended, start it again with " + sdk.DevVariable + " and the same file.",
	}
	if program.ID != "" {
		p.Fields = []host.FieldError{{Field: "connector", Message: "cannot be spoken with", Value: program.ID}}
	}
	return p.Because(err)
}

func grpcWords(err error) string {
	var refused net.Error
	switch s := status.Convert(err); {
	case errors.Is(err, context.DeadlineExceeded), s.Code() == codes.DeadlineExceeded, errors.As(err, &refused) && refused.Timeout():
		return "it does not answer"
	case strings.Contains(s.Message(), "connection refused"):
		return "it has ended"
	default:
		return firstLine(s.Message())
	}
}
