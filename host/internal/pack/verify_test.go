package pack_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/pack"
)

func TestTwoPacksOfOneMomentAreTheSame(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	one, two := written(t, content(300), key), written(t, content(300), key)
	if !bytes.Equal(one, two) {
		t.Errorf("two packs of one moment have %d and %d bytes and differ", len(one), len(two))
	}
	var names []string
	for _, m := range members(t, one) {
		names = append(names, m.name)
	}
	if !slices.IsSorted(names) {
		t.Errorf("the files are not sorted: %v", names)
	}
	r := verified(t, one, key.Public)
	if !r.OK || !r.Pinned || r.Records != 300 || r.Proofs != 3 || r.Files != len(names) || len(r.Notices) != 1 {
		t.Errorf("the pack is reported as %+v", r)
	}
	if r := verified(t, one, ""); !r.OK || r.Pinned || r.PublicKey != key.Public {
		t.Errorf("without a key the pack is reported as %+v", r)
	}
}

// TestAChangedByteIsNamed changes bytes of every file: each time the file is named, and no other.
func TestAChangedByteIsNamed(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	all := members(t, written(t, content(3), key))
	if r := verified(t, packed(t, all), key.Public); !r.OK {
		t.Fatalf("the unchanged files are reported as %+v", r.Complaints)
	}
	for i := range all {
		t.Run(strings.ReplaceAll(all[i].name, "/", "_"), func(t *testing.T) {
			t.Parallel()
			size := len(all[i].content)
			for at := 0; at < size; at += max(1, size/40) {
				changed := slices.Clone(all)
				changed[i].content = bytes.Clone(all[i].content)
				changed[i].content[at] ^= 1
				named(t, verified(t, packed(t, changed), key.Public), all[i].name, fmt.Sprintf("byte %d changed", at))
			}
			changed := slices.Clone(all)
			changed[i].content = append(bytes.Clone(all[i].content), '\n')
			named(t, verified(t, packed(t, changed), key.Public), all[i].name, "a byte added")
		})
	}
}

// named fails unless a report complains of a file alone.
func named(t *testing.T, r pack.Report, name, what string) {
	t.Helper()
	if r.OK || len(r.Complaints) == 0 {
		t.Errorf("%s: nothing is wrong", what)
	}
	for _, c := range r.Complaints {
		if c.File != name {
			t.Errorf("%s: %s is named: %s", what, c.File, c.Message)
		}
	}
}

// TestAByteOfTheArchiveIsNamed changes the compressed bytes of each file in place.
func TestAByteOfTheArchiveIsNamed(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	raw := written(t, content(3), key)
	read, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range read.File {
		at, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Clone(raw)
		changed[at+int64(f.CompressedSize64)/2] ^= 0x10
		named(t, verified(t, changed, key.Public), f.Name, "a compressed byte changed")
	}
}

func TestAPackIsWhole(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	all := members(t, written(t, content(3), key))
	for i := range all {
		named(t, verified(t, packed(t, slices.Delete(slices.Clone(all), i, i+1)), key.Public), all[i].name, "without the file")
	}
	named(t, verified(t, packed(t, append(slices.Clone(all), member{"zz.txt", []byte("x")})), key.Public), "zz.txt", "with another file")
	named(t, verified(t, packed(t, append(slices.Clone(all), member{"../zz.txt", nil})), key.Public), "../zz.txt", "with a path out of it")
	named(t, verified(t, packed(t, slices.Insert(slices.Clone(all), 3, all[3])), key.Public), all[3].name, "with a file twice")
	swapped := slices.Clone(all)
	swapped[4], swapped[5] = swapped[5], swapped[4]
	named(t, verified(t, packed(t, swapped), key.Public), all[4].name, "in another order")
	raw := packed(t, all)
	for _, cut := range [][]byte{nil, []byte("PK"), raw[:len(raw)/2], raw[:len(raw)-1]} {
		if _, err := pack.Verify(t.Context(), bytes.NewReader(cut), int64(len(cut)), ""); err == nil {
			t.Errorf("a file of %d bytes of %d is read as a pack", len(cut), len(raw))
		}
	}
	if r := verified(t, packed(t, []member{{"a.txt", nil}}), ""); r.OK {
		t.Error("an archive without a manifest is a pack")
	}
}

// TestAPackOfAnotherKeyIsRefused: whoever forges a pack signs it with a key of their own.
func TestAPackOfAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	key, other := newKey(t), newKey(t)
	raw := written(t, content(3), other)
	r := verified(t, raw, key.Public)
	if r.OK || !strings.Contains(fmt.Sprint(r.Complaints), other.Public) {
		t.Errorf("a pack of another key is reported as %+v", r)
	}
	_, err := pack.Verify(t.Context(), bytes.NewReader(raw), int64(len(raw)), "nonsense")
	if err == nil {
		t.Error("nonsense is a key")
	}
}

// TestARecordHasTheHashThatIsSaidOfIt: a pack whose maker changed a record is signed rightly and found all the same.
func TestARecordHasTheHashThatIsSaidOfIt(t *testing.T) {
	t.Parallel()
	key, c := newKey(t), content(3)
	c.Populations[0].Records = forged(c.Populations[0].Records)
	named(t, verified(t, written(t, c, key), key.Public), "populations/corp.users.jsonl", "with a forged record")
}

// TestAProofHoldsForItsLinkAlone: the links that proofs are of differ from those of the tree.
func TestAProofHoldsForItsLinkAlone(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	raw := written(t, content(3), key)
	proofs, checkpoint := fileOf(t, raw, "journal/proofs.json"), fileOf(t, raw, "journal/checkpoint.txt")
	moment := content(3).Moment
	if err := pack.CheckProofs([]byte(checkpoint), []byte(proofs), key.Public, moment); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"index": 136`, `"index": 135`}, {`"number": 69`, `"number": 68`}, {`"stream": "users"`, `"stream": "roles"`},
		{`"tree_size": 137`, `"tree_size": 136`}, {`"connection": "c1"`, `"connection": "c2"`},
	} {
		changed := strings.ReplaceAll(proofs, change[0], change[1])
		if changed == proofs {
			t.Errorf("the proofs have no %s:\n%s", change[0], proofs)
		} else if pack.CheckProofs([]byte(checkpoint), []byte(changed), key.Public, moment) == nil {
			t.Errorf("the proofs hold with %s", change[1])
		}
	}
	if pack.CheckProofs([]byte(checkpoint), []byte(proofs), key.Public, moment.Add(1)) == nil {
		t.Error("a checkpoint of another moment is taken")
	}
}

// TestStandardToolsVerifyAPack verifies a pack with minisign and sha256sum alone.
func TestStandardToolsVerifyAPack(t *testing.T) {
	t.Parallel()
	key, dir := newKey(t), t.TempDir()
	for _, m := range members(t, written(t, content(50), key)) {
		path := filepath.Join(dir, filepath.FromSlash(m.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, m.content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(good bool, name string, args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), name, args...)
		command.Dir = dir
		out, err := command.CombinedOutput()
		if (err == nil) != good {
			t.Errorf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	for _, name := range []string{"SHA256SUMS", "MANIFEST.json"} {
		run(true, "minisign", "-V", "-m", name, "-P", key.Public)
		run(false, "minisign", "-V", "-m", name, "-P", newKey(t).Public)
	}
	run(true, "sha256sum", "--check", "--strict", "SHA256SUMS")
	if err := os.WriteFile(filepath.Join(dir, "populations.csv"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(false, "sha256sum", "--check", "--strict", "SHA256SUMS")
}
