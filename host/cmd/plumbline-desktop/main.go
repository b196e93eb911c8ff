//go:build desktop

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	_ "time/tzdata"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	window "github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/plumbline-dev/plumbline/frontend"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
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
	carrier, done := open(ctx, sources, screens, logger)
	err = show(ctx, carrier, screens)
	stop()
	return errors.Join(err, done())
}

// show runs the window until it is closed or a signal comes. Wails quits at a signal
// by itself once it runs; quitting here as well would destroy the window twice. So
// only a signal from before the start is handled here.
func show(ctx context.Context, carrier http.Handler, screens fs.FS) error {
	return wails.Run(&options.App{
		Title: "Plumbline", Width: 1280, Height: 840, MinWidth: 380, MinHeight: 480,
		AssetServer: &assetserver.Options{Assets: screens, Middleware: route(carrier)},
		Linux:       &linux.Options{ProgramName: "plumbline", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
		OnStartup: func(windowCtx context.Context) {
			if ctx.Err() != nil {
				window.Quit(windowCtx)
			}
		},
	})
}

// route passes requests of the API to the carrier. It is a middleware, because the
// asset server does not call its handler in every mode.
func route(carrier http.Handler) assetserver.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/api/") {
				carrier.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
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
