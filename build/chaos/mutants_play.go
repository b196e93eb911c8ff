package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/play"
	"github.com/plumbline-dev/plumbline/build/chaos/power"
)

// patience is how many seeds a case is played with before its mutant has survived: a
// random history may lack what the fault needs.
const patience = 8

func (s *settings) playMutants(ctx context.Context, p *overlay.Programs, r *report) error {
	var chosen []overlay.Mutant
	for _, m := range overlay.Mutants() {
		if s.only.MatchString(m.Name) {
			chosen = append(chosen, m)
		}
	}
	r.expected += len(chosen)
	tests := &testPrograms{programs: p, dir: filepath.Dir(p.Agent), built: map[string]string{}}
	each(ctx, workers(), chosen, func(m overlay.Mutant) {
		begun := time.Now()
		result := play.Outcome{Case: m.Name, Seed: s.seed}
		switch {
		case m.Test != "":
			result.Error = tests.caught(ctx, m)
		case m.Fault == overlay.PowerCut && os.Geteuid() != 0:
			result.NotRun = power.NeedsRoot
		case m.Fault == overlay.PowerCut:
			result.Error, result.NotRun = caughtByPower(ctx, m, p, s.seed)
		default:
			result.Error = caughtByCase(ctx, m, p, s.seed)
		}
		if ctx.Err() != nil {
			return
		}
		result.Seconds = time.Since(begun).Seconds()
		r.add(result)
	})
	return nil
}

// caughtByCase plays the mutant's case and returns why it was not caught, or "".
func caughtByCase(ctx context.Context, m overlay.Mutant, p *overlay.Programs, seed uint64) string {
	at := slices.IndexFunc(play.Cases(), func(p play.Pair) bool { return p.Fault.Name == m.Fault && p.Moment == m.Moment })
	if at < 0 {
		return fmt.Sprintf("there is no case %s", m.Catcher())
	}
	o := play.Options{Prune: true}
	if m.Author {
		o.Author = m.Name
	} else {
		o.Mutants = m.Name
	}
	last := ""
	for i := range uint64(patience) {
		result := play.Life{Pairs: play.Cases()[at : at+1], Seed: seed + i}.Play(ctx, p, o)[0]
		for _, v := range result.Violations {
			if m.CaughtBy(v.Oracle) {
				return ""
			}
		}
		last = result.Error
		for _, v := range result.Violations {
			last += fmt.Sprintf(" (%s: %s)", v.Oracle, v.What)
		}
	}
	return survived(m, patience, "seeds", last)
}

// testPrograms are the test binaries of packages, with every mutant in them and
// neither moments nor scale, each built once.
type testPrograms struct {
	programs *overlay.Programs
	dir      string

	mu    sync.Mutex
	built map[string]string // by package
}

func (t *testPrograms) of(ctx context.Context, pkg string) (program string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.built[pkg] == "" {
		t.built[pkg], err = t.build(ctx, pkg)
	}
	return t.built[pkg], err
}

func (t *testPrograms) build(ctx context.Context, pkg string) (string, error) {
	var edits []overlay.Edit
	for _, m := range overlay.Mutants() {
		if m.Pkg == pkg {
			edits = append(edits, m.Edits...)
		}
	}
	copies, err := overlay.Overlaid(t.programs.Root, edits)
	if err != nil {
		return "", err
	}
	name := strings.ReplaceAll(strings.TrimPrefix(pkg, "./"), "/", "_")
	overlay, err := overlay.Write(t.programs.Root, filepath.Join(t.dir, "overlay-"+name), copies)
	if err != nil {
		return "", err
	}
	program := filepath.Join(t.dir, name+".test")
	return program, t.programs.GoTool(ctx, "test", "-c", "-overlay", overlay, "-o", program, pkg)
}

// caught runs the mutant's test, healthy and with the mutant.
func (t *testPrograms) caught(ctx context.Context, m overlay.Mutant) string {
	program, err := t.of(ctx, m.Pkg)
	if err != nil {
		return err.Error()
	}
	for _, alive := range []string{"", m.Name} {
		test := exec.CommandContext(ctx, program, "-test.v", "-test.timeout=2m", "-test.run", "^"+m.Test+"$")
		test.Dir = filepath.Join(t.programs.Root, m.Pkg)
		test.Env = append(os.Environ(), "CHAOS_MUTANT="+alive)
		text, err := test.CombinedOutput()
		failed := err != nil
		switch {
		case !bytes.Contains(text, []byte("=== RUN   "+m.Test)):
			return fmt.Sprintf("there is no test %s: %s", m.Catcher(), play.Clip(string(text), 600))
		case alive == "" && failed:
			return fmt.Sprintf("%s fails without a mutant: %s", m.Catcher(), play.Clip(string(text), 600))
		case alive != "" && !failed:
			return fmt.Sprintf("the mutant survived (%s): %s passes", m.What, m.Catcher())
		}
	}
	return ""
}

// caughtByPower cuts the mutant's power until an oracle complains, and returns why
// it survived, or why the power cannot be cut on this machine.
func caughtByPower(ctx context.Context, m overlay.Mutant, p *overlay.Programs, seed uint64) (escaped, notRun string) {
	caught, last := false, ""
	for i := range uint64(powerPatience) {
		options := play.Options{Mutants: m.Name}
		err := power.Cut(ctx, p, seed+i, power.MomentsOfDisk(), options, func(o play.Outcome) bool {
			for _, v := range o.Violations {
				caught = caught || m.CaughtBy(v.Oracle)
				last = fmt.Sprintf("%s: %s", v.Oracle, v.What)
			}
			return !caught
		})
		var not play.Impossible
		switch {
		case caught:
			return "", ""
		case errors.As(err, &not):
			return "", not.Why
		case err != nil:
			return err.Error(), ""
		}
	}
	return survived(m, powerPatience, "disks", last), ""
}

// survived says that so many tries did not catch a mutant.
func survived(m overlay.Mutant, tries int, of, last string) string {
	return fmt.Sprintf("the mutant survived (%s): %s did not catch it by %s with %d %s; the last complaint: %s",
		m.What, m.Catcher(), m.Oracle, tries, of, play.Clip(last, 600))
}

// powerPatience is how many disks a mutant goes through before it has survived.
const powerPatience = 3
