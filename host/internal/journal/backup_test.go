package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

func quiet(journal.Progress) {}

// backedUp is a store with history, and a backup of it as it is before it is
// sealed.
func backedUp(t *testing.T) (*bundle, []byte) {
	t.Helper()
	b := setup(t)
	c := ok(b.CreateConnection(asTester(), host.Connection{Alias: "sealed"}, map[string][]byte{"token": []byte("canary of a sealed secret")}))(t)
	b.whole(docs(0, 100, "1", 20)...)
	b.whole(docs(0, 100, "2", 20)...)
	run := ok(b.BeginRun(host.Run{Connection: c.ID, Alias: c.Alias, Status: host.StatusRunning}))(t)
	b.end(run)
	var out bytes.Buffer
	made := ok(b.Backup(t.Context(), &out, "1.2.3", quiet))(t)
	if made.Entries == 0 || made.Versions != 200 || len(made.Connections) != 2 {
		t.Fatalf("the backup says %+v", made)
	}
	return b, out.Bytes()
}

func TestBackupIsChecked(t *testing.T) {
	t.Parallel()
	_, raw := backedUp(t)
	if bytes.Contains(raw, []byte("canary of a sealed secret")) {
		t.Error("a sealed secret is in the backup")
	}
	got := ok(journal.ReadBackup(t.Context(), bytes.NewReader(raw), quiet))(t)
	if got.Versions != 200 || got.Version != "1.2.3" || got.Connections[0].Records != 100 {
		t.Errorf("the backup reads as %+v", got)
	}
	// Every byte counts, and so does every missing one.
	step := len(raw)/300 + 1
	for at := 0; at < len(raw); at += step {
		changed := bytes.Clone(raw)
		changed[at] ^= 1
		for what, damaged := range map[string][]byte{"changed": changed, "cut": raw[:at]} {
			_, err := journal.ReadBackup(t.Context(), bytes.NewReader(damaged), quiet)
			var p *host.Problem
			if errors.As(err, &p) && (p.Code == host.CodeBackupDamaged || p.Code == host.CodeNewerStore) {
				continue
			}
			t.Fatalf("byte %d of %d %s: %v", at, len(raw), what, err)
		}
	}
	if _, err := journal.ReadBackup(t.Context(), bytes.NewReader(append(bytes.Clone(raw), 'x')), quiet); err == nil {
		t.Error("what follows the end mark was not noticed")
	}
	newer := bytes.Replace(raw, []byte(`"schema":1`), []byte(`"schema":9`), 1)
	_, err := journal.ReadBackup(t.Context(), bytes.NewReader(newer), quiet)
	wantProblem(t, err, host.CodeNewerStore, "")
}

func TestRestore(t *testing.T) {
	t.Parallel()
	b, raw := backedUp(t)
	before := b.log("")
	dir := filepath.Join(t.TempDir(), "store")
	o := options(dir)
	o.Key = bytes.Repeat([]byte{9}, 32) // another machine has another key
	ok(journal.Restore(asTester(), o, bytes.NewReader(raw), quiet))(t)
	if old := ok(journal.Swap(dir, time.Now()))(t); old != "" {
		t.Errorf("where nothing was, %s is kept", old)
	}
	s := ok(journal.Open(o))(t)
	defer func() { must(t, s.Close()) }()
	restored := &bundle{Journal: s, t: t, clock: b.clock, conn: b.conn, dir: dir}
	restored.clean()
	same(t, "the change log", restored.log(""), before)
	c := ok(s.Connection("sealed"))(t)
	if len(c.Secrets) != 0 || c.Paused == nil || !strings.Contains(c.Paused.Reason, "token") {
		t.Errorf("a connection that had a secret is restored as %+v", c)
	}
	if other := ok(s.Connection("prod"))(t); other.Paused != nil {
		t.Error("a connection without secrets is paused")
	}
	if s.CountKeys()["k"] != 0 {
		t.Error("a secret was restored")
	}
	restored.whole(docs(0, 100, "3", 20)...)
	restored.clean()
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	_, raw := backedUp(t)
	dir := filepath.Join(t.TempDir(), "store")
	_, err := journal.Restore(asTester(), options(dir), bytes.NewReader(raw[:len(raw)-10]), quiet)
	wantProblem(t, err, host.CodeBackupDamaged, "")
	ctx, cancel := context.WithCancel(asTester())
	cancel()
	if _, err := journal.Restore(ctx, options(dir), bytes.NewReader(raw), quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled restore returned %v", err)
	}
	full := options(dir)
	full.MinFreeBytes = 1 << 62
	_, err = journal.Restore(asTester(), full, bytes.NewReader(raw), quiet)
	wantProblem(t, err, host.CodeDiskFull, "")
	if left := ok(os.ReadDir(filepath.Dir(dir)))(t); len(left) != 0 {
		t.Errorf("a refused restore leaves %v", left)
	}
}

// TestSwapCrashes stops a swap after each of its renames; the next start must
// finish it, with the old store kept whole.
func TestSwapCrashes(t *testing.T) {
	t.Parallel()
	for crash := range 5 {
		dir := filepath.Join(t.TempDir(), "store")
		write := func(path, text string) { must(t, os.WriteFile(path, []byte(text), 0o600)) }
		must(t, errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(journal.FreshDir(dir), 0o700)))
		write(filepath.Join(dir, "x"), "old")
		write(journal.AnchorsFile(dir), "old")
		write(filepath.Join(journal.FreshDir(dir), "x"), "new")
		write(journal.AnchorsFile(journal.FreshDir(dir)), "new")
		old := dir + ".before-restore-x"
		write(dir+".swap", `{"old":"`+old+`"}`)
		for _, step := range [][2]string{
			{journal.AnchorsFile(dir), journal.AnchorsFile(old)}, {dir, old},
			{journal.AnchorsFile(journal.FreshDir(dir)), journal.AnchorsFile(dir)}, {journal.FreshDir(dir), dir},
		}[:crash] {
			must(t, os.Rename(step[0], step[1]))
		}
		must(t, journal.FinishSwap(dir))
		must(t, journal.FinishSwap(dir))
		for path, want := range map[string]string{
			filepath.Join(dir, "x"): "new", journal.AnchorsFile(dir): "new", filepath.Join(old, "x"): "old", journal.AnchorsFile(old): "old",
		} {
			if got := string(ok(os.ReadFile(path))(t)); got != want {
				t.Errorf("after %d renames %s holds %q", crash, filepath.Base(path), got)
			}
		}
	}
}

// A power cut in the middle of a restore leaves some of its renames undone. Verifying
// the closed store does the rest first: it would else open an empty store, or one
// without its anchors.
func TestVerifyClosedFinishesASwap(t *testing.T) {
	t.Parallel()
	b, raw := backedUp(t)
	for crash := range 4 {
		dir := filepath.Join(t.TempDir(), "store")
		fresh, old := journal.FreshDir(dir), dir+".before-restore-x"
		ok(journal.Restore(asTester(), options(dir), bytes.NewReader(raw), quiet))(t)
		ok(journal.Swap(dir, time.Now()))(t)
		ok(journal.Restore(asTester(), options(dir), bytes.NewReader(raw), quiet))(t)
		must(t, os.WriteFile(dir+".swap", []byte(`{"old":"`+old+`"}`), 0o600))
		for _, step := range [][2]string{
			{journal.AnchorsFile(dir), journal.AnchorsFile(old)}, {dir, old}, {journal.AnchorsFile(fresh), journal.AnchorsFile(dir)},
		}[:crash] {
			must(t, os.Rename(step[0], step[1]))
		}
		v, err := journal.VerifyClosed(t.Context(), options(dir), nil)
		if err != nil || !v.OK() {
			t.Errorf("after %d renames: %v, %+v", crash, err, v.Bad)
		}
		s := ok(journal.Open(options(dir)))(t)
		restored := &bundle{Journal: s, t: t, clock: b.clock, conn: b.conn, dir: dir}
		same(t, fmt.Sprintf("the change log after %d renames", crash), restored.log(""), b.log(""))
		must(t, s.Close())
		if _, err := os.Stat(fresh); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("after %d renames the restored store is still beside the other: %v", crash, err)
		}
	}
}
