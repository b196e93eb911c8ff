package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/swap"
	"github.com/plumbline-dev/plumbline/host/internal/journal/verify"
)

func quiet(journal.Progress) {}

// backedUp is a store with history, and a backup of it as it is before it is
// sealed.
func backedUp(t *testing.T) (*Bundle, []byte) {
	t.Helper()
	b := Setup(t)
	secrets := map[string][]byte{"token": []byte("canary of a sealed secret")}
	c := OK(b.CreateConnection(AsTester(), host.Connection{Alias: "sealed"}, secrets))(t)
	b.Whole(Docs(0, 100, "1", 20)...)
	b.Whole(Docs(0, 100, "2", 20)...)
	run := OK(b.BeginRun(host.Run{Connection: c.ID, Alias: c.Alias, Status: host.StatusRunning}))(t)
	b.End(run)
	var out bytes.Buffer
	made := OK(b.Backup(t.Context(), &out, "1.2.3", quiet))(t)
	if made.Entries == 0 || made.Versions != 200 || len(made.Connections) != 2 {
		t.Fatalf("the backup says %+v", made)
	}
	return b, out.Bytes()
}

// opened opens another journal with the clock and the connection of a bundle.
func opened(b *Bundle, o journal.Options) *Bundle {
	b.T.Helper()
	other := NewBundle(b.T, o.Dir)
	other.Clock, other.Conn = b.Clock, b.Conn
	Must(b.T, other.OpenWith(o))
	return other
}

func TestBackupIsChecked(t *testing.T) {
	t.Parallel()
	_, raw := backedUp(t)
	if bytes.Contains(raw, []byte("canary of a sealed secret")) {
		t.Error("a sealed secret is in the backup")
	}
	got := OK(backup.Read(t.Context(), bytes.NewReader(raw), quiet))(t)
	if got.Versions != 200 || got.Version != "1.2.3" || got.Connections[0].Records != 100 {
		t.Errorf("the backup reads as %+v", got)
	}
	// Every byte counts, and so does every missing one.
	step := len(raw)/300 + 1
	for at := 0; at < len(raw); at += step {
		changed := bytes.Clone(raw)
		changed[at] ^= 1
		for what, damaged := range map[string][]byte{"changed": changed, "cut": raw[:at]} {
			_, err := backup.Read(t.Context(), bytes.NewReader(damaged), quiet)
			var p *host.Problem
			if errors.As(err, &p) && (p.Code == host.CodeBackupDamaged || p.Code == host.CodeNewerStore) {
				continue
			}
			t.Fatalf("byte %d of %d %s: %v", at, len(raw), what, err)
		}
	}
	if _, err := backup.Read(t.Context(), bytes.NewReader(append(bytes.Clone(raw), 'x')), quiet); err == nil {
		t.Error("what follows the end mark was not noticed")
	}
	newer := bytes.Replace(raw, []byte(`"schema":1`), []byte(`"schema":9`), 1)
	_, err := backup.Read(t.Context(), bytes.NewReader(newer), quiet)
	WantProblem(t, err, host.CodeNewerStore, "")
}

func TestRestore(t *testing.T) {
	t.Parallel()
	b, raw := backedUp(t)
	before := b.Log("")
	dir := filepath.Join(t.TempDir(), "store")
	o := Options(dir)
	o.Key = bytes.Repeat([]byte{9}, 32) // another machine has another key
	OK(backup.Restore(AsTester(), o, bytes.NewReader(raw), quiet))(t)
	if old := OK(swap.Begin(dir, time.Now()))(t); old != "" {
		t.Errorf("where nothing was, %s is kept", old)
	}
	restored := opened(b, o)
	defer func() { Must(t, restored.Close()) }()
	s := restored
	restored.Clean()
	Same(t, "the change log", restored.Log(""), before)
	c := OK(s.Connection("sealed"))(t)
	if len(c.Secrets) != 0 || c.Paused == nil || !strings.Contains(c.Paused.Reason, "token") {
		t.Errorf("a connection that had a secret is restored as %+v", c)
	}
	if other := OK(s.Connection("prod"))(t); other.Paused != nil {
		t.Error("a connection without secrets is paused")
	}
	if CountKeys(s.Ledger)["k"] != 0 {
		t.Error("a secret was restored")
	}
	restored.Whole(Docs(0, 100, "3", 20)...)
	restored.Clean()
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	_, raw := backedUp(t)
	dir := filepath.Join(t.TempDir(), "store")
	_, err := backup.Restore(AsTester(), Options(dir), bytes.NewReader(raw[:len(raw)-10]), quiet)
	WantProblem(t, err, host.CodeBackupDamaged, "")
	ctx, cancel := context.WithCancel(AsTester())
	cancel()
	if _, err := backup.Restore(ctx, Options(dir), bytes.NewReader(raw), quiet); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled restore returned %v", err)
	}
	full := Options(dir)
	full.MinFreeBytes = 1 << 62
	_, err = backup.Restore(AsTester(), full, bytes.NewReader(raw), quiet)
	WantProblem(t, err, host.CodeDiskFull, "")
	if left := OK(os.ReadDir(filepath.Dir(dir)))(t); len(left) != 0 {
		t.Errorf("a refused restore leaves %v", left)
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
		fresh, old := swap.Fresh(dir), dir+".before-restore-x"
		OK(backup.Restore(AsTester(), Options(dir), bytes.NewReader(raw), quiet))(t)
		OK(swap.Begin(dir, time.Now()))(t)
		OK(backup.Restore(AsTester(), Options(dir), bytes.NewReader(raw), quiet))(t)
		Must(t, os.WriteFile(dir+".swap", []byte(`{"old":"`+old+`"}`), 0o600))
		for _, step := range [][2]string{
			{anchor.Path(dir), anchor.Path(old)}, {dir, old}, {anchor.Path(fresh), anchor.Path(dir)},
		}[:crash] {
			Must(t, os.Rename(step[0], step[1]))
		}
		v, err := verify.Closed(t.Context(), Options(dir), nil)
		if err != nil || !v.OK() {
			t.Errorf("after %d renames: %v, %+v", crash, err, v.Bad)
		}
		restored := opened(b, Options(dir))
		Same(t, fmt.Sprintf("the change log after %d renames", crash), restored.Log(""), b.Log(""))
		Must(t, restored.Close())
		if _, err := os.Stat(fresh); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("after %d renames the restored store is still beside the other: %v", crash, err)
		}
	}
}

// TestDocumentsAreBackedUp restores documents with their audit log.
func TestDocumentsAreBackedUp(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	all := exceptions(b.Journal)
	_, err := all.Put(As("ann"), "a", exception{"mfa", "one"}, 0)
	Must(t, err)
	before, err := json.Marshal(OK(all.List())(t))
	Must(t, err)
	var raw bytes.Buffer
	OK(b.Backup(t.Context(), &raw, "1.2.3", quiet))(t)
	dir := filepath.Join(t.TempDir(), "store")
	OK(backup.Restore(AsTester(), Options(dir), &raw, quiet))(t)
	OK(swap.Begin(dir, time.Now()))(t)
	restored := OK(journal.Open(Options(dir)))(t)
	defer func() { Must(t, restored.Close()) }()
	after, err := json.Marshal(OK(exceptions(restored).List())(t))
	Must(t, err)
	if string(before) != string(after) {
		t.Errorf("restored is %s, it was %s", after, before)
	}
	if entries, _, err := restored.Audit(t.Context(), journal.AuditQuery{Actor: "ann"}); err != nil || len(entries) != 1 {
		t.Errorf("of ann there are %d entries (%v)", len(entries), err)
	}
}

type exception struct{ Record, Reason string }

func exceptions(j *journal.Journal) *documents.Collection[exception] {
	return documents.NewCollection(j.Documents, "exception", func(e exception) string { return e.Record })
}
