package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// papers is a folder of documents.
type papers struct {
	t   *testing.T
	dir string
}

func newPapers(t *testing.T) *papers {
	t.Helper()
	return &papers{t, t.TempDir()}
}

// write writes a document, on the first day of March.
func (p *papers) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, at, at); err != nil {
		p.t.Fatal(err)
	}
}

func (p *papers) input(more map[string]any) sdktest.Input {
	settings := map[string]any{"path": p.dir}
	for name, value := range more {
		settings[name] = value
	}
	return sdktest.Input{Settings: settings}
}

func (p *papers) sync() *sdktest.Outcome {
	p.t.Helper()
	return sdktest.NewBench(p.t, New()).Sync(p.t, p.input(nil))
}

const hashOfX = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

// TestDocuments reads a policy, a certificate of insurance and a document without a description.
func TestDocuments(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	p.write("access.pdf", "x")
	p.write("access.pdf.meta.yaml", "kind: policy\ntitle: Access control\nowner: ciso@example.test\nversion: 1.10\napproved: "+
		"2026-03-01\nreview_due: 2027-03-01\n")
	p.write("insurance/cyber.PDF", "x")
	p.write("insurance/cyber.PDF.meta.yml", "kind: cyber_insurance\nexpires: 2027-01-01\nissuer: Example\nnumber: 0012\ndetails: {cover: 5 "+
		"million}\n")
	p.write("plain.txt", "")
	p.write("plain.txt.meta.yaml", "")
	out := p.sync()
	want := map[string]map[string]string{
		"policies": {
			"access.pdf": `{"approved_at":"2026-03-01T00:00:00Z","external_id":"access.pdf","owner":"ciso@example.test",` +
				`"review_due_at":"2027-03-01T00:00:00Z",` +
				`"status":"approved","title":"Access control","vendor":{"approved":"2026-03-01T00:00:00Z","bytes":1,"described":true,"kind":"policy",` +
				`"media_type":"application/pdf","path":"access.pdf","review_due":"2027-03-01T00:00:00Z","sha256":"` + hashOfX + `",` +
				`"version":"1.10"},"version":"1.10"}`,
		},
		"documents": {
			"insurance/cyber.PDF": `{"bytes":1,"external_id":"insurance/cyber.PDF","media_type":"application/pdf",` +
				`"sha256":"` + hashOfX + `","shared_publicly":"unknown",` +
				`"title":"cyber","updated_at":"2026-03-01T12:00:00Z","vendor":{"bytes":1,"described":true,"details":{"cover":"5 ` +
				`million"},"expires":"2027-01-01T00:00:00Z",` +
				`"issuer":"Example","kind":"cyber_insurance","media_type":"application/pdf","number":"0012","path":"insurance/cyber.PDF",` +
				`"sha256":"` + hashOfX + `"}}`,
			"plain.txt": `{"bytes":0,"external_id":"plain.txt","media_type":"text/plain",` +
				`"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",` +
				`"shared_publicly":"unknown","title":"plain","updated_at":"2026-03-01T12:00:00Z","vendor":{"bytes":0,"described":true,` +
				`"media_type":"text/plain",` +
				`"path":"plain.txt","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}`,
		},
	}
	for stream, records := range want {
		s := out.Streams[stream]
		got := map[string]string{}
		for key, raw := range s.Records {
			got[key] = string(raw)
		}
		if diff := cmp.Diff(records, got); diff != "" || s.Result != "complete" {
			t.Errorf("%s is %s, %v (-want +got):\n%s", stream, s.Result, s.Gaps, diff)
		}
	}
	flat := sdktest.NewBench(t, New()).Sync(t, p.input(map[string]any{"subdirectories": false})).Streams["documents"]
	if !slices.Equal(flat.Keys, []string{"plain.txt"}) {
		t.Errorf("without subfolders: %v", flat.Keys)
	}
}

// TestIgnores leaves out the files of programs.
func TestIgnores(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	p.write("a.pdf", "x")
	for _, name := range []string{".hidden", "~$a.docx", ".~lock.a.odt#", "a.pdf~", "b.tmp", "c.crdownload", "Thumbs.db", ".git/config",
		"desktop.ini"} {
		p.write(name, "x")
	}
	if s := p.sync().Streams["documents"]; s.Result != "complete" || !slices.Equal(s.Keys, []string{"a.pdf"}) {
		t.Errorf("got %s, %v, %v", s.Result, s.Keys, s.Gaps)
	}
}

// TestGaps reports each part that cannot be read, and reads the others.
func TestGaps(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	link := func(p *papers, target, name string) {
		if err := os.Symlink(target, filepath.Join(p.dir, name)); err != nil {
			p.t.Fatal(err)
		}
	}
	tests := map[string]struct {
		make        func(*papers)
		scope, says string
		keys        []string
	}{
		"unknown key": {func(p *papers) { p.write("b.pdf", "x"); p.write("b.pdf.meta.yaml", "reviewed_at: 2026-01-01\n") },
			"b.pdf.meta.yaml", "reviewed_at", []string{"a.pdf", "b.pdf"}},
		"no YAML": {func(p *papers) { p.write("a.pdf.meta.yaml", "title: [\n") }, "a.pdf.meta.yaml", "cannot be read",
			[]string{"a.pdf"}},
		"odd date": {func(p *papers) { p.write("a.pdf.meta.yaml", "expires: 01.02.2026\n") }, "a.pdf.meta.yaml",
			"is not a date such as", []string{"a.pdf"}},
		"odd status": {func(p *papers) { p.write("a.pdf.meta.yaml", "status: done\n") }, "a.pdf.meta.yaml", "is not draft, in_review",
			[]string{"a.pdf"}},
		"long description": {func(p *papers) { p.write("a.pdf.meta.yaml", "title: "+strings.Repeat("x", maxSidecar)) }, "a.pdf.meta.yaml",
			"more than 64 KiB", []string{"a.pdf"}},
		"alias bomb": {func(p *papers) {
			p.write("a.pdf.meta.yaml", "a: &a [x,x,x,x,x,x,x,x,x]\n"+strings.Repeat("b: &a [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n", 12))
		}, "a.pdf.meta.yaml", "cannot be read", []string{"a.pdf"}},
		"no document": {func(p *papers) { p.write("gone.pdf.meta.yaml", "title: x\n") }, "gone.pdf.meta.yaml", "gone.pdf, which is not there",
			[]string{"a.pdf"}},
		"other letters": {func(p *papers) { p.write("A.PDF.meta.yaml", "title: x\n") }, "A.PDF.meta.yaml",
			"only a.pdf with other capital letters", []string{"a.pdf"}},
		"same id": {func(p *papers) {
			p.write("a.pdf.meta.yaml", "id: one\n")
			p.write("b.pdf", "x")
			p.write("b.pdf.meta.yaml", "id: one\n")
		}, "b.pdf", "same id", []string{"one"}},
		"Unicode form": {func(p *papers) { p.write("Caf\u00e9.pdf", "x"); p.write("Cafe\u0301.pdf", "x") }, "Caf\u00e9.pdf", "Unicode form",
			[]string{"Caf\u00e9.pdf", "a.pdf"}},
		"not UTF-8": {func(p *papers) { p.write("b\xff.pdf", "x") }, "b?.pdf", "not UTF-8", []string{"a.pdf"}},
		"link outside": {func(p *papers) { link(p, filepath.Join(outside, "secret"), "link.pdf") }, "link.pdf", "cannot be read",
			[]string{"a.pdf"}},
		"link up":      {func(p *papers) { link(p, "../x", "link.pdf") }, "link.pdf", "cannot be read", []string{"a.pdf"}},
		"link nowhere": {func(p *papers) { link(p, "nowhere", "link.pdf") }, "link.pdf", "leads nowhere", []string{"a.pdf"}},
		"pipe": {func(p *papers) {
			if err := syscall.Mkfifo(filepath.Join(p.dir, "pipe.pdf"), 0o600); err != nil {
				p.t.Fatal(err)
			}
		}, "pipe.pdf", "is not a file", []string{"a.pdf"}},
		"large": {func(p *papers) { p.write("b.pdf", strings.Repeat("x", 1<<20+1)) }, "b.pdf", "hash is unknown", []string{"a.pdf", "b.pdf"}},
	}
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPapers(t)
			p.write("a.pdf", "x")
			test.make(p)
			s := sdktest.NewBench(t, New()).Sync(t, p.input(map[string]any{"max_megabytes": 1})).Streams["documents"]
			e := s.Gaps[test.scope]
			if s.Result != "complete_with_gaps" || len(s.Gaps) != 1 || e == nil || !strings.Contains(e.Message, test.says) || e.Remedy == "" ||
				e.Fault != "customer" {
				t.Errorf("result is %s, %v; gaps %+v, want one at %q that says %q", s.Result, s.Err, s.Gaps, test.scope, test.says)
			}
			if got := slices.Sorted(slices.Values(s.Keys)); !slices.Equal(got, test.keys) {
				t.Errorf("keys %q, want %q", got, test.keys)
			}
		})
	}
}

// TestNames keeps names that differ by capital letters apart, and finds a description in another Unicode form.
func TestNames(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	p.write("a.pdf", "x")
	p.write("A.pdf", "x")
	p.write("Cafe\u0301.pdf", "x")
	p.write("Caf\u00e9.pdf.meta.yaml", "title: House rules\n")
	if err := os.Symlink("a.pdf", filepath.Join(p.dir, "inner.pdf")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".", filepath.Join(p.dir, "loop")); err != nil {
		t.Fatal(err)
	}
	s := p.sync().Streams["documents"]
	if want := []string{"A.pdf", "Caf\u00e9.pdf", "a.pdf", "inner.pdf"}; s.Result != "complete" ||
		!slices.Equal(slices.Sorted(slices.Values(s.Keys)), want) {
		t.Errorf("got %s, %q, %v", s.Result, s.Keys, s.Gaps)
	}
	var d struct {
		Title string `json:"title"`
	}
	if err := json.Unmarshal(s.Records["Caf\u00e9.pdf"], &d); err != nil || d.Title != "House rules" {
		t.Errorf("title %q, %v", d.Title, err)
	}
}

// TestChanges has a document change or vanish after it was listed. Its former record stays.
func TestChanges(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	p.write("a.pdf", "x")
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	f := &folder{settings: settings{Path: p.dir, MaxMegabytes: 1, Subdirectories: true}, root: root, sidecars: map[string]string{}}
	defer f.close()
	if err := f.list(t.Context()); err != nil || len(f.documents) != 1 {
		t.Fatalf("list: %v, %v", err, f.documents)
	}
	p.write("a.pdf", "xx")
	if err := f.hash(f.documents[0]); err == nil || !strings.Contains(err.Error(), "changed while it was read") || f.documents[0].read {
		t.Errorf("changed: %v", err)
	}
	if err := os.Remove(filepath.Join(p.dir, "a.pdf")); err != nil {
		t.Fatal(err)
	}
	if err := f.hash(f.documents[0]); err == nil || !strings.Contains(err.Error(), "vanished") {
		t.Errorf("vanished: %v", err)
	}
}

// TestPath has the words for a folder that cannot be read, and TestCheck those for one that can.
func TestPath(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	p.write("a.pdf", "x")
	for path, says := range map[string]string{
		"policies": "not a full path", filepath.Join(p.dir, "absent"): "there is no folder", filepath.Join(p.dir, "a.pdf"): "is not a folder",
	} {
		s := sdktest.NewBench(t, New()).Sync(t, sdktest.Input{Settings: map[string]any{"path": path}}).Streams["documents"]
		if s.Err == nil || s.Err.ConfigPath != "/path" || !strings.Contains(s.Err.Message, says) {
			t.Errorf("%s: %+v, want one that says %q", path, s.Err, says)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	p.write("a.pdf", "x")
	p.write("b.pdf", "x")
	p.write("b.pdf.meta.yaml", "kind: policy\n")
	last := func() string {
		probes, _ := sdktest.NewBench(t, New()).Check(t, p.input(nil))
		return fmt.Sprint(probes[len(probes)-1].State, ": ", probes[len(probes)-1].Message)
	}
	if got, want := last(), "ok: 1 policies and 1 other documents, 1 of them without a description."; got != want {
		t.Errorf("the check says %q, want %q", got, want)
	}
	p.write("b.pdf.meta.yaml", "kind: policy\ncolour: red\n")
	if got := last(); !strings.HasPrefix(got, "failed: ") || !strings.Contains(got, "colour") {
		t.Errorf("the check says %q", got)
	}
}
