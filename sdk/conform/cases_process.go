package conform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// endLimit is how long a program may take to end on request.
const endLimit = 2 * time.Second

// processCases are about the program as a process.
func processCases() []Case {
	return []Case{
		{"H1", Must, "starts in time and prints one handshake line", tryHandshake},
		{"H2", Must, "prints nothing else on stdout, before or after", onPlain(tryStdout)},
		{"H3", Must, "started by hand it explains itself and fails", tryByHand},
		{"H4", Must, "talks mutual TLS and refuses to talk without", tryTLS},
		{"H5", Must, "ends within 2 s when stdin is closed", onPlain(tryStdinEnd)},
		{"H6", Should, "ends when its parent is killed", tryParentDeath},
		{"H7", Must, "ends within 2 s when the host asks it to shut down", onPlain(tryShutdown)},
		{"H8", Must, "survives an interrupt, which the host handles", onPlain(tryInterrupt)},
		{"H9", Must, "leaves no process behind", onPlain(tryChildren)},
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

func tryStdout(ctx context.Context, k *kit, p plain) error {
	k.work(ctx, p)
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

// work runs a check and a sync. Their results do not matter here.
func (k *kit) work(ctx context.Context, client connectorv1.ConnectorClient) {
	const limit = 15 * time.Second
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	described, err := client.Describe(ctx, &connectorv1.DescribeRequest{})
	if err != nil {
		return
	}
	credentials := &connectorv1.Credentials{Settings: k.settings, Secrets: k.Secrets}
	_, _ = receiveCheck(ctx, client, &connectorv1.CheckRequest{Credentials: credentials})
	open := testhost.Open(credentials, limit)
	for _, s := range described.GetStreams() {
		open.Streams = append(open.Streams, &connectorv1.StreamState{Name: s.GetName()})
	}
	_ = testhost.Manner{}.Sync(ctx, client, open, func(*connectorv1.SyncResponse) {})
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
		return fmt.Errorf("it prints %q on stderr, which explains nothing", cut(p.errs.String()))
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
		return errors.New("go-plugin does not know the program's address")
	}
	conn, err := k.dial(attach.Addr.Network(), attach.Addr.String())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if _, err := connectorv1.NewConnectorClient(conn).Describe(ctx, &connectorv1.DescribeRequest{}); err == nil {
		return errors.New("it answers a client without TLS")
	}
	return nil
}

func tryStdinEnd(ctx context.Context, _ *kit, p plain) error {
	_ = p.stdin.Close()
	return p.ended(ctx, endLimit)
}

func tryParentDeath(ctx context.Context, k *kit) error {
	wrap, err := underParent()
	if err != nil {
		return err
	}
	p, err := k.plain(ctx, launch{wrap: wrap})
	if err != nil {
		return err
	}
	if _, err := p.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	// Only the parent is killed. Stdin stays open, so the program can notice nothing but
	// the death of its parent. The end of its stdout shows that it has ended.
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

func tryShutdown(ctx context.Context, _ *kit, p plain) error {
	call, cancel := context.WithTimeout(ctx, endLimit)
	defer cancel()
	// The program may end before it answers.
	_ = p.conn.Invoke(call, "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
	return p.ended(ctx, endLimit)
}

func tryInterrupt(ctx context.Context, _ *kit, p plain) error {
	if _, err := p.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	if err := interrupt(p.cmd); err != nil {
		return err
	}
	if err := p.ended(ctx, 300*time.Millisecond); err == nil {
		return errors.New("it ended")
	}
	if _, err := p.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("describe after the interrupt: %w", err)
	}
	return nil
}

func tryChildren(ctx context.Context, k *kit, p plain) error {
	k.work(ctx, p)
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
	return cmp.Or(k.empty("work"), k.empty("home"))
}

// empty returns an error that names the files in one of the case's directories.
func (k *kit) empty(name string) error {
	left, err := os.ReadDir(k.path(name))
	if err != nil {
		return fmt.Errorf("list files left behind: %w", err)
	}
	if len(left) > 0 {
		return fmt.Errorf("the %s directory holds %v", name, left)
	}
	return nil
}

func tryEmptyEnvironment(ctx context.Context, k *kit) error {
	return k.describes(ctx, launch{env: []string{}})
}

func (k *kit) describes(ctx context.Context, l launch) error {
	_, err := k.describe(ctx, l)
	return err
}

func tryOddPath(ctx context.Context, k *kit) error {
	dir := k.path("a path with späces 日本")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	program := filepath.Join(dir, filepath.Base(k.Program))
	raw, err := os.ReadFile(k.Program)
	if err == nil {
		err = os.WriteFile(program, raw, 0o700)
	}
	if err != nil {
		return fmt.Errorf("copy program: %w", err)
	}
	return k.describes(ctx, launch{program: program})
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

// cut shortens the output of a program for a message.
func cut(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}
