package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// simulatedCompany is the program that plays the vendors of the demo's company. It lies beside this
// program. It writes one line of JSON, a story, when it is ready. Each line {"day": N} on its
// standard input makes it the company of that day, which it confirms with a line. It ends when its
// standard input ends.
const simulatedCompany = "simulated-company"

// story is what the simulated company says of itself.
type story struct {
	Proxy       string           `json:"proxy"`     // the way to every vendor
	Authority   string           `json:"authority"` // a file with the certificate of the vendors
	Days        int              `json:"days"`
	Connections []demoConnection `json:"connections"`
}

// demoConnection is a connection of the demo.
type demoConnection struct {
	Connector string            `json:"connector"`
	Alias     string            `json:"alias"`
	Settings  json.RawMessage   `json:"settings"`
	Secrets   map[string]string `json:"secrets"`
	Schedule  string            `json:"schedule"`
	Added     int               `json:"added"`           // the day on which it was added
	Every     int               `json:"every"`           // it was synced every so many days; 0 = never
	Also      []int             `json:"also,omitempty"`  // and on these days
	Until     int               `json:"until,omitempty"` // its last day; 0 = it is synced to the end
	Paused    string            `json:"paused,omitempty"`
}

// due reports whether a connection is synced on a day. The last day has a sync of all that still run.
func (c demoConnection) due(day, last int) bool {
	switch {
	case c.Every == 0 || day < c.Added || c.Until > 0 && day > c.Until:
		return false
	case day == last, day == c.Until, slices.Contains(c.Also, day):
		return true
	}
	return (last-day)%c.Every == 0
}

// busy reports whether a connection is added or synced on a day.
func (s story) busy(day int) bool {
	return slices.ContainsFunc(s.Connections, func(c demoConnection) bool { return c.Added == day || c.due(day, s.Days) })
}

// company is the running simulated company.
type company struct {
	story
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

// startCompany starts the simulated company, which keeps its files in dir.
func startCompany(ctx context.Context, errs io.Writer, dir string, people int) (*company, error) {
	program, err := companyProgram()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make directory of the company: %w", err)
	}
	c := &company{cmd: exec.CommandContext(ctx, program, "-dir", dir, "-people", strconv.Itoa(people))}
	c.cmd.Stderr = errs
	c.cmd.WaitDelay = 5 * time.Second
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start company: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start company: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start company: %w", err)
	}
	c.lines = bufio.NewScanner(out)
	c.lines.Buffer(nil, 1<<20)
	if err := c.answer(&c.story); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// companyProgram returns the path of the program beside this one.
func companyProgram() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find program: %w", err)
	}
	if target, err := filepath.EvalSymlinks(self); err == nil {
		self = target
	}
	program := filepath.Join(filepath.Dir(self), simulatedCompany)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); err != nil {
		return "", host.NotFound("program", program,
			"The demo needs it; it comes with every release, beside plumbline. In the sources `make build` makes it.")
	}
	return program, nil
}

// answer reads one line.
func (c *company) answer(into any) error {
	if !c.lines.Scan() {
		err := c.lines.Err()
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read from the simulated company: %w", err)
	}
	if err := json.Unmarshal(c.lines.Bytes(), into); err != nil {
		return fmt.Errorf("read from the simulated company: %w", err)
	}
	return nil
}

// lead has this process reach the vendors of the company, and nothing else.
func (c *company) lead() error {
	for name, value := range map[string]string{
		"HTTPS_PROXY": c.Proxy, "HTTP_PROXY": c.Proxy, "https_proxy": c.Proxy, "http_proxy": c.Proxy, "NO_PROXY": "", "no_proxy": "",
		"SSL_CERT_FILE": c.Authority, "SSL_CERT_DIR": filepath.Dir(c.Authority),
	} {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// live makes the company that of a day.
func (c *company) live(day int) error {
	if _, err := fmt.Fprintf(c.in, "{\"day\": %d}\n", day); err != nil {
		return fmt.Errorf("write to the simulated company: %w", err)
	}
	var confirmed struct {
		Day int `json:"day"`
	}
	if err := c.answer(&confirmed); err != nil {
		return err
	}
	if confirmed.Day != day {
		return fmt.Errorf("the simulated company is at day %d, not %d", confirmed.Day, day)
	}
	return nil
}

// stop ends the program. It ends by itself when its standard input does.
func (c *company) stop() error {
	_ = c.in.Close() // it may have ended already, which Wait says
	if err := c.cmd.Wait(); err != nil && !c.cmd.ProcessState.Exited() {
		return nil // the interrupt that ends the demo ended it too
	} else if err != nil {
		return fmt.Errorf("end simulated company: %w", err)
	}
	return nil
}
