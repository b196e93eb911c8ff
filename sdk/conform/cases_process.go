package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// endLimit is how long a program may take to end when it is asked to.
const endLimit = 2 * time.Second

// processCases are about the program as a process.
func processCases() []Case {
	return []Case{
		{"H1", Must, "starts in time and prints one handshake line", tryHandshake},
		{"H2", Must, "prints nothing else on stdout, before or after", tryStdout},
		{"H3", Must, "started by hand it explains itself and fails", tryByHand},
		{"H4", Must, "talks mutual TLS and refuses to talk without", tryTLS},
		{"H5", Must, "ends within 2 s when stdin is closed", tryStdinEnd},
		{"H6", Should, "ends when its parent is killed", tryParentDeath},
		{"H7", Must, "ends within 2 s when it is told to shut down", tryShutdown},
		{"H8", Must, "survives an interrupt, which the host handles", tryInterrupt},
		{"H9", Must, "leaves no process behind", tryChildren},
		{"H10", Must, "leaves no file outside its temporary directory", tryFiles},
		{"H11", Must, "runs with an empty environment", tryEmptyEnvironment},
		{"H12", Must, "runs from a path with spaces and letters beyond ASCII", tryOddPath},
		{"H13", Should, "runs with 64 open files", tryFewFiles},
		{"H14", Must, "two copies run at once", tryTwoCopies},
		{"H15", Must, "starting and stopping again and again leaves nothing behind", tryCycles},
		{"H16", Should, "keeps to the budget for size and start", tryBudget},
		{"H17", Should, `"describe" prints what Describe answers`, tryManifest},
	}
}

func tryHandshake(ctx context.Context, k *kit) error {
	ctx, cancel := context.WithTimeoutCause(ctx, k.StartLimit, fmt.Errorf("not within %s", k.StartLimit))
	defer cancel()
	p, err := k.raw(launch{})
	if err != nil {
		return err
	}
	if _, err := p.handshake(ctx); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return nil
}

func tryStdout(ctx context.Context, k *kit) error {
	p, client, conn, err := k.rawClient(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	k.work(ctx, client)
	_ = p.stdin.Close()
	text, err := p.out.all(ctx)
	if err != nil {
		return fmt.Errorf("stdout is not closed after the end: %w", err)
	}
	if _, rest, _ := strings.Cut(text, "\n"); rest != "" {
		return fmt.Errorf("printed %q on stdout after the handshake", cut(rest))
	}
	return nil
}

// work lets the program do something of everything; how it comes out does not
// matter here.
func (k *kit) work(ctx context.Context, client connectorv1.ConnectorClient) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	described, err := client.Describe(ctx, &connectorv1.DescribeRequest{})
	if err != nil {
		return
	}
	credentials := &connectorv1.Credentials{Settings: k.settings, Secrets: k.Secrets}
	if check, err := client.Check(ctx, &connectorv1.CheckRequest{Credentials: credentials}); err == nil {
		for err == nil {
			_, err = check.Recv()
		}
	}
	wire, err := client.Sync(ctx)
	if err != nil {
		return
	}
	open := &connectorv1.Open{RunId: "run-1", Epoch: 1, ConnectionId: "connection-1", Credentials: credentials, HostTime: timestamppb.Now()}
	for _, s := range described.GetStreams() {
		open.Streams = append(open.Streams, &connectorv1.StreamState{Name: s.GetName()})
	}
	err = wire.Send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Open{Open: open}})
	for err == nil {
		var m *connectorv1.SyncResponse
		m, err = wire.Recv()
		if c := m.GetCheckpoint(); c != nil {
			_ = wire.Send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{Ack: &connectorv1.Ack{Sequence: c.GetSequence()}}})
		}
	}
}

func tryByHand(ctx context.Context, k *kit) error {
	p, err := k.raw(launch{bare: true})
	if err != nil {
		return err
	}
	if err := p.ended(ctx, k.StartLimit); err != nil {
		return err
	}
	if p.cmd.ProcessState.ExitCode() == 0 {
		return errors.New("it exits with code 0")
	}
	if len(strings.Fields(p.errs.String())) < 5 {
		return fmt.Errorf("it says %q on stderr, which explains nothing", cut(p.errs.String()))
	}
	return nil
}

func tryTLS(ctx context.Context, k *kit) error {
	s, err := k.open(ctx, launch{})
	if err != nil {
		return err
	}
	if _, err := s.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe over TLS: %w", err)
	}
	attach := s.plugin.ReattachConfig()
	if attach == nil || attach.Addr == nil {
		return errors.New("go-plugin does not know where the program listens")
	}
	conn, err := dial([]string{"", "", attach.Addr.Network(), attach.Addr.String()})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if _, err := connectorv1.NewConnectorClient(conn).Describe(ctx, &connectorv1.DescribeRequest{}); err == nil {
		return errors.New("it answers a client without TLS")
	}
	return nil
}

func tryStdinEnd(ctx context.Context, k *kit) error {
	p, _, conn, err := k.rawClient(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = p.stdin.Close()
	return p.ended(ctx, endLimit)
}

func tryParentDeath(ctx context.Context, k *kit) error {
	wrap, err := underParent()
	if err != nil {
		return err
	}
	p, err := k.raw(launch{wrap: wrap})
	if err != nil {
		return err
	}
	fields, err := p.handshake(ctx)
	if err != nil {
		return err
	}
	conn, err := dial(fields)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := connectorv1.NewConnectorClient(conn).Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	// The parent alone; stdin stays open, so only its death can be noticed. The
	// program has ended when nobody holds stdout any more.
	if err := p.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill parent: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, endLimit)
	defer cancel()
	if _, err := p.out.all(ctx); err != nil {
		return fmt.Errorf("the program still runs after %s", endLimit)
	}
	return nil
}

func tryShutdown(ctx context.Context, k *kit) error {
	p, _, conn, err := k.rawClient(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	call, cancel := context.WithTimeout(ctx, endLimit)
	defer cancel()
	// The answer may be lost: the program ends.
	_ = conn.Invoke(call, "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
	return p.ended(ctx, endLimit)
}

func tryInterrupt(ctx context.Context, k *kit) error {
	p, client, conn, err := k.rawClient(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := client.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	if err := interrupt(p.cmd); err != nil {
		return err
	}
	if err := p.ended(ctx, 300*time.Millisecond); err == nil {
		return errors.New("it ended")
	}
	if _, err := client.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe after the interrupt: %w", err)
	}
	return nil
}

func tryChildren(ctx context.Context, k *kit) error {
	p, client, conn, err := k.rawClient(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	k.work(ctx, client)
	if err := p.stop(ctx); err != nil {
		return err
	}
	if groupAlive(p.cmd) {
		return errors.New("a process that it started still runs")
	}
	return nil
}

func tryFiles(ctx context.Context, k *kit) error {
	s, err := k.open(ctx, launch{})
	if err != nil {
		return err
	}
	k.work(ctx, s)
	if err := s.stop(ctx); err != nil {
		return err
	}
	for _, place := range []string{"work", "home"} {
		if err := k.empty(place); err != nil {
			return err
		}
	}
	return nil
}

// empty returns an error that names what is in one of the case's directories.
func (k *kit) empty(name string) error {
	left, err := os.ReadDir(k.path(name))
	if err != nil {
		return fmt.Errorf("look for files left: %w", err)
	}
	if len(left) > 0 {
		return fmt.Errorf("the %s directory holds %v", name, left)
	}
	return nil
}

func tryEmptyEnvironment(ctx context.Context, k *kit) error {
	return k.describes(ctx, launch{env: []string{}})
}

// describes starts the program, asks it to describe itself and stops it.
func (k *kit) describes(ctx context.Context, l launch) error {
	s, err := k.open(ctx, l)
	if err != nil {
		return err
	}
	if _, err := s.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	return s.stop(ctx)
}

func tryOddPath(ctx context.Context, k *kit) error {
	dir := k.path("a path with späces 日本")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	program := filepath.Join(dir, filepath.Base(k.Program))
	if err := copyProgram(k.Program, program); err != nil {
		return err
	}
	return k.describes(ctx, launch{program: program})
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy program: %w", err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return fmt.Errorf("copy program: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy program: %w", err)
	}
	return nil
}

func tryFewFiles(ctx context.Context, k *kit) error {
	wrap, err := withFewFiles(64)
	if err != nil {
		return err
	}
	return k.describes(ctx, launch{wrap: wrap})
}

func tryTwoCopies(ctx context.Context, k *kit) error {
	first, err := k.open(ctx, launch{})
	if err != nil {
		return err
	}
	if err := k.describes(ctx, launch{}); err != nil {
		return fmt.Errorf("the second: %w", err)
	}
	if _, err := first.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("the first, beside the second: %w", err)
	}
	return first.stop(ctx)
}

func tryCycles(ctx context.Context, k *kit) error {
	for i := range k.Cycles {
		if err := k.describes(ctx, launch{}); err != nil {
			return fmt.Errorf("start %d: %w", i+1, err)
		}
		if err := k.empty("tmp"); err != nil {
			return fmt.Errorf("after start %d: %w", i+1, err)
		}
	}
	return nil
}

// cut shortens what a program said for a message.
func cut(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}
