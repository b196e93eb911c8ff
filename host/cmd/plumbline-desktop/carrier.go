//go:build desktop

package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

// open returns the handler of the window's requests: the agent that owns the data
// directory, a host in this process, or the reason why there is neither. done ends
// it.
func open(ctx context.Context, sources boot.Sources, screens fs.FS, logger *slog.Logger) (carrier http.Handler, done func() error) {
	nothing := func() error { return nil }
	config, err := boot.LoadConfig(sources)
	if err != nil {
		return failed(err), nothing
	}
	if agent, ok := api.Attach(ctx, config.DataDir); ok {
		logger.Info("window onto the agent that owns the data directory", "data_dir", config.DataDir)
		return agent.Forward(), nothing
	}
	carrier, done, err = embed(ctx, config, screens, logger)
	if err != nil {
		logger.Error("open data directory", "err", err)
		return failed(err), nothing
	}
	return carrier, done
}

// embed opens the host in this process and serves its socket too.
func embed(ctx context.Context, config boot.Config, screens fs.FS, logger *slog.Logger) (http.Handler, func() error, error) {
	socket := api.SocketPath(config.DataDir)
	e, err := boot.Open(ctx, boot.Options{
		Config: config, Program: "desktop", Socket: socket, Version: version, Logger: logger, Unattended: true,
	})
	if err != nil {
		return nil, nil, err
	}
	server, err := api.New(e.App, version, screens)
	if err != nil {
		return nil, nil, errors.Join(err, e.Close())
	}
	listener, err := api.ListenSocket(ctx, socket, e.IsConnector, logger)
	if err != nil {
		return nil, nil, errors.Join(err, e.Close())
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- api.Serve(serving, listener, server.Handler()) }() // ends with done
	return server.WindowHandler(), func() error {
		stop()
		return errors.Join(<-served, e.Close())
	}, nil
}

// failed answers every request with the reason why there is no host, which the
// window then shows.
func failed(err error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { api.Refuse(w, err) })
}
