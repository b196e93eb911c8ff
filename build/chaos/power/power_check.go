package power

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/play"
	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// cutWorld is an agent on what a power cut left.
type cutWorld struct {
	*play.World
	image powerImage
}

// examine mounts an image, which replays the journal, and asks every oracle. The
// error is that of the harness.
func (p *powered) examine(ctx context.Context, image powerImage) (bad []play.Violation, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit.Allowed(limit.Case))
	defer cancel()
	dir, err := os.MkdirTemp(p.Dir, "cut")
	if err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	disk := loop{file: image.file, point: filepath.Join(dir, "h")}
	if err := disk.mount("noatime"); err != nil {
		return nil, fmt.Errorf("mount what the cut left: %w", err)
	}
	w := *p.World
	w.Dir, w.Home, w.Agent, w.Violations = dir, disk.point, nil, nil
	w.Environ = append(slices.Clone(p.Environ), "TMPDIR="+dir, "HOME="+dir, "XDG_RUNTIME_DIR="+dir)
	c := &cutWorld{&w, image}
	err = c.buryOwner(p.Home)
	if err == nil {
		c.judgeCut(ctx)
	}
	if w.Agent != nil && w.Agent.Alive() {
		err = cmp.Or(err, w.Agent.Kill())
	}
	return w.Violations, cmp.Or(err, disk.unmount(), os.Remove(image.file), os.RemoveAll(dir))
}

// buryOwner makes the socket that the note of the owner names one that does not
// answer: the owner of before lives in this test, and a power cut would have ended it.
func (c *cutWorld) buryOwner(home string) error {
	path := filepath.Join(c.Home, "owner.json")
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read owner: %w", err)
	}
	for _, dir := range []string{home, filepath.Join(filepath.Dir(home), "x")} {
		raw = bytes.ReplaceAll(raw, []byte(dir), []byte(filepath.Join(c.Dir, "gone")))
	}
	return os.WriteFile(path, raw, 0o600)
}

// judgeCut starts the agent twice, with all that is asked of it in between.
func (c *cutWorld) judgeCut(ctx context.Context) {
	// A first start that was cut off early leaves nothing to verify.
	if there(filepath.Join(c.Home, "store")) || there(filepath.Join(c.Home, "store.swap")) {
		c.verified(ctx, "before the start")
	}
	if !c.started(ctx, "after the cut") {
		return
	}
	c.facts(ctx)
	c.connectors(ctx)
	c.synced(ctx)
	c.verified(ctx, "after the start")
	log, err := c.Feed(ctx)
	if err != nil {
		c.Complain(overlay.OracleLost, "the changes cannot be read: %v", err)
	}
	if err := c.Agent.Stop(); err != nil {
		c.Complain(overlay.OracleStart, "after the cut: %v", err)
	}
	if !c.started(ctx, "for the second time") {
		return
	}
	if again, err := c.Feed(ctx); err != nil || !slices.Equal(log, again) {
		c.Complain(overlay.OracleLost, "the second start shows %d changes, the first %d: %v", len(again), len(log), err)
	}
	c.connectors(ctx)
	if err := c.Agent.Stop(); err != nil {
		c.Complain(overlay.OracleStart, "after the second start: %v", err)
	}
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (c *cutWorld) started(ctx context.Context, when string) bool {
	err := c.Start(ctx)
	if err != nil {
		c.Complain(overlay.OracleStart, "%s: %v", when, err)
	}
	return err == nil
}

func (c *cutWorld) verified(ctx context.Context, when string) {
	if code, text := c.Command(ctx, "verify"); code != 0 {
		c.Complain(overlay.OracleVerify, "%s: exit code %d: %s", when, code, play.Clip(text, 800))
	}
}

// facts asks for everything that was acknowledged.
func (c *cutWorld) facts(ctx context.Context) {
	log, err := c.Feed(ctx)
	if err != nil {
		c.Complain(overlay.OracleLost, "the changes cannot be read: %v", err)
		return
	}
	backups := c.image.facts.backups
	if restored := c.image.wish.restored; restored != nil && c.fits(log, restored.log) {
		c.image.facts = *restored
	}
	if !c.fits(log, c.image.facts.log) {
		c.Complain(overlay.OracleLost, "of %d acknowledged changes the log begins with %d, and it has %d",
			len(c.image.facts.log), common(log, c.image.facts.log), len(log))
	}
	if lost := c.missingRun(ctx, c.image.facts.runs); lost != "" {
		c.Complain(overlay.OracleLost, "%s", lost)
	}
	for _, name := range backups {
		if _, err := os.Stat(filepath.Join(c.Home, "backups", name)); err != nil {
			c.Complain(overlay.OracleLost, "backup: %v", err)
		}
	}
	files, err := filepath.Glob(filepath.Join(c.Home, "backups", "*"))
	if err != nil {
		c.Complain(overlay.OracleLost, "backups: %v", err)
	}
	for _, file := range files { // the acknowledged ones, and one that was not yet
		if code, text := c.Command(ctx, "backup", "verify", file, "--host-key"); code != 0 {
			c.Complain(overlay.OracleVerify, "backup %s: exit code %d: %s", filepath.Base(file), code, play.Clip(text, 500))
		}
	}
}

// missingRun names an acknowledged run that is not stored as it was, or "".
func (c *cutWorld) missingRun(ctx context.Context, runs map[string]host.RunStatus) string {
	for id, status := range runs {
		var run host.Run
		if err := c.Agent.Get(ctx, "/runs/"+id, nil, &run); err != nil || run.Status != status {
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

func common(a, b []host.Change) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// connectors asks that every connector is listed without a problem and shown.
func (c *cutWorld) connectors(ctx context.Context) {
	all, err := play.All[host.Connector](ctx, c.Agent, "/connectors", nil)
	if err != nil {
		c.Complain(overlay.OracleUnusable, "the connectors cannot be listed: %v", err)
	}
	names := map[string]bool{}
	for _, one := range all {
		names[one.ID] = true
		if one.Problem != nil || one.Name != "Chaos" || len(one.Streams) != 3 {
			c.Complain(overlay.OracleUnusable, "%s is called %q and has %d streams: %v", one.ID, one.Name, len(one.Streams), one.Problem)
		}
		if code, text := c.Command(ctx, "connector", "show", one.ID); code != 0 {
			c.Complain(overlay.OracleUnusable, "%s cannot be shown: exit code %d: %s", one.ID, code, play.Clip(text, 500))
		}
	}
	for _, name := range c.image.facts.connectors {
		if !names[name] {
			c.Complain(overlay.OracleLost, "connector %s is not listed", name)
		}
	}
}

// synced asks that every connection is there with its secret, and that a sync brings
// it to what the upstream has. A disk without a connection gets one.
func (c *cutWorld) synced(ctx context.Context) {
	all, err := play.All[host.ConnectionItem](ctx, c.Agent, "/connections", nil)
	if err != nil {
		c.Complain(overlay.OracleLost, "the connections cannot be listed: %v", err)
		return
	}
	there := map[string]bool{}
	for _, one := range all {
		there[one.Alias] = true
	}
	for alias := range c.image.facts.tokens {
		if !there[alias] {
			c.Complain(overlay.OracleLost, "connection %s is not there", alias)
		}
	}
	if len(there) == 0 {
		if err := c.Connect(ctx, "chaos", play.Alias, c.Canary); err != nil {
			c.Complain(overlay.OracleUnusable, "no connection can be added: %v", err)
			return
		}
		c.image.wish = wish{alias: play.Alias, token: c.Canary}
		there[play.Alias] = true
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
		c.Complain(overlay.OracleLost, "connection %s was never asked for", alias)
		return
	}
	if slices.Contains(tokens, "") { // a restore brings no secrets
		tokens = []string{"token-entered-" + c.Canary}
		if err := cmp.Or(c.Agent.SetToken(ctx, alias, tokens[0]), c.Agent.Post(ctx, "/connections/"+alias+"/resume", nil, nil)); err != nil {
			c.Complain(overlay.OracleUnusable, "the secret of %s cannot be entered again: %v", alias, err)
		}
	}
	if _, err := c.SyncOne(ctx, alias); err != nil {
		c.Complain(overlay.OracleUnusable, "%v", err)
		return
	}
	if used := c.Upstream.Token.Load(); used == nil || !slices.Contains(tokens, *used) {
		c.Complain(overlay.OracleLost, "%s was synced with another secret than the acknowledged one", alias)
	}
	for _, stream := range []string{upstream.Users, upstream.Devices, upstream.Findings} {
		got, err := c.StoredOf(ctx, alias, stream, time.Time{})
		if d := upstream.Differ(c.Model.State(stream, c.Model.Moment()), got); err != nil || d != "" {
			c.Complain(overlay.OracleLost, "%s of %s after a sync: %s %v", stream, alias, d, err)
		}
	}
}
