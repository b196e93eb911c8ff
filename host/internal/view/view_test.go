package view_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/view"
)

// bundle is a model and a view of it that is opened anew after a crash.
type bundle struct {
	*view.View
	*model
	t    *testing.T
	dir  string
	step func(string) error
}

func setup(t *testing.T, seed uint64, streams int) *bundle {
	t.Helper()
	b := &bundle{model: newModel(seed, streams), t: t, dir: filepath.Join(t.TempDir(), "lists")}
	b.reopen()
	t.Cleanup(func() { b.Close() })
	return b
}

// reopen begins anew, as after a kill: nothing in memory is kept.
func (b *bundle) reopen() {
	if b.View != nil {
		b.Close()
	}
	b.View = view.OpenOn(b.model, view.Config{Dir: b.dir, Key: bytes.Repeat([]byte("k"), 32)})
	b.MakeSmall(2+b.rnd.IntN(12), 3+b.rnd.IntN(30), 2)
	b.OnStep(func(what string) error {
		if b.step == nil {
			return nil
		}
		return b.step(what)
	})
}

// check asks a question page by page and compares every page with the model.
func (b *bundle) check(q *question) {
	b.t.Helper()
	latest := int64(0)
	for _, s := range b.streams {
		latest = max(latest, s.last())
	}
	moment := latest
	if b.rnd.IntN(2) == 0 {
		moment = b.clock - int64(b.rnd.IntN(20_000_000_000))
		q.AsOf = time.Unix(0, moment).UTC()
	}
	want := q.answer(b.model, moment)
	b.checkJump(q, want)
	total, pages := len(want), 0
	for {
		answer, err := b.List(b.t.Context(), b.marks(), q.Query)
		if err != nil {
			b.t.Fatalf("%v as of %v: %v", q, q.AsOf, err)
		}
		if answer.Matched != total {
			b.t.Fatalf("%v as of %v: %d matched, want %d", q, q.AsOf, answer.Matched, total)
		}
		size := min(q.Limit, len(want))
		if got, expected := versions(answer.Versions), records(want[:size]); got != expected {
			b.t.Fatalf("%v as of %v, page %d:\n got %s\nwant %s", q, q.AsOf, pages, got, expected)
		}
		if want = want[size:]; (answer.Next == "") != (len(want) == 0) {
			b.t.Fatalf("%v: next is %q with %d to come", q, answer.Next, len(want))
		}
		if answer.Next == "" {
			return
		}
		q.Cursor = answer.Next
		if pages++; pages%3 == 1 { // what happens meanwhile is not part of this list
			b.commit(pick(b.rnd, b.streams...), 3, 30)
		}
	}
}

// checkJump asks for a page anywhere in the list, and for one behind its end.
func (b *bundle) checkJump(q *question, want []modelRecord) {
	b.t.Helper()
	for _, offset := range []int{len(want) / 3, max(0, len(want)-2), len(want) + q.Limit} {
		jump := q.Query
		jump.Offset = offset
		answer, err := b.List(b.t.Context(), b.marks(), jump)
		if err != nil {
			b.t.Fatalf("%v as of %v from %d: %v", q, q.AsOf, offset, err)
		}
		from := min(offset, len(want))
		to := min(from+q.Limit, len(want))
		if got, expected := versions(answer.Versions), records(want[from:to]); got != expected || answer.Matched != len(want) {
			b.t.Fatalf("%v as of %v from %d of %d (matched %d):\n got %s\nwant %s", q, q.AsOf, offset, len(want), answer.Matched, got, expected)
		}
		if (answer.Next == "") != (to == len(want)) {
			b.t.Fatalf("%v from %d: next is %q with %d to come", q, offset, answer.Next, len(want)-to)
		}
	}
}

func versions(found []host.VersionRef) string {
	var out strings.Builder
	for _, v := range found {
		fmt.Fprintf(&out, " %d/%q@%d", v.Stream.Number, v.Key, v.At.UnixNano())
	}
	return out.String()
}

func records(found []modelRecord) string {
	var out strings.Builder
	for _, r := range found {
		fmt.Fprintf(&out, " %d/%q@%d", r.number, r.key, r.from)
	}
	return out.String()
}

var errKilled = errors.New("killed")

func (b *bundle) refresh(s *modelStream) error { return b.Refresh(b.t.Context(), s.StreamMark, s.kept) }

// TestLists lets random things happen and compares every list with a naive
// reading of the model.
func TestLists(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			b := setup(t, seed, 1+int(seed%3))
			for range 20 {
				b.happen()
				b.step = nil
				for range 2 {
					b.check(ask(b.rnd))
				}
			}
		})
	}
}

// happen does one thing that may happen to a store and its view.
func (b *bundle) happen() {
	b.t.Helper()
	s := pick(b.rnd, b.streams...)
	switch b.rnd.IntN(13) {
	case 0:
		b.reopen()
	case 1: // a kill somewhere in the upkeep
		b.commit(s, 10, 40)
		b.killedIn(s)
	case 2:
		b.damage()
	case 3: // the store was put back to an earlier state and went on from there
		if len(s.commits) > 2 {
			s.commits = s.commits[:1+b.rnd.IntN(len(s.commits)-1)]
			s.LastAt = time.Unix(0, s.last()).UTC()
			b.reopen()
			for range b.rnd.IntN(3) {
				b.commit(s, 5, 40)
			}
			b.killedIn(s)
		}
	case 4:
		b.full = !b.full
	case 5:
		if err := b.Drop(s.Connection); err != nil {
			b.t.Fatal(err)
		}
	case 6: // a run begins to read the connection, or ends
		b.reading[s.Connection] = !b.reading[s.Connection]
	case 7: // a list is cut short while it catches up
		for range 4 {
			b.commit(s, 20, 60)
		}
		if err := b.cutShort(s, b.rnd.IntN(12)); err != nil && !errors.Is(err, context.Canceled) && !b.full {
			b.t.Fatal(err)
		}
	default:
		b.commit(s, 1+b.rnd.IntN(25), 60)
		if b.rnd.IntN(2) == 0 && !b.full && !b.reading[s.Connection] {
			if err := b.refresh(s); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

// killedIn is a kill somewhere in the upkeep of a stream, or just after it.
func (b *bundle) killedIn(s *modelStream) {
	b.t.Helper()
	left := b.rnd.IntN(6)
	b.step = func(string) error {
		if left--; left < 0 {
			return errKilled
		}
		return nil
	}
	if err := b.refresh(s); err != nil && !errors.Is(err, errKilled) && !b.full {
		b.t.Fatal(err)
	}
	b.step = nil
	b.reopen()
}

// cutShort refreshes a stream and takes the context away after some steps.
func (b *bundle) cutShort(s *modelStream, steps int) error {
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	b.step = func(string) error {
		if steps--; steps < 0 {
			cancel()
		}
		return nil
	}
	defer func() { b.step = nil }()
	return b.Refresh(ctx, s.StreamMark, s.kept)
}

// TestNothingIsLeft makes sure that files which a crash left are removed when the stream is
// used again, although nothing of it has to be written.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	b := setup(t, 8, 1)
	s := b.streams[0]
	b.commit(s, 100, 999)
	if err := b.refresh(s); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(b.dir, "*", "*", "manifest"))
	if err != nil || len(left) != 1 {
		t.Fatalf("the stream has the manifests %v, %v", left, err)
	}
	dir := filepath.Dir(left[0])
	before, _ := os.ReadDir(dir)
	for _, name := range []string{".manifest.unfinished-1", "99.segment"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("cut"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.reopen()
	if err := b.refresh(s); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadDir(dir)
	if err != nil || len(after) != len(before) {
		t.Errorf("before the crash there were %v, and now there are %v, %v", before, after, err)
	}
	b.check(ask(b.rnd))
}

// TestRestoredWhileARunReads puts the store back to an earlier state. The view that is made then is in memory alone, because a run
// reads the stream; when it is closed to open others, the files of the history that was left must not count again.
func TestRestoredWhileARunReads(t *testing.T) {
	t.Parallel()
	b := setup(t, 9, 3)
	s := b.streams[0]
	for _, each := range b.streams {
		b.commit(each, 20, 40)
	}
	earlier := len(s.commits)
	b.commit(s, 20, 40)
	for _, each := range b.streams {
		if err := b.refresh(each); err != nil {
			t.Fatal(err)
		}
	}
	s.commits = s.commits[:earlier]
	s.LastAt = time.Unix(0, s.last()).UTC()
	b.commit(b.streams[1], 5, 40) // so that a list of now is of after the moment that was left
	b.reopen()
	b.MakeSmall(8, 30, 1)
	b.reading[s.Connection] = true
	for range 2 { // each list closes what it read first
		q := &question{Query: view.Query{Limit: 200, Sort: "key"}, order: func(_, _ modelRecord) int { return 0 }}
		b.check(q)
	}
}

// TestACatchUpGoesOn makes sure that a catch-up that is cut short goes on where it was.
func TestACatchUpGoesOn(t *testing.T) {
	t.Parallel()
	b := setup(t, 6, 1)
	b.MakeSmall(64, 100, 2)
	s := b.streams[0]
	b.commit(s, 100, 999)
	if err := b.refresh(s); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		b.commit(s, 100, 999)
	}
	if err := b.cutShort(s, 10); !errors.Is(err, context.Canceled) {
		t.Fatalf("a catch-up that is cut short returned %v", err)
	}
	read := b.since
	if err := b.refresh(s); err != nil {
		t.Fatal(err)
	}
	if again, all := b.since-read, b.since; again > all*2/3 {
		t.Errorf("%d versions were read again of %d", again, all)
	}
	b.check(ask(b.rnd))
}

// TestPruned makes sure that what the store has dropped is dropped here, too, and
// nothing else.
func TestPruned(t *testing.T) {
	t.Parallel()
	b := setup(t, 5, 1)
	s := b.streams[0]
	for range 8 {
		b.commit(s, 20, 30)
		if err := b.refresh(s); err != nil {
			t.Fatal(err)
		}
	}
	before := b.Size()
	kept := s.at(s.last())
	s.kept = s.last()
	last := commit{at: s.last()}
	for _, r := range kept { // all that the store still has: one version each
		last.changes = append(last.changes, r.change)
	}
	s.commits = []commit{last}
	if err := b.refresh(s); err != nil {
		t.Fatal(err)
	}
	if after := b.Size(); after >= before || b.Segments(s.Number) != 1 {
		t.Errorf("%d bytes in %d segments after %d bytes", after, b.Segments(s.Number), before)
	}
	answer, err := b.List(t.Context(), b.marks(), view.Query{Limit: 100})
	if err != nil || answer.Matched != len(kept) {
		t.Errorf("%d matched, want %d; %v", answer.Matched, len(kept), err)
	}
}

// damage changes, cuts off or removes a file.
func (b *bundle) damage() {
	b.t.Helper()
	var files []string
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return nil
	})
	if err != nil || len(files) == 0 {
		return
	}
	file := pick(b.rnd, files...)
	raw, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.rnd.IntN(2) == 0 {
		b.reopen()
	}
	switch b.rnd.IntN(3) {
	case 0:
		err = os.Remove(file)
	case 1:
		err = os.WriteFile(file, raw[:b.rnd.IntN(max(1, len(raw)))], 0o600)
	default:
		if len(raw) == 0 { // it was cut off before
			raw = []byte{0}
		}
		raw[b.rnd.IntN(len(raw))] ^= 1 << b.rnd.IntN(8)
		err = os.WriteFile(file, raw, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query view.Query
		says  string
	}{
		"field":        {view.Query{Where: []string{"colour:red"}}, `names "colour", which is no field of the kind account; there are admin,`},
		"sort":         {view.Query{Sort: "-colour"}, `sort names "colour"`},
		"sort by list": {view.Query{Sort: "roles"}, "roles is a list and has no order"},
		"no operator":  {view.Query{Where: []string{"status"}}, "must be a field, one of"},
		"no field":     {view.Query{Where: []string{":active"}}, "must be a field, one of"},
		"word": {
			view.Query{Where: []string{"status:activ"}}, `asks for "activ"; status is one of active, suspended, deprovisioned, unknown`,
		},
		"order of text": {view.Query{Where: []string{"name<m"}}, "has no order to be asked by"},
		"time":          {view.Query{Where: []string{"last_login_at<soon"}}, "must compare last_login_at with a date such as"},
		"no value":      {view.Query{Where: []string{"name:"}}, "has no value after :"},
		"no moment":     {view.Query{Where: []string{"last_login_at<"}}, "has no value after <"},
		"cursor":        {view.Query{Cursor: "abc"}, "is not a cursor this list returned"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1, 1)
			b.commit(b.streams[0], 5, 5)
			_, err := b.List(t.Context(), b.marks(), tt.query)
			var problem *host.Problem
			if !errors.As(err, &problem) || problem.Code != host.CodeInvalid || !strings.Contains(problem.Error(), tt.says) {
				t.Errorf("got %v, want a refusal that says %q", err, tt.says)
			}
		})
	}
}

// TestOtherCursor makes sure that a cursor is good for its own list alone.
func TestOtherCursor(t *testing.T) {
	t.Parallel()
	b := setup(t, 2, 1)
	b.commit(b.streams[0], 20, 40)
	first, err := b.List(t.Context(), b.marks(), view.Query{Limit: 2, Sort: "name"})
	if err != nil || first.Next == "" {
		t.Fatalf("the first page ends with %q, %v", first.Next, err)
	}
	for _, q := range []view.Query{
		{Sort: "-name"}, {Sort: "name", Text: "a"}, {Sort: "name", Where: []string{"mfa:no"}}, {Sort: "name", Scope: "other"},
	} {
		q.Limit, q.Cursor = 2, first.Next
		if _, err := b.List(t.Context(), b.marks(), q); err == nil {
			t.Errorf("%+v took the cursor of another list", q)
		}
	}
}

// TestARunWritesNothing makes sure that lists asked for while a run reads a stream
// write nothing, and that what the run added is written once it has ended.
func TestARunWritesNothing(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]int{"the first run": 0, "a later run": 40} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 5, 1)
			b.MakeSmall(64, 1000, 2)
			s := b.streams[0]
			for range before {
				b.commit(s, 10, 200)
			}
			if before > 0 {
				if err := b.refresh(s); err != nil {
					t.Fatal(err)
				}
			}
			written, segments := b.Size(), b.Segments(s.Number)
			b.reading[s.Connection] = true
			for range 20 {
				b.commit(s, 10, 200)
				b.check(ask(b.rnd))
			}
			if now := b.Size(); now != written {
				t.Errorf("%d bytes were written during the run", now-written)
			}
			b.reading[s.Connection] = false
			if err := b.refresh(s); err != nil {
				t.Fatal(err)
			}
			if now := b.Size(); now == written {
				t.Error("nothing was written when the run had ended")
			}
			if n := b.Segments(s.Number); n > segments+1 {
				t.Errorf("the run made %d segments of %d", n, segments)
			}
			b.reopen()
			b.check(ask(b.rnd))
		})
	}
}

// TestProportion makes sure that catching up reads and writes what changed and
// not all there is.
func TestProportion(t *testing.T) {
	t.Parallel()
	b := setup(t, 3, 1)
	b.MakeSmall(64, 1000, 2)
	s := b.streams[0]
	for range 30 {
		b.commit(s, 900, 999)
	}
	if err := b.refresh(s); err != nil {
		t.Fatal(err)
	}
	whole, read := b.Size(), b.since
	b.commit(s, 10, 999)
	if err := b.refresh(s); err != nil {
		t.Fatal(err)
	}
	if n := b.since - read; n != len(s.commits[len(s.commits)-1].changes) {
		t.Errorf("%d versions were read for %d changes", n, len(s.commits[len(s.commits)-1].changes))
	}
	if grown := b.Size() - whole; grown <= 0 || grown > whole/10 {
		t.Errorf("%d bytes were added to %d for 10 changes", grown, whole)
	}
	if n := b.Segments(s.Number); n != 2 {
		t.Errorf("%d segments, want 2", n)
	}
}

// TestNothingReadable makes sure that no text of a record is on disk in the clear.
func TestNothingReadable(t *testing.T) {
	t.Parallel()
	b := setup(t, 4, 1)
	s := b.streams[0]
	for range 5 {
		b.commit(s, 30, 40)
		if err := b.refresh(s); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, word := range []string{"key-0", "ann", "suspended", "segments"} {
			if bytes.Contains(raw, []byte(word)) {
				t.Errorf("%s holds %q", d.Name(), word)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
