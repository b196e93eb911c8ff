// Command seed makes a data directory with many runs, for build/bench.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/fleet/fleettest"
)

func main() {
	plan := fleettest.Plan{Until: time.Now(), Seed: 1}
	dir := flag.String("dir", "", "the data directory to make")
	days := flag.Int("days", 30, "days over which the runs are spread")
	flag.IntVar(&plan.Connections, "connections", 200, "connections")
	flag.IntVar(&plan.Runs, "runs", 1000, "runs of each connection")
	flag.Parse()
	plan.Every = time.Duration(*days) * 24 * time.Hour / time.Duration(max(plan.Runs, 1))
	if err := fleettest.Seed(context.Background(), *dir, plan); err != nil {
		fmt.Fprintln(os.Stderr, "seed:", err)
		os.Exit(1)
	}
}
