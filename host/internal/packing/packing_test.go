package packing_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/host/internal/packing"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// january asks for a pack of a month in which nothing was read.
func january() packing.Request {
	return packing.Request{Framework: "soc2", From: "2026-01-01", To: "2026-01-31"}
}

func quiet(task.Progress) {}

// opened returns the use cases of packs of a new host, and the directory of its packs.
func opened(t *testing.T) (*packing.Packer, string) {
	t.Helper()
	dir := hosttest.Dir(t)
	h := hosttest.Open(t, hosttest.Options(t, dir, nil))
	return h.Packer, packing.Dir(dir)
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestAPackThatIsCancelledLeavesNothing cancels packs while their files are written.
func TestAPackThatIsCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	p, dir := opened(t)
	for _, phase := range []string{"judging tests", "writing results/tests.csv", "writing index.html", "writing "} {
		ctx, cancel := context.WithCancel(hosttest.As(t))
		made, err := p.Build(ctx, january(), func(at task.Progress) {
			if at.Phase == phase {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at %q: %v", phase, err)
		}
		stored, err := p.Pack(made.ID)
		if err != nil || stored.Status != "cancelled" || stored.Kept {
			t.Errorf("cancelled at %q it is stored as %+v, %v", phase, stored, err)
		}
		if left := files(t, dir); len(left) > 0 {
			t.Errorf("cancelled at %q it leaves %v", phase, left)
		}
	}
}

func TestWhoReadsAPackIsEntered(t *testing.T) {
	t.Parallel()
	p, dir := opened(t)
	made, err := p.Build(hosttest.As(t), january(), quiet)
	if err != nil || !made.Kept || len(made.Files) < 15 {
		t.Fatalf("the pack is %+v, %v", made, err)
	}
	for range 2 {
		path, _, err := p.ReadPack(hosttest.As(t), made.ID)
		if err != nil || filepath.Dir(path) != dir {
			t.Fatalf("it is read from %s, %v", path, err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := pack.Verify(t.Context(), bytes.NewReader(raw), int64(len(raw)), made.Key); err != nil || !r.OK {
			t.Errorf("it is verified as %+v, %v", r, err)
		}
	}
	one, err := p.Pack(made.ID)
	if err != nil || one.Downloaded == nil || one.Downloaded.By.Name != "anna" {
		t.Errorf("it was read by %+v, %v", one.Downloaded, err)
	}
	if err := p.DeletePack(hosttest.As(t), made.ID); err != nil {
		t.Error(err)
	}
	if _, _, err := p.ReadPack(hosttest.As(t), made.ID); !host.IsNotFound(err) {
		t.Errorf("after it was deleted: %v", err)
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
	for _, id := range []string{"", "../../../etc/passwd", strings.Repeat("A", 26)} {
		if _, _, err := p.ReadPack(hosttest.As(t), id); !host.IsNotFound(err) {
			t.Errorf("a pack called %q: %v", id, err)
		}
	}
}

// TestALostKeyIsReplacedByAPerson: a pack is not signed with a key that a person knows nothing of.
func TestALostKeyIsReplacedByAPerson(t *testing.T) {
	t.Parallel()
	p, _ := opened(t)
	if k, err := p.PackKey(); err != nil || k.Made {
		t.Errorf("at first the key is %+v, %v", k, err)
	}
	first, err := p.Build(hosttest.As(t), january(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.LoseKey(hosttest.As(t)); err != nil {
		t.Fatal(err)
	}
	if k, err := p.PackKey(); err != nil || !k.Lost || k.Public != first.Key {
		t.Errorf("the lost key is %+v, %v", k, err)
	}
	_, err = p.Build(hosttest.As(t), january(), quiet)
	if problem := hosttest.Problem(t, err); problem.Code != auditpack.CodeKeyLost || !strings.Contains(problem.Remedy, "--new") {
		t.Errorf("without its key: %+v", problem)
	}
	renewed, err := p.NewPackKey(hosttest.As(t))
	if err != nil || renewed.Lost || renewed.Public == first.Key || len(renewed.Former) != 1 || renewed.Former[0].Public != first.Key {
		t.Errorf("the new key is %+v, %v", renewed, err)
	}
	if second, err := p.Build(hosttest.As(t), january(), quiet); err != nil || second.Key != renewed.Public {
		t.Errorf("it is signed with %s, %v", second.Key, err)
	}
}

// TestACrashLeavesNothing: what a kill left is deleted, and the pack has failed.
func TestACrashLeavesNothing(t *testing.T) {
	t.Parallel()
	p, dir := opened(t)
	made, err := p.Build(hosttest.As(t), january(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, pack.ScratchPrefix+"findings-1")
	if err := os.WriteFile(left, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.ClosePacks(); err != nil {
		t.Error(err)
	}
	if names := files(t, dir); len(names) != 1 || !strings.HasPrefix(names[0], made.ID) {
		t.Errorf("there are %v", names)
	}
}

func TestAFullDiskIsNamed(t *testing.T) {
	t.Parallel()
	err := packing.Full(fmt.Errorf("write x: %w", syscall.ENOSPC))
	if problem := hosttest.Problem(t, err); problem.Code != host.CodeDiskFull || problem.Remedy == "" {
		t.Errorf("it is %+v", problem)
	}
}

func TestSpansOfDays(t *testing.T) {
	t.Parallel()
	blind := func(days ...string) *pack.Population {
		p := &pack.Population{Spans: []verdict.CoverageSpan{{From: "2025-12-01", To: "2025-12-31", Coverage: verdict.CoverageProven}}}
		for _, one := range days {
			from, to, _ := strings.Cut(one, " to ")
			p.Spans = append(p.Spans, verdict.CoverageSpan{From: from, To: cmp.Or(to, from), Coverage: verdict.CoverageBlind})
			p.Spans = append(p.Spans, verdict.CoverageSpan{Coverage: verdict.CoverageProven})
		}
		return p
	}
	for _, days := range [][]string{{"2026-01-31"}, {"2026-01-31 to 2026-02-02"}, {"2026-01-01", "2026-01-03 to 2026-01-04"}} {
		if got, want := packing.Spans(blind(days...), verdict.CoverageBlind), strings.Join(days, ", "); got != want {
			t.Errorf("%s is %s", want, got)
		}
	}
	causes := &pack.Population{Spans: []verdict.CoverageSpan{
		{From: "2026-01-01", To: "2026-01-03", Coverage: verdict.CoverageBlind, Cause: verdict.CauseFailed},
		{From: "2026-01-04", To: "2026-01-04", Coverage: verdict.CoverageBlind, Cause: verdict.CauseNoRead},
	}}
	if got := packing.Spans(causes, verdict.CoverageBlind); got != "2026-01-01 to 2026-01-04" {
		t.Errorf("two causes in a row are %s", got)
	}
	many := blind("2026-01-01", "2026-01-03", "2026-01-05", "2026-01-07", "2026-01-09", "2026-01-11", "2026-01-13")
	want := "2026-01-01, 2026-01-03, 2026-01-05, 2026-01-07, 2026-01-09, 2026-01-11 and 1 more spans (coverage.csv has all)"
	if got := packing.Spans(many, verdict.CoverageBlind); got != want {
		t.Errorf("many are %s", got)
	}
}
