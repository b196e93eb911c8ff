package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/metrics"
	"github.com/plumbline-dev/plumbline/host/internal/spans"
)

func (a *app) agentCommand() *cobra.Command {
	var listen, metricsListen, logLevel string
	var welcome bool
	c := &cobra.Command{
		Use: "agent", Short: "Run syncs on schedule and serve the API until interrupted", Args: exactly(0),
		Long: "Runs syncs on schedule and serves the API on a socket in the data directory, until interrupted.\n" +
			"With --listen it also serves the web UI on a loopback address; `plumbline open` prints a link to it.",
		Example: "  plumbline agent --listen 127.0.0.1:8420",
	}
	c.Flags().StringVar(&listen, "listen", "", "loopback address of the web UI, e.g. 127.0.0.1:8420")
	c.Flags().StringVar(&metricsListen, "metrics-listen", "", "loopback address of /metrics for Prometheus, e.g. 127.0.0.1:9464")
	c.Flags().StringVar(&logLevel, "log-level", "", "log this level and those above it: debug, info, warn or error")
	c.Flags().BoolVar(&welcome, "welcome", false, "add this machine as the first connection, sync it and print a link to the web UI")
	c.RunE = func(c *cobra.Command, _ []string) error {
		flags := map[string]string{}
		if c.Flags().Changed("listen") {
			flags["listen"] = listen
		}
		if c.Flags().Changed("metrics-listen") {
			flags["metrics.listen"] = metricsListen
		}
		if c.Flags().Changed("log-level") {
			flags["log.level"] = logLevel
		}
		config, err := a.config(flags)
		if err != nil {
			return err
		}
		greet := func(context.Context, *calls.Client) error { return nil }
		if welcome {
			greet = func(ctx context.Context, c *calls.Client) error { return a.welcome(ctx, c, config.DataDir) }
		}
		return a.serve(c.Context(), config, greet)
	}
	return c
}

// serve runs the agent until it is interrupted. It calls greet when the agent is ready.
func (a *app) serve(ctx context.Context, config boot.Config, greet func(context.Context, *calls.Client) error) (err error) {
	socket := access.SocketPath(config.DataDir)
	logger := a.logger(config.LogLevel)
	if path := config.Unread(); path != "" {
		logger.Warn("this user may not read the configuration file; its settings are not in force", "file", path)
	}
	h, server, err := open(ctx, boot.Options{
		Config: config, Program: "agent", Socket: socket, Version: version, Logger: logger, Unattended: true,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	serving, ctx := errgroup.WithContext(ctx)
	local, err := access.ListenSocket(ctx, socket, h.IsConnector, logger)
	if err != nil {
		return err
	}
	if err := errors.Join(measure(ctx, serving, h, server), a.trace(ctx, serving, h)); err != nil {
		return err
	}
	serving.Go(func() error { return access.Serve(ctx, local, server.Handler()) })
	if config.Listen != "" {
		browser, err := new(net.ListenConfig).Listen(ctx, "tcp", config.Listen)
		if err != nil {
			return host.Invalid("listen", config.Listen, "cannot be listened on: "+err.Error()).Because(err)
		}
		server.SetAddress(browser.Addr().String())
		serving.Go(func() error { return access.Serve(ctx, browser, server.BrowserHandler()) })
	}
	logger.Info("agent is ready", "data_dir", config.DataDir, "socket", socket, "listen", config.Listen)
	if err := greet(ctx, a.local(server)); err != nil {
		logger.Error("greet", "err", err)
		a.explain(err)
	}
	serving.Go(func() error { return tellSystemd(ctx, calls.Local(server.Handler()), logger) })
	err = serving.Wait()
	logger.Info("agent is stopping")
	return errors.Join(err, tellSystemdOfEnd())
}

// measure counts what happens, and serves the figures to who may use the API and, where an address is set, there.
func measure(ctx context.Context, serving *errgroup.Group, h *boot.Host, server *api.Server) error {
	config := h.Config()
	figures := metrics.New(h.App, version, config.MetricsAliases)
	serving.Go(func() error { return figures.Watch(ctx) }) // ends with ctx
	server.ServeMetrics(figures.Handler())
	if config.MetricsListen == "" {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", config.MetricsListen)
	if err != nil {
		return host.Invalid("metrics.listen", config.MetricsListen, "cannot be listened on: "+err.Error()).Because(err)
	}
	serving.Go(func() error { return access.Serve(ctx, listener, api.MetricsHandler(figures.Handler())) })
	return nil
}

// trace sends finished runs to a collector, where the configuration or the environment names one.
func (a *app) trace(ctx context.Context, serving *errgroup.Group, h *boot.Host) error {
	endpoint := h.Config().TracesEndpoint
	for _, variable := range a.environ {
		if value, ok := strings.CutPrefix(variable, "OTEL_EXPORTER_OTLP_ENDPOINT="); ok && endpoint == "" {
			endpoint = strings.TrimSuffix(value, "/")
		}
	}
	if endpoint == "" {
		return nil
	}
	sender, err := spans.Open(ctx, h.App, endpoint, version, h.Logger())
	if err != nil {
		return err
	}
	serving.Go(func() error { return sender.Watch(ctx) }) // ends with ctx
	return nil
}

// welcome adds this machine as a connection unless it has one, syncs it and prints
// a link to the web UI.
func (a *app) welcome(ctx context.Context, c *calls.Client, dir string) error {
	alias, err := thisMachine(ctx, c)
	if err != nil {
		return err
	}
	started, err := c.Sync(ctx, alias, connections.SyncRequest{})
	if err != nil {
		return err
	}
	finished, err := a.follow(ctx, c, started)
	if err != nil {
		return err
	}
	link, err := c.CreateLink(ctx)
	if err != nil {
		return err
	}
	return emit(a, link, func(w io.Writer, link access.Link) error {
		fmt.Fprintf(w, "\nSynced %s: %s\n", alias, word(finished.Status))
		printSteps(w, finished)
		fmt.Fprintf(w, "\nOpen Plumbline (this link works once, for ten minutes):\n\n  %s\n\n", link.URL)
		return say(w, "Commands in another terminal find this agent with\n\n  export PLUMBLINE_HOME=%s\n\n"+
			"and `%s open` then prints another link. Stop with Ctrl-C.\n", dir, os.Args[0])
	})
}

// thisMachine returns the alias of a connection of the device connector, which
// it adds when there is none.
func thisMachine(ctx context.Context, c *calls.Client) (string, error) {
	devices, err := c.Connections(ctx, api.ConnectionsParams{Connector: "device", Limit: 1})
	if err != nil {
		return "", err
	}
	if len(devices.Items) > 0 {
		return devices.Items[0].Alias, nil
	}
	added, err := c.AddConnection(ctx, connections.NewConnection{Connector: "device", Alias: "this-machine", Schedule: "@daily"})
	return added.Alias, err
}

func (a *app) openCommand() *cobra.Command {
	var printOnly bool
	c := &cobra.Command{
		Use: "open", Short: "Open the web UI of the running agent in a browser", Args: exactly(0),
		Long: "Makes a link that logs one browser in, once, and opens it. The agent must run with --listen.",
	}
	c.Flags().BoolVar(&printOnly, "print", false, "only print the link")
	c.RunE = func(c *cobra.Command, _ []string) error {
		client, err := a.runningAgent(c.Context())
		if err != nil {
			return err
		}
		link, err := client.CreateLink(c.Context())
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(link)
		}
		fmt.Fprintln(a.out, link.URL)
		if !printOnly {
			a.browse(c.Context(), link.URL)
		}
		return nil
	}
	return c
}

// runningAgent connects to the agent that owns the data directory.
func (a *app) runningAgent(ctx context.Context) (*calls.Client, error) {
	config, err := a.config(nil)
	if err != nil {
		return nil, err
	}
	client, ok := a.attach(ctx, config.DataDir)
	if !ok {
		return nil, refusal(host.CodeUnreachable, "no agent runs on "+config.DataDir,
			"Start one with `plumbline agent --listen 127.0.0.1:8420`.")
	}
	return client, nil
}

// browse opens url in the desktop's browser. The command has printed the link for
// machines without a browser.
func (a *app) browse(ctx context.Context, url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	if err := exec.CommandContext(ctx, name, args...).Run(); err != nil {
		fmt.Fprintf(a.errs, "Plumbline could not open a browser (%v): open the link yourself.\n", err)
	}
}
