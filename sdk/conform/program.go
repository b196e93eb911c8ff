package conform

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// launch says how to start the program. The zero value starts it as a host does.
type launch struct {
	program string        // empty = the one under test
	wrap    []string      // command that starts it, e.g. one that sets a limit
	env     []string      // added; nil = what a host gives every program
	through *replay.Proxy // to the system; nil = the kit's recording
	bare    bool          // an empty environment, without go-plugin's cookie
}

// process is a started program.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser // open as long as the host lives
	stdout *os.File       // read end
	out    *collector     // what it printed, after raw
	errs   *collector
	exited chan struct{} // closed when the program has ended
	state  error         // of Wait, valid after exited
}

// command prepares the program.
func (k *kit) command(l launch) *exec.Cmd {
	argv := append(slices.Clone(l.wrap), cmp.Or(l.program, k.Program))
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = k.path("work")
	cmd.Env = append([]string{}, k.Environ...)
	if l.env == nil && !l.bare {
		cmd.Env = append(cmd.Env, k.given()...)
	}
	cmd.Env = append(cmd.Env, l.env...)
	if l.through != nil || len(cmd.Env) > len(k.Environ) && !l.bare {
		cmd.Env = append(cmd.Env, k.wayOut(l)...)
	}
	group(cmd)
	return cmd
}

// softLimit is the memory that a host asks programs in Go to stay under, unless its settings name another.
const softLimit = "256MiB"

// given returns the variables that a host gives every program.
func (k *kit) given() []string {
	return []string{"TMPDIR=" + k.path("tmp"), "HOME=" + k.path("home"), "GOMEMLIMIT=" + softLimit}
}

// wayOut returns the variables that lead a program to the system of a case: over its gRPC
// link, or through a proxy when it declares network_tcp.
func (k *kit) wayOut(l launch) []string {
	switch through := cmp.Or(l.through, k.recording); {
	case through == nil:
		return nil
	case k.dials:
		return through.Environ()
	default:
		return through.LinkEnviron()
	}
}

// carry opens the connections that a started program requests.
func (k *kit) carry(l launch, client connectorv1.ConnectorClient) {
	if through := cmp.Or(l.through, k.recording); through != nil && !k.dials {
		through.Carry(context.Background(), client) // ends with the program
	}
}

// begin starts cmd. The end of the case ends the process.
func (k *kit) begin(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, errs: newCollector(), exited: make(chan struct{})}
	// Package exec closes its own pipes when the process it started ends, which may be only
	// the parent of the program.
	stdin, hold, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open pipe: %w", err)
	}
	reader, stdout, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open pipe: %w", err), stdin.Close(), hold.Close())
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, p.errs
	p.stdin, p.stdout = hold, reader
	cmd.WaitDelay = 500 * time.Millisecond // for a grandchild that keeps stderr open
	err = cmd.Start()
	_, _ = stdin.Close(), stdout.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start program: %w", err), hold.Close(), reader.Close())
	}
	go func() { // ends with the program
		p.state = cmd.Wait()
		close(p.exited)
	}()
	k.started = append(k.started, p)
	return p, nil
}

// raw starts the program without go-plugin and without TLS, so that the kit sees its output.
// The rest of its environment is that of a host.
func (k *kit) raw(l launch) (*process, error) {
	if l.env == nil && !l.bare {
		h := sdk.Handshake()
		l.env = append(k.given(),
			h.MagicCookieKey+"="+h.MagicCookieValue,
			"PLUGIN_PROTOCOL_VERSIONS="+strconv.Itoa(sdk.ProtocolVersion),
			goplugin.EnvUnixSocketDir+"="+k.path("tmp"),
		)
	}
	p, err := k.begin(k.command(l))
	if err != nil {
		return nil, err
	}
	p.out = newCollector()
	out := p.stdout
	go func() { // ends when the program and its children have closed the pipe
		_, _ = io.Copy(p.out, out)
		p.out.end()
		_ = out.Close()
	}()
	return p, nil
}

// handshake returns the fields of the line that names the program's address.
func (p *process) handshake(ctx context.Context) ([]string, error) {
	line, err := p.out.line(ctx)
	if err != nil {
		return nil, fmt.Errorf("no handshake line: %w; stderr: %s", err, p.errs)
	}
	fields := strings.Split(line, "|")
	if len(fields) < 5 || fields[0] != "1" || fields[1] != strconv.Itoa(sdk.ProtocolVersion) || fields[4] != "grpc" {
		return nil, fmt.Errorf("the first line on stdout is %q, not a handshake for protocol %d over gRPC", line, sdk.ProtocolVersion)
	}
	return fields, nil
}

// dial connects without TLS. The end of the case closes the connection.
func (k *kit) dial(network, address string) (*grpc.ClientConn, error) {
	target := "passthrough:///" + address
	if network == "unix" {
		target = "unix:" + address
	}
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("dial program: %w", err)
	}
	k.conns = append(k.conns, conn)
	return conn, nil
}

// plain is a program started without TLS, and a connection to it.
type plain struct {
	connectorv1.ConnectorClient
	*process
	conn *grpc.ClientConn
}

// plain starts the program without TLS and connects.
func (k *kit) plain(ctx context.Context, l launch) (p plain, err error) {
	if p.process, err = k.raw(l); err != nil {
		return p, err
	}
	fields, err := p.handshake(ctx)
	if err != nil {
		return p, err
	}
	if p.conn, err = k.dial(fields[2], fields[3]); err != nil {
		return p, err
	}
	p.ConnectorClient = connectorv1.NewConnectorClient(p.conn)
	k.carry(l, p)
	return p, nil
}

// onPlain makes a case of a program without TLS.
func onPlain(try func(context.Context, *kit, plain) error) func(context.Context, *kit) error {
	return func(ctx context.Context, k *kit) error {
		p, err := k.plain(ctx, launch{})
		if err != nil {
			return err
		}
		return try(ctx, k, p)
	}
}

// ended waits until the program has ended, for at most d.
func (p *process) ended(ctx context.Context, d time.Duration) error {
	select {
	case <-p.exited:
		return nil
	case <-time.After(d):
		return fmt.Errorf("the program still runs after %s", d)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop closes the program's stdin, as a host does, and waits for its end.
func (p *process) stop(ctx context.Context) error {
	_ = p.stdin.Close()
	return p.ended(ctx, 5*time.Second)
}

// kill ends the program and its children by force.
func (p *process) kill() {
	killGroup(p.cmd)
	_ = p.stdin.Close()
	<-p.exited
}

// session is the program as a host starts it: by go-plugin, with mutual TLS.
type session struct {
	connectorv1.ConnectorClient
	process *process
	plugin  *goplugin.Client
}

// startPatience is how long a program may take to start in a case that does not measure
// the start. It is generous, because many cases may run at once on a busy machine.
const startPatience = 20 * time.Second

// open starts the program as a host does.
func (k *kit) open(ctx context.Context, l launch) (*session, error) {
	s := &session{}
	s.plugin = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake(),
		Plugins:          sdk.HostPlugins(),
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     startPatience,
		Logger:           hclog.NewNullLogger(),
		GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(sdk.MaxMessageBytes), grpc.MaxCallSendMsgSize(sdk.MaxMessageBytes))},
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, sockets string) (runner.Runner, error) {
			k.sockets = append(k.sockets, sockets)
			cmd := k.command(l)
			cmd.Env = append(cmd.Env, spec.Env...)
			return &programRunner{kit: k, cmd: cmd, session: s}, nil
		},
	})
	rpc, err := s.plugin.Client()
	if err != nil {
		return nil, s.explain(fmt.Errorf("start program as a host does: %w", err))
	}
	raw, err := rpc.Dispense(sdk.PluginName)
	if err != nil {
		return nil, s.explain(fmt.Errorf("get the connector service: %w", err))
	}
	client, isConnector := raw.(connectorv1.ConnectorClient)
	if !isConnector {
		return nil, errors.New("get the connector service: it is another service")
	}
	s.ConnectorClient = client
	k.carry(l, client)
	return s, ctx.Err()
}

func (s *session) explain(err error) error {
	if s.process == nil || s.process.errs.String() == "" {
		return err
	}
	return fmt.Errorf("%w; stderr: %s", err, s.process.errs)
}

// stop ends the program as a host does and waits for it.
func (s *session) stop(ctx context.Context) error {
	s.plugin.Kill()
	return s.process.ended(ctx, 5*time.Second)
}

// programRunner makes go-plugin start a process of the case.
type programRunner struct {
	kit     *kit
	cmd     *exec.Cmd
	session *session
}

func (r *programRunner) Start(context.Context) error {
	p, err := r.kit.begin(r.cmd)
	r.session.process = p
	return err
}

func (r *programRunner) Wait(context.Context) error {
	<-r.session.process.exited
	return r.session.process.state
}

func (r *programRunner) Kill(context.Context) error {
	killGroup(r.cmd)
	return nil
}

func (r *programRunner) Stdout() io.ReadCloser           { return r.session.process.stdout }
func (r *programRunner) Stderr() io.ReadCloser           { return io.NopCloser(strings.NewReader("")) }
func (r *programRunner) Name() string                    { return r.cmd.Path }
func (r *programRunner) ID() string                      { return strconv.Itoa(r.cmd.Process.Pid) }
func (r *programRunner) Diagnose(context.Context) string { return r.session.process.errs.String() }

func (r *programRunner) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

func (r *programRunner) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// collector keeps the output of a program. Its readers can wait for the first line and for
// the end.
type collector struct {
	mu    sync.Mutex
	text  bytes.Buffer
	over  bool
	moved chan struct{} // closed by the next change
}

const mostOutput = 1 << 20

func newCollector() *collector { return &collector{moved: make(chan struct{})} }

// Write implements io.Writer. It drops what exceeds a mebibyte.
func (c *collector) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := mostOutput - c.text.Len(); room > 0 {
		c.text.Write(p[:min(room, len(p))])
	}
	c.movedLocked()
	return len(p), nil
}

func (c *collector) movedLocked() {
	close(c.moved)
	c.moved = make(chan struct{})
}

// end marks the end of the output.
func (c *collector) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.movedLocked()
}

// String returns the output so far.
func (c *collector) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// line waits for the first line.
func (c *collector) line(ctx context.Context) (string, error) {
	var first string
	err := c.until(ctx, func(text string, over bool) bool {
		line, _, whole := strings.Cut(text, "\n")
		first = strings.TrimRight(line, "\r")
		return whole || over
	})
	if err == nil && first == "" {
		return "", errors.New("the program printed nothing on stdout")
	}
	return first, err
}

// all waits for the end and returns the whole output.
func (c *collector) all(ctx context.Context) (string, error) {
	var everything string
	err := c.until(ctx, func(text string, over bool) bool {
		everything = text
		return over
	})
	return everything, err
}

func (c *collector) until(ctx context.Context, enough func(text string, over bool) bool) error {
	for {
		c.mu.Lock()
		done, moved := enough(c.text.String(), c.over), c.moved
		c.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
