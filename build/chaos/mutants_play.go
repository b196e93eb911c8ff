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
)

// patience is with how many seeds a case is played before its mutant counts as
// one that survived: a random history need not have what the fault is about.
const patience = 8

// playMutants sees every mutant caught.
func (s *settings) playMutants(ctx context.Context, p *programs, r *report) error {
	var chosen []mutant
	for _, m := range mutants() {
		if s.only.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	r.expect(len(chosen))
	tests := &testPrograms{programs: p, dir: filepath.Dir(p.agent), built: map[string]func() (string, error){}}
	each(ctx, s.workers, chosen, func(m mutant) {
		begun := time.Now()
		result := outcome{Case: m.name, Seed: s.seed}
		switch {
		case m.test != "":
			result.Error = tests.caught(ctx, m)
		case m.fault == powerCut && os.Geteuid() != 0:
			result.NotRun = needsRoot
		case m.fault == powerCut:
			result.Error, result.NotRun = caughtByPower(ctx, m, p, s.seed)
		default:
			result.Error = caughtByCase(ctx, m, p, s.seed)
		}
		if ctx.Err() != nil {
			return
		}
		result.Seconds = time.Since(begun).Seconds()
		r.add(result, pair{fault: fault{name: m.name}, moment: m.moment})
	})
	return nil
}

// caughtByCase plays the mutant's case and returns why it was not caught, or "".
func caughtByCase(ctx context.Context, m mutant, p *programs, seed uint64) string {
	at := slices.IndexFunc(cases(), func(p pair) bool { return p.fault.name == m.fault && p.moment == m.moment })
	if at < 0 {
		return fmt.Sprintf("there is no case %s", m.catcher())
	}
	o := options{events: -1, prune: true}
	if m.author {
		o.author = m.name
	} else {
		o.mutants = m.name
	}
	last := ""
	for i := range uint64(patience) {
		result := life{cases()[at : at+1], seed + i}.play(ctx, p, o)[0]
		for _, v := range result.Violations {
			if slices.Contains(strings.Split(m.oracle, "|"), v.Oracle) {
				return ""
			}
		}
		last = result.Error
		for _, v := range result.Violations {
			last += fmt.Sprintf(" (%s: %s)", v.Oracle, v.What)
		}
	}
	return fmt.Sprintf("the mutant survived (%s): %s did not catch it by %s with %d seeds; the last of them: %s", m.what, m.catcher(), m.oracle, patience, clip(last, 600))
}

// testPrograms are the test binaries of packages, with every mutant in them and
// neither moments nor scale, each built once.
type testPrograms struct {
	programs *programs
	dir      string

	mu    sync.Mutex
	built map[string]func() (string, error)
}

func (t *testPrograms) of(ctx context.Context, pkg string) (string, error) {
	t.mu.Lock()
	build, ok := t.built[pkg]
	if !ok {
		build = sync.OnceValues(func() (string, error) { return t.build(ctx, pkg) })
		t.built[pkg] = build
	}
	t.mu.Unlock()
	return build()
}

func (t *testPrograms) build(ctx context.Context, pkg string) (string, error) {
	var edits []edit
	for _, m := range mutants() {
		if m.pkg == pkg {
			edits = append(edits, m.edits...)
		}
	}
	copies, err := overlaid(t.programs.root, edits)
	if err != nil {
		return "", err
	}
	name := strings.ReplaceAll(strings.TrimPrefix(pkg, "./"), "/", "_")
	overlay, err := writeOverlay(t.programs.root, filepath.Join(t.dir, "overlay-"+name), copies)
	if err != nil {
		return "", err
	}
	program := filepath.Join(t.dir, name+".test")
	return program, t.programs.goTool(ctx, "test", "-c", "-overlay", overlay, "-o", program, pkg)
}

// caught runs the mutant's test, healthy and with the mutant.
func (t *testPrograms) caught(ctx context.Context, m mutant) string {
	program, err := t.of(ctx, m.pkg)
	if err != nil {
		return err.Error()
	}
	for _, alive := range []string{"", m.name} {
		test := exec.CommandContext(ctx, program, "-test.v", "-test.timeout=2m", "-test.run", "^"+m.test+"$")
		test.Dir = filepath.Join(t.programs.root, m.pkg)
		test.Env = append(os.Environ(), "CHAOS_MUTANT="+alive)
		text, err := test.CombinedOutput()
		failed := err != nil
		switch {
		case !bytes.Contains(text, []byte("=== RUN   "+m.test)):
			return fmt.Sprintf("there is no test %s: %s", m.catcher(), clip(string(text), 600))
		case alive == "" && failed:
			return fmt.Sprintf("%s fails without a mutant: %s", m.catcher(), clip(string(text), 600))
		case alive != "" && !failed:
			return fmt.Sprintf("the mutant survived (%s): %s passes", m.what, m.catcher())
		}
	}
	return ""
}

// caughtByPower cuts the mutant's power until an oracle complains, and returns why
// it survived, or why the power cannot be cut on this machine.
func caughtByPower(ctx context.Context, m mutant, p *programs, seed uint64) (survived, notRun string) {
	caught, last := false, ""
	for i := range uint64(powerPatience) {
		err := cutPower(ctx, p, seed+i, powerRounds*len(acts()), options{mutants: m.name}, func(o outcome, _ pair) bool {
			for _, v := range o.Violations {
				caught = caught || slices.Contains(strings.Split(m.oracle, "|"), v.Oracle)
				last = fmt.Sprintf("%s: %s", v.Oracle, v.What)
			}
			return !caught
		})
		var not impossible
		switch {
		case caught:
			return "", ""
		case errors.As(err, &not):
			return "", not.why
		case err != nil:
			return err.Error(), ""
		}
	}
	return fmt.Sprintf("the mutant survived (%s): %s did not catch it by %s with %d disks; the last complaint: %s", m.what, m.catcher(), m.oracle, powerPatience, clip(last, 600)), ""
}

// powerPatience is how many disks a mutant goes through before it has survived.
const powerPatience = 3
