package journal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/verify"
)

// filled writes a store with two connections, some thousand versions and several
// tables, and closes it.
func filled(t *testing.T, dir string) {
	t.Helper()
	s := OK(journal.Open(Options(dir)))(t)
	for _, alias := range []string{"corp", "hq"} {
		c := OK(s.CreateConnection(AsTester(), host.Connection{Alias: alias}, map[string][]byte{"token": []byte("sealed")}))(t)
		for i, list := range [][]host.Write{Docs(0, 700, "first", 200), Docs(100, 700, "second", 200)} {
			Must(t, read(s, c, fmt.Sprint("list ", i), list))
		}
	}
	Must(t, s.Close())
	s = OK(journal.Open(Options(dir)))(t) // so that there is more than one table
	Must(t, read(s, OK(s.Connection("corp"))(t), "list 3", Docs(100, 900, "third", 50)))
	Must(t, s.Close())
}

// hashOf returns a hash of everything a store says.
func hashOf(t *testing.T, dir string) string {
	t.Helper()
	b := NewBundle(t, dir)
	b.Open()
	defer func() { Must(t, b.Close()) }()
	sum := sha256.New()
	Must(t, b.Ledger.View(func(txn *badgerdir.Txn) error {
		return layout.Each(txn, nil, func(item *badgerdir.Item) error {
			return item.Value(func(value []byte) error {
				_, err := fmt.Fprintf(sum, "%q %q\n", item.Key(), value)
				return err
			})
		})
	}))
	return hex.EncodeToString(sum.Sum(nil))
}

// copySparse copies a directory without the zeros at the end of its files, which
// the copy has too.
func copySparse(t *testing.T, from, to string) {
	t.Helper()
	for _, f := range OK(os.ReadDir(from))(t) {
		raw := OK(os.ReadFile(filepath.Join(from, f.Name())))(t)
		path := filepath.Join(to, f.Name())
		Must(t, os.WriteFile(path, bytes.TrimRight(raw, "\x00"), 0o600))
		Must(t, os.Truncate(path, int64(len(raw))))
	}
}

// flipped is a file of a store with one bit changed, for the time of fn.
func flipped(t *testing.T, path string, at int, fn func()) {
	t.Helper()
	raw := OK(os.ReadFile(path))(t)
	changed := bytes.Clone(raw)
	changed[at] ^= 1 << (at % 8)
	Must(t, os.WriteFile(path, changed, 0o600))
	fn()
	Must(t, os.WriteFile(path, raw, 0o600))
}

// offsets returns which bytes of a file to change: all of a small one; of a larger
// one the ends and some at random.
func offsets(size int) (all []int) {
	if size <= 1500 {
		for at := range size {
			all = append(all, at)
		}
		return all
	}
	random := rand.New(rand.NewPCG(1, uint64(size)))
	step := 1
	if testing.Short() {
		step = 10
	}
	for at := 0; at < 60; at += step {
		all = append(all, at, size-1-at)
	}
	for range 80 / step {
		all = append(all, random.IntN(size))
	}
	return all
}

// TestEveryFileChanged changes single bytes of every file of a closed store. Each
// must be noticed, with the file and, where the file says so itself, the entry;
// unless it has no meaning, which is then proved.
func TestEveryFileChanged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	filled(t, dir)
	want := hashOf(t, dir)
	noticed, named, meaningless := map[string]int{}, 0, map[string]int{}
	// Two compressed texts can stand for the same block; a byte that makes one of
	// the other changes nothing.
	equal := 0
	for _, f := range OK(os.ReadDir(dir))(t) {
		path := filepath.Join(dir, f.Name())
		kind := strings.TrimLeft(f.Name(), "0123456789")
		size := len(OK(os.ReadFile(path))(t))
		for _, at := range offsets(size) {
			flipped(t, path, at, func() {
				if !withoutMeaning(kind, at) {
					found := checkNoticed(t, dir, path, at)
					switch {
					case found == nil && kind == ".sst":
						equal++
					case found == nil:
						t.Errorf("%s byte %d: not noticed", f.Name(), at)
						return
					default:
						noticed[kind]++
						if isNamed(*found) {
							named++
						}
						return
					}
				}
				meaningless[kind]++
				if kind != ".sst" && meaningless[kind]%40 != 1 {
					return
				}
				copied := filepath.Join(t.TempDir(), "store")
				Must(t, os.Mkdir(copied, 0o700))
				copySparse(t, dir, copied)
				Must(t, os.WriteFile(anchor.Path(copied), OK(os.ReadFile(anchor.Path(dir)))(t), 0o600))
				if got := hashOf(t, copied); got != want {
					t.Errorf("%s: byte %d is said to have no meaning, and the store says something else", f.Name(), at)
				}
			})
		}
	}
	tables := noticed[".sst"]
	if equal > tables/50 || tables < 200 && !testing.Short() || noticed["MANIFEST"] < 30 || noticed["KEYREGISTRY"] < 60 || named < 50 {
		t.Errorf("too few bytes were changed: %v, %d entries named, without meaning %v", noticed, named, meaningless)
	}
	t.Logf("noticed %v, %d entries named; without meaning %v", noticed, named, meaningless)
	if got := hashOf(t, dir); got != want {
		t.Error("verification changed the store")
	}
}

// withoutMeaning says which bytes of a closed store nothing is read from: what the
// value log would have been encrypted with (it has no entries, since every value
// is in the tree), and the counters of its garbage.
func withoutMeaning(kind string, at int) bool {
	return kind == ".vlog" && at >= 8 || kind == "DISCARD"
}

// A power cut in the first opening leaves a manifest without a key registry. It is a
// new store as long as no other file says that it was used.
func TestAFirstOpeningThatWasCutOff(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		beside string // another file, from the store's directory
		opens  bool
	}{
		"nothing else":        {"", true},
		"a log":               {"00001.mem", false},
		"a value log":         {"000001.vlog", false},
		"where chains stood":  {"../store.anchors", false},
		"an unfinished write": {"REWRITE-KEYREGISTRY", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "store")
			Must(t, os.Mkdir(dir, 0o700))
			empty := append([]byte("Bdgr\x00\x00\x00\x08"), make([]byte, 8)...) // no tables
			Must(t, os.WriteFile(filepath.Join(dir, "MANIFEST"), empty, 0o600))
			if test.beside != "" {
				Must(t, os.WriteFile(filepath.Join(dir, test.beside), nil, 0o600))
			}
			v, err := verify.Closed(t.Context(), Options(dir), nil)
			if err != nil || v.OK() != test.opens {
				t.Fatalf("verification: %v, %+v", err, v.Bad)
			}
			s, err := journal.Open(Options(dir))
			if (err == nil) != test.opens {
				t.Fatalf("opening it: %v", err)
			}
			if err == nil {
				Must(t, s.Close())
			}
		})
	}
}

func isNamed(b host.BadEntry) bool { return b.Alias+b.Stream+b.Key+b.Run != "" }

// checkNoticed returns what verification says of a changed byte, or nothing. What
// it says must name the file.
func checkNoticed(t *testing.T, dir, path string, at int) *host.BadEntry {
	t.Helper()
	v, err := verify.Closed(t.Context(), Options(dir), nil)
	var p *host.Problem
	if errors.As(err, &p) {
		if !strings.Contains(p.Message, path) {
			t.Errorf("%s byte %d: refused without its name: %v", filepath.Base(path), at, p)
		}
		return &host.BadEntry{}
	}
	Must(t, err)
	if v.OK() {
		return nil
	}
	if len(v.Bad) != 1 || v.Bad[0].Kind != "file" || v.Bad[0].File != path || v.Bad[0].Offset > int64(at) && filepath.Ext(path) != ".sst" {
		t.Fatalf("%s byte %d: found %+v, unfinished %+v", filepath.Base(path), at, v.Bad, v.Unfinished)
	}
	b := v.Bad[0]
	// An agent that starts on it must refuse too, and not make matters worse.
	// Of a table only the index is read then.
	if filepath.Ext(path) != ".sst" || strings.Contains(b.Message, "index") {
		s, err := journal.Open(Options(dir))
		if err == nil {
			err = errors.Join(errors.New("it opened"), s.Close())
		}
		if !errors.As(err, &p) || p.Code != host.CodeStoreDamaged && p.Code != host.CodeStoreKey ||
			!strings.Contains(p.Message, filepath.Base(path)) {
			t.Errorf("%s byte %d: opening it gave %v", filepath.Base(path), at, err)
		}
	}
	return &b
}

// TestLogChanged changes single bytes of the log of a store whose owner was
// killed. All but the last write must be noticed in the file.
func TestLogChanged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	out, err := child(t.Context(), dir, 60).Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the child was to be killed: %v, %s", err, out)
	}
	logs := OK(filepath.Glob(filepath.Join(dir, "*.mem")))(t)
	if len(logs) != 1 {
		t.Fatalf("logs %v, want one", logs)
	}
	raw := OK(os.ReadFile(logs[0]))(t)
	written := len(bytes.TrimRight(raw, "\x00"))
	random := rand.New(rand.NewPCG(3, 4))
	bytesToChange := []int{0, 7, 8, 12, 19, 20, 21, 22, 23, 24, 25, 40, written - 1, written - 5}
	for range 30 {
		bytesToChange = append(bytesToChange, random.IntN(written))
	}
	bad, unfinished, named := 0, 0, 0
	inspect := func() []badgerdir.Finding {
		o := Options(dir)
		Must(t, o.Complete())
		return OK(badgerdir.Inspect(t.Context(), o.Disk(), func(int, int) {}))(t)
	}
	f := OK(os.OpenFile(logs[0], os.O_RDWR, 0))(t)
	defer f.Close()
	for _, at := range bytesToChange {
		_, err := f.WriteAt([]byte{raw[at] ^ 4}, int64(at))
		Must(t, err)
		found := inspect()
		switch {
		case len(found) != 1 || found[0].File != logs[0] || found[0].Offset > int64(at):
			t.Errorf("byte %d of %d: %+v", at, written, found)
		case !found[0].Cut():
			bad++
			if isNamed(found[0].BadEntry) {
				named++
			}
		default:
			unfinished++
			if at < written-400 {
				t.Errorf("byte %d of %d is taken for the last write", at, written)
			}
		}
		_, err = f.WriteAt([]byte{raw[at]}, int64(at))
		Must(t, err)
	}
	t.Logf("%d changes called damage, %d of them named, %d in the last write", bad, named, unfinished)
	if found := inspect(); len(found) > 0 {
		t.Errorf("an unchanged store: %+v", found)
	}
}

// TestLargeDocumentChanged changes single bytes of a document in the value log. What
// reads it must notice.
func TestLargeDocumentChanged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	s := OK(journal.Open(Options(dir)))(t)
	c := OK(s.CreateConnection(AsTester(), host.Connection{Alias: "corp"}, nil))(t)
	Must(t, read(s, c, "list 1", append(Docs(0, 1, "1", 800<<10), Record("other", "1"))))
	Must(t, s.Close())
	logs := OK(filepath.Glob(filepath.Join(dir, "*.vlog")))(t)
	log, size := "", 0
	for _, path := range logs {
		if raw := OK(os.ReadFile(path))(t); len(bytes.TrimRight(raw, "\x00")) > size {
			log, size = path, len(bytes.TrimRight(raw, "\x00"))
		}
	}
	if size < 200<<10 {
		t.Fatalf("the document is not in the value logs %v", logs)
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 8 {
		at := 100 + random.IntN(size-200)
		copied := filepath.Join(t.TempDir(), "store") // opening it cuts off the log
		Must(t, os.CopyFS(filepath.Dir(copied), os.DirFS(filepath.Dir(dir))))
		flipped(t, filepath.Join(copied, filepath.Base(log)), at, func() {
			v := OK(verify.Closed(t.Context(), Options(copied), nil))(t)
			if len(v.Bad) == 0 || v.Bad[0].Stream != "users" {
				t.Errorf("byte %d of %d: found %+v", at, size, v.Bad)
			}
		})
	}
	if v := OK(verify.Closed(t.Context(), Options(dir), nil))(t); !v.OK() {
		t.Errorf("as it was written: found %+v", v.Bad)
	}
}

// TestMissingFiles takes whole files away.
func TestMissingFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	filled(t, dir)
	want := hashOf(t, dir)
	for _, f := range OK(os.ReadDir(dir))(t) {
		if kind := strings.TrimLeft(f.Name(), "0123456789"); kind == ".vlog" || kind == "DISCARD" {
			continue // nothing is in them
		}
		path := filepath.Join(dir, f.Name())
		Must(t, os.Rename(path, dir+".away"))
		_, err := journal.Open(Options(dir))
		p := WantProblem(t, err, host.CodeStoreDamaged, "")
		if !strings.Contains(p.Message, f.Name()) {
			t.Errorf("without %s: %v", f.Name(), p.Message)
		}
		Must(t, os.Rename(dir+".away", path))
	}
	if got := hashOf(t, dir); got != want {
		t.Error("opening it without a file changed the store")
	}
}

// TestVerifyRunning changes a table below an open store.
func TestVerifyRunning(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	filled(t, dir)
	o := Options(dir)
	o.Limits = new(ledger.DefaultLimits)
	o.Limits.KeepTables = true // merged, what is changed below would not be there any more
	s := OK(journal.Open(o))(t)
	defer func() { Must(t, s.Close()) }()
	v := OK(s.VerifyAll(t.Context(), nil))(t)
	if !v.OK() || v.Files < 3 || v.Bytes == 0 || len(v.Connections) != 2 {
		t.Fatalf("an open store: %+v", v)
	}
	tables := OK(filepath.Glob(filepath.Join(dir, "*.sst")))(t)
	flipped(t, tables[len(tables)-1], 3000, func() {
		v := OK(s.VerifyAll(t.Context(), nil))(t)
		if len(v.Bad) == 0 || v.Bad[0].Kind != "file" || v.Bad[0].File != tables[len(tables)-1] {
			t.Errorf("a changed table below an open store: %+v", v.Bad)
		}
		found := OK(s.Examine(t.Context()))(t)
		if len(found) != 1 || found[0].File != tables[len(tables)-1] {
			t.Errorf("examined, a changed table below an open store: %+v", found)
		}
	})
	end := int(OK(os.Stat(tables[0]))(t).Size()) - 30
	flipped(t, tables[0], end, func() { // in the index; the open store knows what the table has
		found := OK(s.Examine(t.Context()))(t)
		if len(found) != 1 || found[0].File != tables[0] || !strings.Contains(found[0].Message, "it has the entries from ") {
			t.Errorf("examined, a changed index below an open store: %+v", found)
		}
	})
}
