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
	"google.golang.org/grpc/status"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// AttachSuffix ends the name of a copy of an attachment, the file that a connector under
// a debugger wrote (sdk.DevVariable). Each start of it writes another file.
const AttachSuffix = ".attach.json"

// probeTimeout is how long an attached process may take to describe itself. One that
// stands at a breakpoint does not answer.
const probeTimeout = 10 * time.Second

// Attached reports whether the program is an attached process.
func (p Program) Attached() bool { return strings.HasSuffix(p.Path, AttachSuffix) }

// AttachedPID returns the process id in an attachment, 0 for another file.
func AttachedPID(path string) int {
	var a sdk.Attachment
	if (Program{Path: path}).Attached() {
		raw, _ := os.ReadFile(path) // without a file there is no id
		_ = json.Unmarshal(raw, &a)
	}
	return a.PID
}

// attach connects to the process that wrote the attachment, with the file's keys, and asks it what it is.
func (l *Launcher) attach(ctx context.Context, program Program, allowed Allowance) (*Process, error) {
	offer, err := readAttachment(program)
	if err != nil {
		return nil, err
	}
	config, err := attachTLS(offer)
	if err != nil {
		return nil, notAConnector(program.ID, program.Path, err.Error())
	}
	options := append(dialOptions(), grpc.WithTransportCredentials(credentials.NewTLS(config)), grpc.WithNoProxy(),
		grpc.WithPerRPCCredentials(proxyHeader(allowed.Proxy)))
	conn, err := grpc.NewClient("passthrough:///"+offer.Address, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to attached connector: %w", err)
	}
	p := &Process{
		program: program, wire: connectorv1.NewConnectorClient(conn),
		attached: &attached{conn: conn, pid: offer.PID, gone: make(chan struct{})},
	}
	if err := p.probe(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// proxyHeader tells an attached process in each call which proxy it may use.
type proxyHeader string

func (p proxyHeader) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	if p == "" {
		return nil, nil
	}
	return map[string]string{sdk.ProxyHeader: string(p)}, nil
}

func (proxyHeader) RequireTransportSecurity() bool { return true }

// probe asks the process what it is.
func (p *Process) probe(ctx context.Context) error {
	probing, stop := context.WithTimeout(ctx, probeTimeout)
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

// readAttachment reads the attachment and compares its hash.
func readAttachment(program Program) (offer sdk.Attachment, err error) {
	file, err := program.open()
	if err != nil {
		return offer, err
	}
	defer file.Close()
	if _, err = file.Seek(0, io.SeekStart); err != nil {
		return offer, fmt.Errorf("read attachment: %w", err)
	}
	if err := json.NewDecoder(file).Decode(&offer); err != nil {
		return offer, notAConnector(program.ID, program.Path, "it is not the file that a connector started with "+sdk.DevVariable+" writes")
	}
	address, err := netip.ParseAddrPort(offer.Address)
	switch {
	case err != nil || !address.Addr().IsLoopback():
		return offer, notAConnector(program.ID, program.Path, fmt.Sprintf("its address %q is not on this machine", offer.Address))
	case offer.Protocol != sdk.ProtocolVersion:
		why := fmt.Sprintf("it speaks protocol %d, and this host speaks %d", offer.Protocol, sdk.ProtocolVersion)
		return offer, notAConnector(program.ID, program.Path, why)
	}
	return offer, nil
}

// attachTLS trusts exactly the certificate in the attachment and shows the other one.
func attachTLS(offer sdk.Attachment) (*tls.Config, error) {
	own, err := tls.X509KeyPair([]byte(offer.Certificate), []byte(offer.Key))
	servers := x509.NewCertPool()
	if err != nil || !servers.AppendCertsFromPEM([]byte(offer.Server)) {
		return nil, errors.New("its certificates cannot be read")
	}
	return &tls.Config{
		Certificates: []tls.Certificate{own}, RootCAs: servers, ServerName: sdk.AttachName, MinVersion: tls.VersionTLS13,
	}, nil
}

// attached is the host's side of an attached process.
type attached struct {
	conn *grpc.ClientConn
	pid  int
	gone chan struct{} // closed by Stop
}

// problem says why the connection to the process failed.
func (a *attached) problem(program Program, err error) *host.Problem {
	p := problem(host.CodeConnectorStart, host.FaultConnector, host.RetryAfter,
		"If it stands at a breakpoint, continue it; if it has ended, start it again with "+sdk.DevVariable+" and the same file.",
		"the attached connector, process %d, cannot be reached: %s", a.pid, grpcWords(err))
	if program.ID != "" {
		p.Fields = []host.FieldError{{Field: "connector", Message: "cannot be reached", Value: program.ID}}
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
