// Package power plays power cuts: an agent on a disk of its own, copies of the disk as
// a cut leaves it, and the oracles that judge an agent on such a copy.
package power

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/play"
)

// NeedsRoot is why power cuts are not played.
const NeedsRoot = "power cuts need loop devices, which need root: run this as root"

// When a cut comes.
const (
	InTheMiddle  = "in the middle"
	Acknowledged = "acknowledged"
)

// facts are what the agent has acknowledged.
type facts struct {
	log        []host.Change
	runs       map[string]host.RunStatus
	tokens     map[string]string // by alias; "" = in no backup, so it has to be entered again
	backups    []string          // file names
	connectors []string          // described
}

func (f facts) clone() facts {
	f.log, f.backups, f.connectors = slices.Clone(f.log), slices.Clone(f.backups), slices.Clone(f.connectors)
	f.runs, f.tokens = maps.Clone(f.runs), maps.Clone(f.tokens)
	return f
}

// wish is what the agent was asked for and has not acknowledged yet: a cut may
// leave it done or not done.
type wish struct {
	alias, token string
	restored     *facts
}

// act is one thing that an administrator does while the power may be cut.
type act struct {
	Name string
	do   func(*powered, context.Context) error
}

// Acts are all acts, in their order. The first is on an empty disk, or on a disk that
// was just restored.
func Acts() []act {
	return []act{
		{"start", func(p *powered, ctx context.Context) error { return p.Start(ctx) }},
		{"describe", (*powered).describe},
		{"add", (*powered).add},
		{"sync", (*powered).read},
		{"secret", (*powered).secret},
		{"backup", (*powered).backup},
		{"end", func(p *powered, _ context.Context) error { return p.Agent.Stop() }},
		{"restore", (*powered).restore},
	}
}

// fewWrites is the assumed number of writes of an act that was never done.
const fewWrites = 4

// MomentsOfDisk is how many cuts one disk goes through: all acts twice.
func MomentsOfDisk() int { return 2 * len(Acts()) }

// powered is an agent on a disk whose power is cut again and again.
type powered struct {
	*play.World
	disk  *powerDisk
	rng   *rand.Rand
	made  int
	alias string         // added last
	usual map[string]int // writes of an act when it was done last

	mu    sync.Mutex
	facts facts
	wish  wish
	saved facts // what the latest backup holds
}

// acknowledge takes what the agent has just acknowledged into the facts.
func (p *powered) acknowledge(change func(f *facts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.facts)
	p.wish = wish{}
}

func (p *powered) wants(w wish) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wish = w
}

// powerImage is what a cut left, with what the agent had acknowledged before.
type powerImage struct {
	act   string
	when  string
	file  string
	facts facts
	wish  wish
}

// Cut plays one disk, with an outcome for every moment, until add returns false.
func Cut(
	ctx context.Context, programs *overlay.Programs, seed uint64, moments int, o play.Options,
	add func(play.Outcome) bool,
) (err error) {
	dir, err := os.MkdirTemp("", "plp")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	w, err := play.NewWorld(programs, dir, seed, o)
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	p := &powered{World: w, rng: rand.New(rand.NewPCG(seed, 5)), usual: map[string]int{}}
	p.facts = facts{runs: map[string]host.RunStatus{}, tokens: map[string]string{}}
	defer func() { err = errors.Join(err, w.Close(), os.RemoveAll(dir)) }()
	if p.disk, err = newPowerDisk(dir, w.Home); err != nil {
		return err
	}
	w.Closers = append(w.Closers, p.disk.close)
	for n := range moments {
		a := Acts()[n%len(Acts())]
		begun := time.Now()
		title := overlay.PowerCut + "@" + a.Name
		image, err := p.cut(ctx, a)
		if err != nil {
			return fmt.Errorf("%s, seed %d: %w", title, seed, err)
		}
		bad, err := p.examine(ctx, image)
		if ctx.Err() != nil {
			return ctx.Err() // it was cut short, which says nothing
		}
		result := play.Outcome{Case: title, Seed: seed, When: image.when, Seconds: time.Since(begun).Seconds(), Violations: bad}
		if err != nil {
			result.Error = err.Error()
		}
		if !add(result) {
			return nil
		}
	}
	return nil
}

// cut does the act and takes an image in the middle of it, or just when it has been
// acknowledged.
func (p *powered) cut(ctx context.Context, a act) (powerImage, error) {
	ctx, cancel := context.WithTimeout(ctx, limit.Allowed(limit.Case))
	defer cancel()
	if err := p.prepare(ctx, a); err != nil {
		return powerImage{}, err
	}
	before, err := p.disk.writes()
	if err != nil {
		return powerImage{}, err
	}
	target := 1 << 30 // the act ends first
	if p.rng.IntN(3) > 0 {
		target = 1 + p.rng.IntN(cmp.Or(p.usual[a.Name], fewWrites))
	}
	done := make(chan error, 1)
	go func() { done <- a.do(p, ctx) }() // ends with the act
	image, err := p.await(ctx, a.Name, before+target, done)
	after, err2 := p.disk.writes()
	p.usual[a.Name] = after - before
	return image, errors.Join(err, err2)
}

// prepare does what the act needs: the secrets that a restore left out, and, for a
// restore, a run that the backup does not have.
func (p *powered) prepare(ctx context.Context, a act) error {
	p.History(4 + p.rng.IntN(8))
	if p.Agent == nil || !p.Agent.Alive() {
		return nil
	}
	if err := p.enter(ctx); err != nil || a.Name != "end" {
		return err
	}
	return p.read(ctx)
}

// await takes the image at the write it waits for, or at the end of the act, and
// returns when both have happened.
func (p *powered) await(ctx context.Context, name string, target int, done <-chan error) (image powerImage, err error) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return image, err
			}
			return p.image(ctx, name, Acknowledged)
		case <-tick.C:
		}
		if n, err := p.disk.writes(); err == nil && n < target {
			continue
		}
		image, err = p.image(ctx, name, InTheMiddle)
		return image, errors.Join(err, <-done)
	}
}

func (p *powered) image(ctx context.Context, name, when string) (powerImage, error) {
	p.mu.Lock()
	i := powerImage{act: name, when: when, file: filepath.Join(p.Dir, "image"), facts: p.facts.clone(), wish: p.wish}
	p.mu.Unlock()
	return i, p.disk.cut(ctx, i.file)
}

// enter gives every connection that a restore left without its token the token.
func (p *powered) enter(ctx context.Context) error {
	for alias, token := range p.facts.clone().tokens {
		if token != "" {
			continue
		}
		p.made++
		if err := p.give(ctx, alias, fmt.Sprintf("token-%d-%s", p.made, p.Canary)); err != nil {
			return err
		}
		if err := p.Agent.Post(ctx, "/connections/"+alias+"/resume", nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func (p *powered) give(ctx context.Context, alias, token string) error {
	p.wants(wish{alias: alias, token: token})
	if err := p.Agent.SetToken(ctx, alias, token); err != nil {
		return err
	}
	p.acknowledge(func(f *facts) { f.tokens[alias] = token })
	return nil
}

// describe has a connector say for the first time what it is.
func (p *powered) describe(ctx context.Context) error {
	raw, err := os.ReadFile(p.Programs.Connector)
	if err != nil {
		return fmt.Errorf("read connector: %w", err)
	}
	p.made++
	name := fmt.Sprintf("chaos-%d", p.made)
	path := filepath.Join(p.Dir, "c", name)
	// Bytes behind a program change its hash and not what it does.
	if err := os.WriteFile(path+".next", append(raw, name...), 0o700); err != nil {
		return fmt.Errorf("write connector: %w", err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		return fmt.Errorf("write connector: %w", err)
	}
	if err := p.Agent.Get(ctx, "/connectors/"+name, nil, nil); err != nil {
		return err
	}
	p.acknowledge(func(f *facts) { f.connectors = append(f.connectors, name) })
	return nil
}

func (p *powered) add(ctx context.Context) error {
	p.made++
	alias, token := fmt.Sprintf("c%d", p.made), fmt.Sprintf("token-%d-%s", p.made, p.Canary)
	p.wants(wish{alias: alias, token: token})
	if err := p.Connect(ctx, p.facts.connectors[len(p.facts.connectors)-1], alias, token); err != nil {
		return err
	}
	p.alias = alias
	p.acknowledge(func(f *facts) { f.tokens[alias] = token })
	return nil
}

func (p *powered) read(ctx context.Context) error {
	run, err := p.SyncOne(ctx, p.alias)
	if err != nil {
		return err
	}
	log, err := p.Feed(ctx)
	if err != nil {
		return err
	}
	p.acknowledge(func(f *facts) { f.log, f.runs[run.ID] = log, run.Status })
	return nil
}

func (p *powered) secret(ctx context.Context) error {
	p.made++
	return p.give(ctx, p.alias, fmt.Sprintf("token-%d-%s", p.made, p.Canary))
}

func (p *powered) backup(ctx context.Context) error {
	code, text := p.Command(ctx, "--json", "backup", "create", "--host-key")
	var b host.Backup
	if err := json.Unmarshal([]byte(text), &b); code != 0 || err != nil || b.File == "" {
		return errors.Join(fmt.Errorf("back up: exit code %d: %s", code, play.Clip(text, 800)), err)
	}
	p.acknowledge(func(f *facts) { f.backups = append(f.backups, filepath.Base(b.File)) })
	p.saved = p.facts.clone()
	for alias := range p.saved.tokens {
		p.saved.tokens[alias] = ""
	}
	return nil
}

func (p *powered) restore(ctx context.Context) error {
	restored := p.saved.clone()
	p.wants(wish{restored: &restored})
	file := filepath.Join(p.Home, "backups", p.saved.backups[len(p.saved.backups)-1])
	if code, text := p.Command(ctx, "--json", "backup", "restore", file, "--host-key"); code != 0 {
		return fmt.Errorf("restore: exit code %d: %s", code, play.Clip(text, 800))
	}
	p.acknowledge(func(f *facts) { *f = restored.clone() })
	return nil
}
