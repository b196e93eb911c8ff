package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// cutWorld is an agent on what a power cut left.
type cutWorld struct {
	*world
	image powerImage
}

// examine mounts an image, which replays the journal, and asks every oracle. The
// error is that of the harness.
func (p *powered) examine(ctx context.Context, image powerImage) (bad []violation, err error) {
	ctx, cancel := context.WithTimeout(ctx, allowed(caseLimit))
	defer cancel()
	dir, err := os.MkdirTemp(p.dir, "cut")
	if err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	disk := loop{file: image.file, point: filepath.Join(dir, "h")}
	if err := disk.mount("noatime"); err != nil {
		return nil, fmt.Errorf("mount what the cut left: %w", err)
	}
	w := *p.world
	w.dir, w.home, w.agent, w.violations = dir, disk.point, nil, nil
	w.environ = append(slices.Clone(p.environ), "TMPDIR="+dir, "HOME="+dir, "XDG_RUNTIME_DIR="+dir)
	c := &cutWorld{&w, image}
	err = c.buryOwner(p.home)
	if err == nil {
		c.judgeCut(ctx)
	}
	if w.agent != nil && w.agent.Alive() {
		err = firstOf(err, w.agent.Kill())
	}
	return w.violations, firstOf(err, disk.unmount(), os.Remove(image.file), os.RemoveAll(dir))
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// buryOwner makes the socket that the note of the owner names one that does not
// answer: the owner of before lives in this test, and a power cut would have ended it.
func (c *cutWorld) buryOwner(home string) error {
	path := filepath.Join(c.home, "owner.json")
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read owner: %w", err)
	}
	for _, dir := range []string{home, filepath.Join(filepath.Dir(home), "x")} {
		raw = bytes.ReplaceAll(raw, []byte(dir), []byte(filepath.Join(c.dir, "gone")))
	}
	return os.WriteFile(path, raw, 0o600)
}

// judgeCut starts the agent twice, with all that is asked of it in between.
func (c *cutWorld) judgeCut(ctx context.Context) {
	// A first start that was cut off early leaves nothing to verify.
	if there(filepath.Join(c.home, "store")) || there(filepath.Join(c.home, "store.swap")) {
		c.verified(ctx, "before the start")
	}
	if !c.started(ctx, "after the cut") {
		return
	}
	c.facts(ctx)
	c.connectors(ctx)
	c.synced(ctx)
	c.verified(ctx, "after the start")
	log, err := c.feed(ctx)
	if err != nil {
		c.complain(oracleLost, "the changes cannot be read: %v", err)
	}
	if err := c.agent.stop(); err != nil {
		c.complain(oracleStart, "after the cut: %v", err)
	}
	if !c.started(ctx, "for the second time") {
		return
	}
	if again, err := c.feed(ctx); err != nil || !slices.Equal(log, again) {
		c.complain(oracleLost, "the second start shows %d changes, the first %d: %v", len(again), len(log), err)
	}
	c.connectors(ctx)
	if err := c.agent.stop(); err != nil {
		c.complain(oracleStart, "after the second start: %v", err)
	}
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (c *cutWorld) started(ctx context.Context, when string) bool {
	err := c.start(ctx)
	if err != nil {
		c.complain(oracleStart, "%s: %v", when, err)
	}
	return err == nil
}

func (c *cutWorld) verified(ctx context.Context, when string) {
	if code, text := c.command(ctx, "verify"); code != 0 {
		c.complain(oracleVerify, "%s: exit code %d: %s", when, code, clip(text, 800))
	}
}

// facts asks for everything that was acknowledged.
func (c *cutWorld) facts(ctx context.Context) {
	log, err := c.feed(ctx)
	if err != nil {
		c.complain(oracleLost, "the changes cannot be read: %v", err)
		return
	}
	backups := c.image.facts.backups
	if restored := c.image.wish.restored; restored != nil && c.fits(log, restored.log) {
		c.image.facts = *restored
	}
	if !c.fits(log, c.image.facts.log) {
		c.complain(oracleLost, "of %d acknowledged changes the log begins with %d, and it has %d", len(c.image.facts.log), common(log, c.image.facts.log), len(log))
	}
	if lost := c.missingRun(ctx, c.image.facts.runs); lost != "" {
		c.complain(oracleLost, "%s", lost)
	}
	for _, name := range backups {
		if _, err := os.Stat(filepath.Join(c.home, "backups", name)); err != nil {
			c.complain(oracleLost, "backup: %v", err)
		}
	}
	files, err := filepath.Glob(filepath.Join(c.home, "backups", "*"))
	if err != nil {
		c.complain(oracleLost, "backups: %v", err)
	}
	for _, file := range files { // the acknowledged ones, and one that was not yet
		if code, text := c.command(ctx, "backup", "verify", file, "--host-key"); code != 0 {
			c.complain(oracleVerify, "backup %s: exit code %d: %s", filepath.Base(file), code, clip(text, 500))
		}
	}
}

// missingRun names an acknowledged run that is not stored as it was, or "".
func (c *cutWorld) missingRun(ctx context.Context, runs map[string]host.RunStatus) string {
	for id, status := range runs {
		var run host.Run
		if err := c.agent.get(ctx, "/runs/"+id, nil, &run); err != nil || run.Status != status {
			return fmt.Sprintf("run %s was %s and is %q: %v", id, status, run.Status, err)
		}
	}
	return ""
}

// fits reports whether the log has these changes, and further ones only of a sync
// that was under way.
func (c *cutWorld) fits(log, want []host.Change) bool {
	return common(log, want) == len(want) && (len(log) == len(want) || c.image.act == "sync")
}

// common counts the changes with which both begin.
func common(a, b []host.Change) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// connectors asks that every connector is listed without a problem and shown.
func (c *cutWorld) connectors(ctx context.Context) {
	var all struct {
		Items []host.Connector `json:"items"`
	}
	if err := c.agent.get(ctx, "/connectors", nil, &all); err != nil {
		c.complain(oracleUnusable, "the connectors cannot be listed: %v", err)
	}
	names := map[string]bool{}
	for _, one := range all.Items {
		names[one.ID] = true
		if one.Problem != nil || one.Name != "Chaos" || len(one.Streams) != 3 {
			c.complain(oracleUnusable, "%s is called %q and has %d streams: %v", one.ID, one.Name, len(one.Streams), one.Problem)
		}
		if code, text := c.command(ctx, "connector", "show", one.ID); code != 0 {
			c.complain(oracleUnusable, "%s cannot be shown: exit code %d: %s", one.ID, code, clip(text, 500))
		}
	}
	for _, name := range c.image.facts.connectors {
		if !names[name] {
			c.complain(oracleLost, "connector %s is not listed", name)
		}
	}
}

// synced asks that every connection is there with its secret and can be synced to
// what the upstream has. A disk without one gets one.
func (c *cutWorld) synced(ctx context.Context) {
	var all struct {
		Items []host.ConnectionStatus `json:"items"`
	}
	if err := c.agent.get(ctx, "/connections", nil, &all); err != nil {
		c.complain(oracleLost, "the connections cannot be listed: %v", err)
		return
	}
	there := map[string]bool{}
	for _, one := range all.Items {
		there[one.Alias] = true
	}
	for alias := range c.image.facts.tokens {
		if !there[alias] {
			c.complain(oracleLost, "connection %s is not there", alias)
		}
	}
	if len(there) == 0 {
		if err := c.agent.post(ctx, "/connections", map[string]any{
			"connector": "chaos", "alias": alias, "settings": map[string]any{"url": c.upstream.server.URL}, "secrets": map[string]any{"token": c.canary},
		}, nil); err != nil {
			c.complain(oracleUnusable, "no connection can be added: %v", err)
			return
		}
		c.image.wish = wish{alias: alias, token: c.canary}
		there[alias] = true
	}
	for _, alias := range slices.Sorted(maps.Keys(there)) {
		c.syncedOne(ctx, alias)
	}
}

// syncedOne asks it of one connection.
func (c *cutWorld) syncedOne(ctx context.Context, alias string) {
	tokens := []string{}
	if token, known := c.image.facts.tokens[alias]; known {
		tokens = append(tokens, token)
	}
	if c.image.wish.alias == alias {
		tokens = append(tokens, c.image.wish.token)
	}
	if len(tokens) == 0 {
		c.complain(oracleLost, "connection %s was never asked for", alias)
		return
	}
	if slices.Contains(tokens, "") { // a restore brings no secrets
		tokens = []string{"token-entered-" + c.canary}
		if err := firstOf(c.agent.setToken(ctx, alias, tokens[0]), c.agent.post(ctx, "/connections/"+alias+"/resume", nil, nil)); err != nil {
			c.complain(oracleUnusable, "the secret of %s cannot be entered again: %v", alias, err)
		}
	}
	if _, err := c.syncOne(ctx, alias); err != nil {
		c.complain(oracleUnusable, "%v", err)
		return
	}
	if used := c.upstream.token.Load(); used == nil || !slices.Contains(tokens, *used) {
		c.complain(oracleLost, "%s was synced with another secret than the acknowledged one", alias)
	}
	for _, stream := range []string{users, devices, findings} {
		got, err := c.storedOf(ctx, alias, stream, time.Time{})
		if d := differ(c.model.state(stream, c.model.moment()), got); err != nil || d != "" {
			c.complain(oracleLost, "%s of %s after a sync: %s %v", stream, alias, d, err)
		}
	}
}
