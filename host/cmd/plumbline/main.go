package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

// version is set by the build.
var version = "dev"

func main() { os.Exit(run()) }

// run is the whole program; scripts in tests run it inside the test binary.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out, errs := &visible{to: os.Stdout}, &visible{to: os.Stderr}
	ctx = host.WithActor(ctx, owned.Person(os.Geteuid(), host.AuthLocal))
	a := &app{in: os.Stdin, out: out, errs: errs, screen: os.Stderr, environ: os.Environ()}
	code := a.exitCode(ctx, a.command().ExecuteContext(ctx))
	if err := errors.Join(out.Close(), errs.Close()); err != nil && code == exitOK {
		return exitError
	}
	return code
}
