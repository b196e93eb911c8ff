package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/simulate"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// simulatorName is the name of the file beside a connector that says what its system answers.
const simulatorName = "simulator.yaml"

// simulated is what the program prints when it stands in for the system of a description.
type simulated struct {
	Address  string            `json:"address"` // on this machine, over HTTP
	From     string            `json:"from"`    // simulator.yaml or the connector's own file
	Settings map[string]any    `json:"settings"`
	Secrets  map[string]string `json:"secrets"`           // made up
	Records  map[string]int    `json:"records,omitempty"` // that each stream has, if the system says so

	system http.Handler
}

// serveSimulated stands in for the system that the file at path describes, until
// input ends. First it prints where it answers, and settings to go with it.
func serveSimulated(path string, output io.Writer, input io.Reader) error {
	p, err := planOf(path)
	if err != nil {
		return err
	}
	said, err := systemOf(p, path)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	said.Address = listener.Addr().String()
	server := &http.Server{Handler: said.system, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with server.Close
	defer func() { _ = server.Close() }()
	if err := json.NewEncoder(output).Encode(said); err != nil {
		return fmt.Errorf("say where: %w", err)
	}
	_, err = io.Copy(io.Discard, input)
	return err
}

// systemOf returns the system of a plan: the one that simulator.yaml beside the connector's file
// describes, and otherwise one that is derived from the plan.
func systemOf(p *plan.Plan, path string) (*simulated, error) {
	f, err := vendor.Load(filepath.Join(filepath.Dir(path), simulatorName))
	if errors.Is(err, fs.ErrNotExist) {
		settings, secrets, err := simulate.Settings(p)
		return &simulated{From: filepath.Base(path), Settings: settings, Secrets: secrets, system: simulate.New(p, settings)}, err
	}
	if err != nil {
		return nil, err
	}
	few, err := fewOf(p, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", simulatorName, err)
	}
	v := f.New(few)
	settings := f.Settings()
	simulate.Shorten(p, settings)
	s := &simulated{From: simulatorName, Settings: settings, Secrets: f.Secrets(), Records: map[string]int{}, system: v}
	for _, name := range f.Streams() {
		keys, err := v.Expected(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", simulatorName, err)
		}
		s.Records[name] = len(keys)
	}
	return s, nil
}

// fewOf returns the mode of a vendor with as few items as show every stream of a plan.
func fewOf(p *plan.Plan, f *vendor.File) (vendor.Mode, error) {
	size := wholePage(p)
	return f.Few(size+1, size > 0)
}

// wholePage returns the size of the pages of lists that end at a page with fewer rows, the largest of
// them, and 0 when pages may have any size.
func wholePage(p *plan.Plan) (size int) {
	for _, s := range p.Streams {
		lists := []*plan.Stream{s}
		for _, j := range s.Joins {
			lists = append(lists, j.List)
		}
		for _, list := range lists {
			paging := list.Paging
			if paging.Size == nil {
				continue
			}
			full := strconv.Itoa(paging.Size.Value)
			if paging.Short || strings.Contains(paging.More.String(), full) || strings.Contains(paging.Last.String(), full) {
				size = max(size, paging.Size.Value)
			}
		}
	}
	return size
}
