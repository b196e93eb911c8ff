package results_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host/internal/results"
)

var key = make([]byte, 32)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rows returns many rows, of all sizes.
func rows(n int) []results.Row {
	all := make([]results.Row, n)
	for i := range all {
		r := &all[i]
		r.Key, r.At = fmt.Sprintf("key-%06d", i), int64(i)*1e9-5
		r.Marks = make([]byte, results.MarkBytes(7))
		for column := range 7 {
			r.SetMark(column, byte((i+column)%16))
		}
		if i%3 == 0 {
			r.Named, r.Address, r.Identity, r.Employment = "A@x.io", "a@x.io", "S1", "employee"
			r.Joined = []uint64{uint64(i), 1 << 63}
			r.SetFailedAt(2, 1000+int64(i))
			r.SetFailedAt(6, 7)
		}
	}
	return all
}

func write(t *testing.T, s *results.Store, name string, all []results.Row) results.Sheet {
	t.Helper()
	file, err := s.Write(name, func(add func(*results.Row) error) error {
		for i := range all {
			if err := add(&all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, err)
	return results.Sheet{File: file, Rows: len(all)}
}

func read(s *results.Store, name string, sheet results.Sheet) (all []results.Row, err error) {
	err = s.Each(name, sheet, func(r results.Row) error {
		all = append(all, r)
		return nil
	})
	return all, err
}

// TestWhatWasSavedIsThereAfterARestart also makes sure that files which no state names are deleted.
func TestWhatWasSavedIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "results")
	s := results.Open(dir, key)
	want := rows(5000)
	old := write(t, s, "a", want[:10])
	must(t, s.Save(results.State{Position: "p1", Sheets: map[string]results.Sheet{"a": old}}))
	sheet := write(t, s, "a", want)
	sheet.Tests = []results.Column{{Test: "mfa", Signature: "x", Counts: map[byte]int{1: 3}, Failed: 12}}
	left := write(t, s, "b", want[:1]) // as a kill before Save leaves it
	if kept := results.Open(dir, key).State(); kept.Position != "p1" {
		t.Errorf("the position is %q before the state is saved", kept.Position)
	}
	must(t, s.Save(results.State{Position: "p2", At: time.Unix(9, 0).UTC(), Sheets: map[string]results.Sheet{"a": sheet}}))
	again := results.Open(dir, key)
	if diff := cmp.Diff(s.State(), again.State()); diff != "" {
		t.Errorf("the state differs: %s", diff)
	}
	got, err := read(again, "a", again.State().Sheets["a"])
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows differ: %s", diff)
	}
	for _, gone := range []results.Sheet{old, left} {
		if _, err := read(again, "a", gone); !errors.Is(err, results.ErrGone) {
			t.Errorf("a file that no state names is there: %v", err)
		}
	}
}

// TestAFileThatIsNotWhatWasWritten is damaged, however it is changed; a damaged state is none.
func TestAFileThatIsNotWhatWasWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := results.Open(dir, key)
	sheet := write(t, s, "a", rows(3000))
	must(t, s.Save(results.State{Position: "p", Sheets: map[string]results.Sheet{"a": sheet}}))
	path := filepath.Join(dir, sheet.File)
	whole, err := os.ReadFile(path)
	must(t, err)
	for _, at := range []int{0, 31, 33, 40, len(whole) / 2, len(whole) - 20, len(whole) - 1} {
		must(t, os.WriteFile(path, whole[:at], 0o600))
		if _, err := read(s, "a", sheet); !errors.Is(err, results.ErrDamaged) {
			t.Errorf("cut off at %d: %v", at, err)
		}
		changed := append([]byte{}, whole...)
		changed[at] ^= 1
		must(t, os.WriteFile(path, changed, 0o600))
		if _, err := read(s, "a", sheet); !errors.Is(err, results.ErrDamaged) {
			t.Errorf("changed at %d: %v", at, err)
		}
	}
	must(t, os.WriteFile(path, whole, 0o600))
	if _, err := read(s, "b", sheet); !errors.Is(err, results.ErrDamaged) {
		t.Errorf("the sheet of another stream is read: %v", err)
	}
	if _, err := read(s, "a", sheet); err != nil {
		t.Errorf("the whole file is not read: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, "state"), []byte("x"), 0o600))
	if kept := results.Open(dir, key).State(); kept.Position != "" || len(kept.Sheets) != 0 {
		t.Errorf("a damaged state is read as %+v", kept)
	}
}
