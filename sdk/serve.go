package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// Serve runs the program as a connector and ends it; it never returns. Main should call nothing
// else.
//
// Started by hand, the program explains itself: "describe" prints the descriptor as JSON, and
// "--version" the version. With DevVariable in its environment it waits for a host.
func Serve(c *Connector) { os.Exit(serve(c, os.Args[1:])) }

func serve(c *Connector, args []string) int {
	if len(args) == 1 {
		switch args[0] {
		case "--version", "-version", "version":
			fmt.Printf("%s %s (Plumbline connector, protocol %d, %s)\n", c.ID, c.Version, ProtocolVersion, sdkVersion)
			return 0
		case "describe":
			return printDescribe(c, os.Stdout, os.Stderr)
		}
	}
	handshake := Handshake()
	if file := os.Getenv(DevVariable); file != "" && os.Getenv(handshake.MagicCookieKey) == "" {
		if err := serveAttached(c, file); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", c.ID, err)
			return 1
		}
		return 0
	}
	if os.Getenv(handshake.MagicCookieKey) != handshake.MagicCookieValue {
		fmt.Fprintf(os.Stderr, "%s %s is a Plumbline connector. The Plumbline host starts it; you cannot run it by hand.\n"+
			"Add it with `plumbline connection add`, or run it with \"describe\" to see what it reads.\n", c.ID, c.Version)
		return 1
	}
	signal.Ignore(os.Interrupt) // Ctrl-C goes to the whole group; the host decides
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // most of the memory is records that were sent
	}

	// go-plugin prints one line on the real stdout and then replaces both standard files by
	// pipes. The author's code gets the real stderr for both: its output must neither disturb
	// the protocol nor block on a pipe.
	stderr := os.Stderr
	process, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	s, err := newServer(process, c, func() { os.Stdout, os.Stderr = stderr, stderr })
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", c.ID, err)
		return 1
	}
	orphaned := func(why string) {
		stop(Errorf(CodeCancelled, "%s", why))
		s.drain(time.Second)
		os.Exit(0)
	}
	go watchStdin(orphaned) // ends with the program, like the next one
	go watchParent(os.Getppid(), orphaned)
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         goplugin.PluginSet{PluginName: &servicePlugin{server: s}},
		GRPCServer:      grpcServer,
		Logger:          hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: stderr, JSONFormat: true}),
	})
	stop(Errorf(CodeCancelled, "the host ended the program"))
	s.drain(time.Second)
	return 0
}

// grpcServer sets both message limits: by default gRPC receives 4 MiB and sends without limit. It
// also lets a host ping often: by default gRPC closes the connection of a client that pings more
// than every five minutes, for example during a long wait for a rate limit.
func grpcServer(options []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(options,
		grpc.MaxRecvMsgSize(MaxMessageBytes), grpc.MaxSendMsgSize(MaxMessageBytes),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
	)...)
}

// watchStdin calls gone when stdin closes. The host keeps that pipe open as long as it lives. A
// stdin that is not a pipe is ignored.
func watchStdin(gone func(string)) {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	gone("the host closed its pipe")
}

// watchParent calls gone when the program gets another parent, the second sign that the host has
// ended. On Windows the parent never changes.
func watchParent(parent int, gone func(string)) {
	if runtime.GOOS == "windows" {
		return
	}
	for range time.Tick(500 * time.Millisecond) {
		if os.Getppid() != parent {
			gone("the host is gone")
		}
	}
}

// printDescribe writes the descriptor as JSON, or the mistakes in it.
func printDescribe(c *Connector, out, errs io.Writer) int {
	if err := c.Validate(); err != nil {
		fmt.Fprintf(errs, "%s: %v\n", c.ID, err)
		return 1
	}
	guide, _ := ParseGuide(c.Guide) // Validate has parsed it
	streams := make([]map[string]any, len(c.Streams))
	for i, s := range c.Streams {
		streams[i] = map[string]any{
			"name": s.Name, "title": s.Title, "kind": s.Kind, "description": s.Description, "permissions": s.Permissions,
			"deletes": s.Deletes.String(), "incremental": s.Incremental,
		}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(map[string]any{
		"id": c.ID, "name": c.Name, "version": c.Version, "sdk": sdkVersion, "vendor": c.Vendor, "summary": c.Summary,
		"homepage": c.Homepage, "license": c.License, "categories": c.Categories, "capabilities": c.capabilities(),
		"streams": streams, "permissions": c.Permissions, "network": c.Network, "network_tcp": c.NetworkTCP,
		"files": c.Files, "memory_mib": c.MemoryMiB,
		"limits": map[string]any{
			"requests_per_second": c.Limits.RequestsPerSecond, "concurrent_requests": c.Limits.ConcurrentRequests,
			"concurrent_runs": c.Limits.ConcurrentRuns, "tenant_settings": c.Limits.TenantSettings,
		},
		"config_schema": json.RawMessage(c.ConfigSchema), "guide": guide,
	})
	if err != nil {
		fmt.Fprintf(errs, "%s: %v\n", c.ID, err)
		return 1
	}
	return 0
}

// String returns the host's word for the value.
func (d Deletes) String() string {
	switch d {
	case Tombstone:
		return "tombstone"
	case Never:
		return "never"
	default:
		return "snapshot"
	}
}
