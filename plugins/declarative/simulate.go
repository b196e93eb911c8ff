package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/simulate"
)

// simulated is what the program prints when it stands in for the system of a description.
type simulated struct {
	Address  string            `json:"address"` // on this machine, over HTTP
	Settings map[string]any    `json:"settings"`
	Secrets  map[string]string `json:"secrets"` // made up
}

// serveSimulated stands in for the system that the file at path describes, until
// input ends. First it prints where it answers, and settings to go with it.
func serveSimulated(path string, output io.Writer, input io.Reader) error {
	p, err := planOf(path)
	if err != nil {
		return err
	}
	settings, secrets, err := simulate.Settings(p)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: simulate.New(p, settings), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with server.Close
	defer func() { _ = server.Close() }()
	if err := json.NewEncoder(output).Encode(simulated{Address: listener.Addr().String(), Settings: settings, Secrets: secrets}); err != nil {
		return fmt.Errorf("say where: %w", err)
	}
	_, err = io.Copy(io.Discard, input)
	return err
}
