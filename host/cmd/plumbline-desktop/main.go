//go:build desktop

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	_ "time/tzdata"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	window "github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/plumbline-dev/plumbline/frontend"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/desktop"
)

// version is set by the build.
var version = "dev"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	dataDir := flag.String("data-dir", "", "where everything is kept (default $PLUMBLINE_HOME or the user's data directory)")
	configFile := flag.String("config", "", "configuration file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	settleRenderer()
	screens, err := frontend.Screens()
	if err != nil {
		return err
	}
	sources := boot.Sources{DataDir: *dataDir, File: *configFile, Environ: os.Environ()}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	c := newCarrier(sources, screens, logger)
	s := &Shell{carrier: c, sources: sources, logger: logger, place: desktop.ReadPlace("")}
	link := desktop.LinkIn(flag.Args())
	s.route, _ = desktop.Route(link)
	// A configuration that cannot be read is shown in a window, which then is of no directory.
	if config, unreadable := boot.LoadConfig(sources); unreadable == nil {
		var instance *desktop.Instance
		if instance, err = desktop.Claim(ctx, config.DataDir, link, c.isConnector, logger); err != nil || instance == nil {
			return err
		}
		serving := make(chan error, 1)
		go func() { serving <- instance.Serve(s.bring) }() // ends with Close
		defer func() { err = errors.Join(err, instance.Close(), <-serving) }()
		s.dataDir, s.place = config.DataDir, desktop.ReadPlace(config.DataDir)
	}
	c.open(ctx)
	err = s.show(ctx, screens)
	stop()
	return errors.Join(err, c.close())
}

// show runs the window until it is closed or a signal comes. Wails quits at a signal by
// itself once its main loop runs. A signal that comes before is lost to it, so the first
// page, which is there only once the loop runs, looks for that.
func (s *Shell) show(ctx context.Context, screens fs.FS) error {
	if ctx.Err() != nil {
		return nil
	}
	start := options.Normal
	if s.place.Maximised {
		start = options.Maximised
	}
	return wails.Run(&options.App{
		Title: "Plumbline", Width: s.place.Width, Height: s.place.Height, WindowStartState: start,
		MinWidth: desktop.Smallest.Width, MinHeight: desktop.Smallest.Height,
		AssetServer: &assetserver.Options{Assets: screens, Middleware: route(s.carrier)},
		Menu:        s.menus(),
		Bind:        []any{s},
		Linux:       &linux.Options{ProgramName: "plumbline", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
		// macOS hands a link to the program that runs.
		Mac: &mac.Options{OnUrlOpen: func(link string) {
			if route, ok := desktop.Route(link); ok {
				s.bring(route)
			}
		}},
		OnDomReady: func(windowCtx context.Context) {
			if ctx.Err() != nil {
				window.Quit(windowCtx)
				return
			}
			if s.shown(windowCtx) {
				go s.follow(ctx, windowCtx) // ends with ctx
			}
		},
		OnBeforeClose: func(context.Context) bool {
			s.closing()
			return false
		},
	})
}

// follow shows the notices of the desktop channel.
func (s *Shell) follow(ctx, windowCtx context.Context) {
	notifierCtx := windowCtx
	if runtime.GOOS == "linux" {
		notifierCtx = ctx
	}
	n, err := newNotifier(notifierCtx, s.bring)
	if err != nil {
		s.logger.Info("no notices of connections will be shown", "err", err)
		return
	}
	desktop.NewNotices(calls.Local(s.carrier), func(notice desktop.Notice) {
		if err := n.tell(notice); err != nil {
			s.logger.Warn("notice", "err", err)
		}
	}, s.logger).Follow(ctx)
}

// settleRenderer chooses the buffer path that works without a graphics card, unless
// the environment chooses one. Without it, WebKitGTK shows an empty window on some
// machines.
func settleRenderer() {
	if runtime.GOOS != "linux" || os.Getenv("WEBKIT_DISABLE_DMABUF_RENDERER") != "" || os.Getenv("WEBKIT_DMABUF_RENDERER_FORCE_SHM") != "" {
		return
	}
	// Setting a variable of this process cannot fail with a valid name.
	_ = os.Setenv("WEBKIT_DMABUF_RENDERER_FORCE_SHM", "1")
}
