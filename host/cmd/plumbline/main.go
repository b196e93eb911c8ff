package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the build.
var version = "dev"

func main() { os.Exit(run()) }

// run is the whole program; scripts in tests run it inside the test binary.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: os.Stdin, out: os.Stdout, errs: os.Stderr, environ: os.Environ()}
	return a.exitCode(ctx, a.command().ExecuteContext(ctx))
}
