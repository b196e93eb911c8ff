//go:build desktop

package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	window "github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/desktop"
	"github.com/plumbline-dev/plumbline/host/internal/service"
)

// Shell is what the page in the window may ask of the program. Everything else it asks of
// the API. Its exported methods are window.go.main.Shell of the page.
type Shell struct {
	carrier *carrier
	sources boot.Sources
	dataDir string // empty when the configuration cannot be read
	logger  *slog.Logger

	asking sync.Mutex // held while the window is asked where it is
	closed bool       // it is going, and must not be asked; under asking

	mu    sync.Mutex
	ctx   context.Context // of the window; nil before there is one
	ready bool            // the page listens
	route string          // to go to once it does
	place desktop.Place
}

// window returns the context of the window, and whether its page listens.
func (s *Shell) window() (ctx context.Context, ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ctx, s.ready && s.ctx != nil
}

// here returns the context of the window. Its page asks, so it is there.
func (s *Shell) here() context.Context {
	ctx, _ := s.window()
	return ctx
}

// ChooseFile shows the system's dialog for a file and returns its path, "" when the person
// closes it.
func (s *Shell) ChooseFile(title string) (string, error) {
	return window.OpenFileDialog(s.here(), window.OpenDialogOptions{Title: display.Visible(title)})
}

// SaveFile saves what the API answers at an address in the folder of downloads, and returns
// its path.
func (s *Shell) SaveFile(address, name string) (string, error) {
	return desktop.SaveAnswer(s.here(), s.carrier, address, desktop.Downloads(), name)
}

// SaveText saves a text that the page has made in the folder of downloads, and returns its
// path.
func (s *Shell) SaveText(name, text string) (string, error) {
	return desktop.Save(desktop.Downloads(), name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// Background says whether syncs go on while the window is closed. Problem says why that is
// not known here.
type Background struct {
	service.State
	Did     []string `json:"did"`
	Problem string   `json:"problem,omitempty"`
	Remedy  string   `json:"remedy,omitempty"`
}

// Background returns what is known of the service.
func (s *Shell) Background() Background {
	one, err := service.New()
	if err != nil {
		return backgroundOf(service.Report{}, err)
	}
	state, err := one.State(s.here())
	return backgroundOf(service.Report{State: state}, err)
}

// SetBackground has the system run the agent, or no more. The window then shows what the
// agent serves, or opens the data itself.
func (s *Shell) SetBackground(on bool) Background {
	one, err := service.New()
	if err != nil {
		return backgroundOf(service.Report{}, err)
	}
	agent, err := s.agent()
	if err == nil && on {
		err = s.free(one)
	}
	if err != nil {
		state, _ := one.State(s.here()) // the reason above is the one to show
		return backgroundOf(service.Report{State: state}, err)
	}
	var report service.Report
	err = s.carrier.move(s.here(), on, func() (err error) {
		if on {
			report, err = one.Install(s.here(), agent)
		} else {
			report, err = one.Remove(s.here())
		}
		return err
	})
	return backgroundOf(report, err)
}

// agent is what the service runs: the program plumbline beside this one, with this data.
func (s *Shell) agent() (service.Agent, error) {
	config, err := boot.LoadConfig(s.sources)
	if err != nil {
		return service.Agent{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return service.Agent{}, err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return service.Agent{}, err
	}
	program := filepath.Join(filepath.Dir(self), "plumbline")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); err != nil {
		p := host.Invalid("service", program, "is not there: the agent is a program of its own").Because(err)
		p.Remedy = "Install the command line of Plumbline beside the window."
		return service.Agent{}, p
	}
	agent := service.Agent{Program: program}
	if !config.InDefaultPlace() {
		agent.DataDir = config.DataDir
	}
	if s.sources.File != "" {
		agent.Config, err = filepath.Abs(s.sources.File)
	}
	return agent, err
}

// free refuses to install a service while an agent that a person started has the data.
func (s *Shell) free(one *service.Service) error {
	state, err := one.State(s.here())
	if err != nil || state.Running || s.carrier.host.Load() != nil {
		return err
	}
	if _, runs := calls.Attach(s.here(), s.dataDir); !runs {
		return nil
	}
	return &host.Problem{
		Code: host.CodeLocked, Message: "an agent that was started by hand syncs already",
		Remedy: "Stop it, then turn this on.", Fault: host.FaultCustomer, Retry: host.RetryAfter,
	}
}

func backgroundOf(report service.Report, err error) Background {
	b := Background{State: report.State, Did: append([]string{}, report.Did...)}
	if err != nil {
		p := host.AsProblem(err)
		b.Problem, b.Remedy = display.Visible(p.Message), display.Visible(p.Remedy)
	}
	return b
}

// Moved says that the window may have another size or place, which is then kept.
func (s *Shell) Moved() {
	s.asking.Lock()
	defer s.asking.Unlock()
	ctx, ready := s.window()
	if !ready || s.closed || window.WindowIsMinimised(ctx) || window.WindowIsFullscreen(ctx) {
		return
	}
	now := desktop.Place{Maximised: window.WindowIsMaximised(ctx)}
	now.Width, now.Height = window.WindowGetSize(ctx)
	now.X, now.Y = window.WindowGetPosition(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(s.place.After(now))
}

// closing keeps the place for the last time: the page may still call Moved while the window
// is being destroyed.
func (s *Shell) closing() {
	s.Moved()
	s.asking.Lock()
	defer s.asking.Unlock()
	s.closed = true
}

// keep writes the place when it has changed.
func (s *Shell) keep(place desktop.Place) {
	if place == s.place || s.dataDir == "" {
		return
	}
	s.place = place
	if err := desktop.WritePlace(s.dataDir, place); err != nil {
		s.logger.Warn("keep the place of the window", "err", err)
	}
}

// Ready says that the page listens to the program. It returns the route that a link led to
// before, or "".
func (s *Shell) Ready() (route string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = true
	route, s.route = s.route, ""
	return route
}

// shown puts the window where it was, once its page is there. It reports whether this is
// the first page, and not one that was loaded again.
func (s *Shell) shown(ctx context.Context) (first bool) {
	s.mu.Lock()
	first = s.ctx == nil
	s.ctx = ctx
	place := s.place
	s.mu.Unlock()
	setZoom(ctx, place.Zoom)
	if first {
		restore(ctx, place)
	}
	return first
}

// restore moves the window to its place as far as its screen has room for that.
func restore(ctx context.Context, place desktop.Place) {
	if place.Maximised {
		return // Wails has done that
	}
	screens, err := window.ScreenGetAll(ctx)
	if err != nil {
		return // the system keeps a new window on a screen by itself
	}
	for _, screen := range screens {
		if screen.IsCurrent {
			mended := place.On(desktop.Size{Width: screen.Size.Width, Height: screen.Size.Height})
			if mended.Size != place.Size {
				window.WindowSetSize(ctx, mended.Width, mended.Height)
			}
			if place.Known {
				window.WindowSetPosition(ctx, mended.X, mended.Y)
			}
		}
	}
}

// bring shows the window before all others, at a route if there is one.
func (s *Shell) bring(route string) {
	s.mu.Lock()
	ctx, ready := s.ctx, s.ready && s.ctx != nil
	if !ready {
		s.route = route // the page goes there once it listens
	}
	s.mu.Unlock()
	if !ready {
		return
	}
	window.WindowShow(ctx)
	window.WindowUnminimise(ctx)
	if route != "" {
		window.EventsEmit(ctx, "menu", "go", route)
	}
}

// zoomBy makes the page larger or smaller by so many percent; 0 is its own size.
func (s *Shell) zoomBy(ctx context.Context, percent int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place := s.place
	place.Zoom = desktop.Zoomed(place.Zoom + percent)
	if percent == 0 {
		place.Zoom = 100
	}
	setZoom(ctx, place.Zoom)
	s.keep(place)
}
