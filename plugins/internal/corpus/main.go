// Command corpus records the labelled corpus of host/internal/diagnose: it syncs connections
// against simulated vendors that misbehave, and saves what `plumbline run explain --facts`
// knew of each failed run, with the cause that was brought about.
//
//	unshare --net --mount sh -c 'ip link set lo up; exec go run ./plugins/internal/corpus \
//	    -plumbline bin/plumbline -connectors bin/connectors -out host/internal/diagnose/testdata/corpus'
//
// In a network namespace of its own nothing can leave the machine, and every name fails to
// resolve as it does on a machine without a name service. In a mount namespace of its own a case can have a small
// disk for its data directory. The connector fake of some cases is the test of the program:
//
//	go test -c -o bin/connectors/fake ./host/cmd/plumbline
//
// Terms
//
//	subject  a connector with its simulated vendor, or with a real server that the case starts: OpenLDAP, PostgreSQL
//	plight   what goes wrong, the cause that is the label, and what cures it
//	case     a plight of a subject: a file of the corpus
//
// A case makes a data directory, syncs once without a fault (unless the plight is there from
// the beginning), brings the plight about, syncs again, asks for the facts, cures the plight
// and syncs a last time. The texts of errors are the connector's own. Where a simulator has
// no such answer (an allow-list, a plan, a clock), the plight answers with the status and the
// body that the vendor documents. A clock that is wrong is one by which certificates do not hold: they are made for another time.
//
// A third of the cases goes to the folder held, by the hash of their names: rules are not
// written against these.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	var r recorder
	var only string
	flag.StringVar(&r.plumbline, "plumbline", "bin/plumbline", "the program")
	flag.StringVar(&r.connectors, "connectors", "bin/connectors", "the directory of the connectors")
	flag.StringVar(&r.out, "out", "", "the directory of the corpus")
	flag.StringVar(&only, "only", "", "only cases whose name holds this")
	flag.BoolVar(&r.missing, "missing", false, "only cases that have no file yet")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := r.run(ctx, only); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

// run records every case whose name holds a text.
func (r *recorder) run(ctx context.Context, only string) error {
	if r.out == "" {
		return errors.New("name the directory of the corpus with -out")
	}
	for _, path := range []*string{&r.plumbline, &r.connectors, &r.out} {
		full, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("find %s: %w", *path, err)
		}
		*path = full
	}
	failed := 0
	for _, c := range cases() {
		if !strings.Contains(c.name(), only) || ctx.Err() != nil {
			continue
		}
		if _, err := os.Stat(r.path(c.name())); err == nil && r.missing {
			continue
		}
		if err := r.record(ctx, c); err != nil {
			failed++
			fmt.Fprintf(os.Stderr, "%s: %v\n", c.name(), err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d cases were not recorded", failed)
	}
	return ctx.Err()
}
