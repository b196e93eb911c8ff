package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// repo is a repository that the real git makes.
type repo struct {
	t   *testing.T
	dir string
	now time.Time // of the next commit
}

func newRepo(t *testing.T, options ...string) *repo {
	t.Helper()
	r := &repo{t: t, dir: filepath.Join(t.TempDir(), "app"), now: time.Now().Add(-48 * time.Hour).Truncate(time.Second)}
	if err := os.MkdirAll(r.dir, 0o750); err != nil {
		t.Fatal(err)
	}
	r.git(append([]string{"init", "-q", "-b", "main"}, options...)...)
	return r
}

// git runs git in the repository, without the settings of this machine.
func (r *repo) git(args ...string) string { r.t.Helper(); return r.feed("", args...) }

func (r *repo) feed(input string, args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(input)
	when := fmt.Sprintf("%d +0200", r.now.Unix())
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME="+r.t.TempDir(),
		"GIT_AUTHOR_NAME=Ann Author", "GIT_AUTHOR_EMAIL=Ann@acme.example", "GIT_AUTHOR_DATE="+when,
		"GIT_COMMITTER_NAME=Carl Committer", "GIT_COMMITTER_EMAIL=carl@acme.example", "GIT_COMMITTER_DATE="+when)
	var failure bytes.Buffer
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, failure.String())
	}
	return strings.TrimSpace(string(out))
}

// commit makes a commit an hour after the last one.
func (r *repo) commit(message string, options ...string) string {
	r.t.Helper()
	r.now = r.now.Add(time.Hour)
	r.git(append([]string{"commit", "-q", "--allow-empty", "-m", message}, options...)...)
	return r.git("rev-parse", "HEAD")
}

// read reads a directory.
func read(t *testing.T, dir string, more map[string]any) *sdktest.Outcome {
	t.Helper()
	settings := map[string]any{"path": dir}
	for name, value := range more {
		settings[name] = value
	}
	out := sdktest.NewBench(t, New()).Sync(t, sdktest.Input{Settings: settings})
	for _, s := range New().Streams {
		for key, doc := range out.Streams[s.Name].Records {
			if err := kind.Validate(s.Kind, doc); err != nil {
				t.Errorf("%s %s is not valid: %v", s.Name, key, err)
			}
		}
	}
	return out
}

// whole complains unless every stream is complete.
func whole(t *testing.T, out *sdktest.Outcome) {
	t.Helper()
	for name, s := range out.Streams {
		if s.Result != "complete" {
			t.Errorf("%s: %s (%v, gaps %v)", name, s.Result, s.Err, s.Gaps)
		}
	}
}

// only returns the one record of a stream.
func only(t *testing.T, s *sdktest.Stream) map[string]any {
	t.Helper()
	if len(s.Keys) != 1 {
		t.Fatalf("records %v, want one (%v)", s.Keys, s.Err)
	}
	return s.Fields(t, s.Keys[0])
}

func sortedKeys(s *sdktest.Stream) []string {
	all := slices.Clone(s.Keys)
	slices.Sort(all)
	return all
}

func TestReadsCommits(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit("Begin")
	r.git("checkout", "-q", "-b", "topic")
	side := r.commit("Add a thing\n\nWith reasons.\n\nReviewed-by: Rita <rita@acme.example>")
	r.git("checkout", "-q", "main")
	other := r.commit("Meanwhile")
	r.now = r.now.Add(time.Hour)
	r.git("merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
	merge := r.git("rev-parse", "HEAD")
	r.git("checkout", "-q", "--detach")
	r.commit("Not on the branch")
	r.git("checkout", "-q", "main")
	out := read(t, r.dir, nil)
	whole(t, out)
	commits := out.Streams["commits"]
	want := []string{first, side, other, merge}
	slices.Sort(want)
	if got := sortedKeys(commits); !cmp.Equal(got, want) {
		t.Fatalf("commits %v, want %v", got, want)
	}
	doc := commits.Fields(t, side)
	if doc["title"] != "Add a thing" || doc["author"] != "Ann@acme.example" || doc["status"] != "merged" || doc["target"] != "main" ||
		doc["repository"] != "app" || doc["approvers"] != nil || doc["merged_by"] != nil || doc["checks_passed"] != "unknown" {
		t.Errorf("commit %v", doc)
	}
	vendor, _ := doc["vendor"].(map[string]any)
	if !cmp.Equal(vendor["reviewed_by"], []any{"Rita <rita@acme.example>"}) || vendor["merge"] != false ||
		!cmp.Equal(vendor["signature"], map[string]any{"kind": "none", "verified": "unknown"}) {
		t.Errorf("document %v", vendor)
	}
	if got := commits.Fields(t, merge); got["merged_by"] != "carl@acme.example" || got["vendor"].(map[string]any)["merge"] != true {
		t.Errorf("merge %v", got)
	}
}

func TestRepositoryTellsNoMoreThanItKnows(t *testing.T) {
	t.Parallel()
	r := newRepo(t, "--bare")
	r.git("config", "receive.denyNonFastForwards", "true")
	r.git("remote", "add", "origin", "https://ann:s3cret-canary@git.acme.example/acme/app.git?x=1")
	for name, mode := range map[string]os.FileMode{"pre-receive": 0o700, "update": 0o600, "post-receive": 0o700} {
		if err := os.WriteFile(filepath.Join(r.dir, "hooks", name), []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	out := read(t, r.dir, nil)
	whole(t, out)
	doc := only(t, out.Streams["repository"])
	vendor, _ := doc["vendor"].(map[string]any)
	hooks := []any{"pre-receive"}
	if runtime.GOOS == "windows" {
		hooks = append(hooks, "update")
	}
	if doc["branch_protected"] != "unknown" || doc["review_required"] != "unknown" || doc["visibility"] != "unknown" ||
		doc["default_branch"] != "main" ||
		doc["name"] != "acme/app" || doc["url"] != "https://git.acme.example/acme/app" ||
		doc["external_id"] != "https://git.acme.example/acme/app" ||
		vendor["deny_force_push"] != true || vendor["bare"] != true || !cmp.Equal(vendor["hooks"], hooks) {
		t.Errorf("repository %v", doc)
	}
	out.Conceals(t, "canary")
	if len(out.Streams["commits"].Records)+len(out.Streams["authors"].Records) != 0 {
		t.Error("an empty repository has commits")
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]string{
		"git@github.com:acme/app.git":               {"github.com:acme/app", "acme/app"},
		"ssh://git@git.acme.example:2222/team/app/": {"ssh://git.acme.example:2222/team/app", "team/app"},
		"https://token@host.example/a/b/c.git":      {"https://host.example/a/b/c", "a/b/c"},
		"/srv/git/app.git":                          {"/srv/git/app", "clone"},
		"":                                          {"", "clone"},
	} {
		r := newRepo(t)
		if address != "" {
			r.git("remote", "add", "origin", address)
		}
		c := &clone{dir: filepath.Join(r.dir, ".git"), settings: settings{Path: "/x/clone.git"}}
		if err := c.readConfig(); err != nil {
			t.Fatal(err)
		}
		c.origin = originOf(c.config)
		if got := [2]string{c.origin, c.nameOf()}; got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestDefaultBranch(t *testing.T) {
	t.Parallel()
	server := newRepo(t)
	onMain := server.commit("On main")
	copied := &repo{t: t, dir: filepath.Join(t.TempDir(), "copy"), now: server.now}
	server.git("clone", "-q", server.dir, copied.dir)
	copied.git("checkout", "-q", "-b", "my-work")
	copied.commit("Local work that the server does not have")
	out := read(t, copied.dir, nil)
	whole(t, out)
	if got := out.Streams["commits"].Keys; !cmp.Equal(got, []string{onMain}) {
		t.Errorf("commits %v, want that of the server's branch", got)
	}
	if got := read(t, copied.dir, map[string]any{"branch": "my-work"}); len(got.Streams["commits"].Keys) != 2 {
		t.Errorf("commits of the named branch: %v", got.Streams["commits"].Keys)
	}
	for name, settings := range map[string]map[string]any{"wrong": {"branch": "nothing"}, "detached": nil} {
		if name == "detached" {
			server.git("checkout", "-q", "--detach")
		}
		got := read(t, server.dir, settings).Streams["commits"]
		if got.Err == nil || got.Err.Code != sdk.CodeConfigInvalid || got.Err.ConfigPath != "/branch" {
			t.Errorf("%s: %v, want config.invalid at /branch", name, got.Err)
		}
	}
}

// TestLayouts checks that the same commits are found however the repository is laid out.
func TestLayouts(t *testing.T) {
	t.Parallel()
	layouts := map[string]func(r *repo, to string) string{
		"clone":     func(r *repo, _ string) string { return r.dir },
		"git dir":   func(r *repo, _ string) string { return filepath.Join(r.dir, ".git") },
		"bare":      func(r *repo, to string) string { r.git("clone", "-q", "--bare", ".", to); return to },
		"mirror":    func(r *repo, to string) string { r.git("clone", "-q", "--mirror", ".", to); return to },
		"packed":    func(r *repo, _ string) string { r.git("gc", "-q"); r.git("pack-refs", "--all"); return r.dir },
		"worktree":  func(r *repo, to string) string { r.git("worktree", "add", "-q", "-b", "other", to); return to },
		"borrowing": func(r *repo, to string) string { r.git("clone", "-q", "--shared", ".", to); return to },
		"partial": func(r *repo, to string) string {
			r.git("config", "uploadpack.allowFilter", "true")
			r.git("clone", "-q", "--bare", "--filter=blob:none", "file://"+r.dir, to)
			return to
		},
		"multi-pack": func(r *repo, _ string) string {
			r.git("repack", "-q", "-d")
			r.git("multi-pack-index", "write")
			r.git("commit-graph", "write", "--reachable")
			return r.dir
		},
		"relative alternate": func(r *repo, to string) string {
			r.git("clone", "-q", "--shared", ".", to)
			objects := filepath.Join(to, ".git", "objects")
			relative, err := filepath.Rel(objects, filepath.Join(r.dir, ".git", "objects"))
			if err != nil {
				r.t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(objects, "info", "alternates"), []byte(relative+"\n"), 0o600); err != nil {
				r.t.Fatal(err)
			}
			return to
		},
	}
	for name, layout := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			var want []string
			for i := range 5 {
				want = append(want, r.commit(fmt.Sprintf("Change %d", i)))
			}
			r.git("tag", "v1")
			r.git("tag", "-a", "-m", "Second release", "v2")
			slices.Sort(want)
			out := read(t, layout(r, filepath.Join(t.TempDir(), "other")), nil)
			whole(t, out)
			if got := sortedKeys(out.Streams["commits"]); !cmp.Equal(got, want) {
				t.Errorf("commits %v, want %v", got, want)
			}
			if got := sortedKeys(out.Streams["tags"]); !cmp.Equal(got, []string{"refs/tags/v1", "refs/tags/v2"}) {
				t.Errorf("tags %v", got)
			}
		})
	}
}

func TestSubmodule(t *testing.T) {
	t.Parallel()
	inner, outer := newRepo(t), newRepo(t)
	commit := inner.commit("Inner")
	outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "part")
	own := outer.commit("With a submodule")
	if got := read(t, outer.dir, nil).Streams["commits"].Keys; !cmp.Equal(got, []string{own}) {
		t.Errorf("commits of the outer repository: %v", got)
	}
	if got := read(t, filepath.Join(outer.dir, "part"), nil).Streams["commits"].Keys; !cmp.Equal(got, []string{commit}) {
		t.Errorf("commits of the submodule: %v", got)
	}
}

// TestShallow checks that a history that ends inside the window is a gap, and one that ends before it is whole.
func TestShallow(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	for i := range 5 {
		r.commit(fmt.Sprintf("Change %d", i))
	}
	shallow := filepath.Join(t.TempDir(), "shallow")
	r.git("clone", "-q", "--depth", "2", "file://"+r.dir, shallow)
	got := read(t, shallow, nil)
	commits := got.Streams["commits"]
	if commits.Result != "complete_with_gaps" || len(commits.Keys) != 2 || len(commits.Gaps) != 1 {
		t.Errorf("%s with %v and gaps %v, want two commits and one gap", commits.Result, commits.Keys, commits.Gaps)
	}
	if vendor := only(t, got.Streams["repository"])["vendor"].(map[string]any); vendor["shallow"] != true {
		t.Errorf("document %v", vendor)
	}
	whole(t, read(t, shallow, map[string]any{"days": 1}))
}

func TestMissingCommit(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("One")
	lost := r.commit("Two")
	r.commit("Three")
	if err := os.Remove(filepath.Join(r.dir, ".git", "objects", lost[:2], lost[2:])); err != nil {
		t.Fatal(err)
	}
	got := read(t, r.dir, nil).Streams["commits"]
	if got.Result != "complete_with_gaps" || len(got.Keys) != 1 || len(got.Gaps) != 1 {
		t.Errorf("%s with %v and gaps %v, want one commit and one gap", got.Result, got.Keys, got.Gaps)
	}
}

// TestRefused checks that what the connector does not read is an error at the setting that says why.
func TestRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make func(t *testing.T) string
		says string
	}{
		"SHA-256": {func(t *testing.T) string { return newRepo(t, "--object-format=sha256").dir }, "SHA-256"},
		"reftable": {func(t *testing.T) string {
			r := newRepo(t)
			r.git("config", "core.repositoryFormatVersion", "1")
			r.git("config", "extensions.refStorage", "reftable")
			return r.dir
		}, "reftable"},
		"unknown extension": {func(t *testing.T) string {
			r := newRepo(t)
			r.git("config", "extensions.newThing", "true")
			return r.dir
		}, "newthing"},
		"nothing":  {func(t *testing.T) string { return filepath.Join(t.TempDir(), "none") }, "cannot be read"},
		"empty":    {func(t *testing.T) string { return t.TempDir() }, "not a Git repository"},
		"a file":   {func(t *testing.T) string { return writeFile(t, "x") }, "not a directory"},
		"relative": {func(*testing.T) string { return "app.git" }, "not a full path"},
		"lost objects": {func(t *testing.T) string {
			r := newRepo(t)
			info := filepath.Join(r.dir, ".git", "objects", "info")
			if err := os.MkdirAll(info, 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(info, "alternates"), []byte("/nonexistent/objects\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return r.dir
		}, "borrows objects from /nonexistent/objects"},
		"lost worktree": {func(t *testing.T) string {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, ".git"), []byte("gitdir: /nonexistent/.git/worktrees/x\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return dir
		}, "belongs to the repository at"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := sdktest.Input{Settings: map[string]any{"path": tt.make(t)}}
			b := sdktest.NewBench(t, New())
			out := b.Sync(t, in)
			if out.Err == nil || out.Err.Code != sdk.CodeConfigInvalid || out.Err.ConfigPath != "/path" ||
				!strings.Contains(out.Err.Message, tt.says) {
				t.Errorf("ended with %+v, want config.invalid that says %q", out.Err, tt.says)
			}
			if probes, _ := b.Check(t, in); !slices.ContainsFunc(probes, func(p sdktest.ProbeResult) bool {
				return p.ID == "repository" && p.State == "failed"
			}) {
				t.Errorf("probes %+v", probes)
			}
		})
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNames checks names in other encodings, and dates that are no dates.
func TestNames(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	tree := r.git("mktree")
	raw := func(author, encoding, message string) string {
		text := "tree " + tree + "\n"
		if head := r.git("rev-parse", "-q", "--verify", "HEAD", "--"); head != "" {
			text += "parent " + head + "\n"
		}
		text += fmt.Sprintf("author %s %d +0000\ncommitter %s %d +0000\n", author, r.now.Unix(), author, r.now.Unix())
		if encoding != "" {
			text += "encoding " + encoding + "\n"
		}
		hash := r.feed(text+"\n"+message+"\n", "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
		r.git("update-ref", "refs/heads/main", hash)
		return hash
	}
	r.commit("First")
	latin := raw("J\xf6rg <j@acme.example>", "ISO-8859-1", "Gr\xfc\xdfe")
	none := raw("J\xf6rg <j@acme.example>", "", "Gr\xfc\xdfe")
	empty := raw(" <>", "", "")
	good := raw("Łukasz 🚀 <l@acme.example>", "", strings.Repeat("ü", 600))
	out := read(t, r.dir, nil)
	commits := out.Streams["commits"]
	name := func(key string) any {
		return commits.Fields(t, key)["vendor"].(map[string]any)["author"].(map[string]any)["name"]
	}
	if name(latin) != "Jörg" || commits.Fields(t, latin)["title"] != "Grüße" || name(none) != "J\uFFFDrg" || name(good) != "Łukasz 🚀" {
		t.Errorf("names %q, %q, %q", name(latin), name(none), name(good))
	}
	if len(commits.Keys) != 5 || commits.Fields(t, empty)["author"] != nil {
		t.Errorf("commits %v, author %v", commits.Keys, commits.Fields(t, empty)["author"])
	}
	authors := out.Streams["authors"]
	if doc := authors.Fields(t, "j@acme.example"); !cmp.Equal(doc["fields"].(map[string]any)["names"], []any{"Jörg", "J\uFFFDrg"}) {
		t.Errorf("author %v", doc)
	}
	if authors.Result != "complete_with_gaps" {
		t.Errorf("%s, want a gap for the commit without an author", authors.Result)
	}
}

func TestAuthors(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("One")
	r.commit("Two", "--author", "Ann B. Author <ANN@acme.example>")
	got := read(t, r.dir, nil).Streams["authors"]
	if want := []string{"ann@acme.example", "carl@acme.example"}; !cmp.Equal(sortedKeys(got), want) {
		t.Fatalf("authors %v, want %v", got.Keys, want)
	}
	ann := got.Fields(t, "ann@acme.example")
	want := map[string]any{"email": "ann@acme.example", "names": []any{"Ann Author", "Ann B. Author"}, "makes_commits": false,
		"signs_commits": "unknown"}
	if diff := cmp.Diff(want, ann["fields"]); diff != "" || ann["name"] != "Ann B. Author" || ann["type"] != "git.author" {
		t.Errorf("author %v (-want +got):\n%s", ann, diff)
	}
	if carl := got.Fields(t, "carl@acme.example")["fields"].(map[string]any); carl["signs_commits"] != "none" ||
		carl["makes_commits"] != true {
		t.Errorf("committer %v", carl)
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.now = time.Now().AddDate(0, 0, -200)
	r.commit("Long ago")
	r.now = time.Now().AddDate(0, 0, -50)
	inside := r.commit("Inside")
	r.now = time.Now().AddDate(0, 0, -100)
	r.commit("By a clock that is late")
	r.now = time.Now().AddDate(0, 0, -1)
	last := r.commit("Now")
	want := []string{inside, last}
	slices.Sort(want)
	if got := sortedKeys(read(t, r.dir, nil).Streams["commits"]); !cmp.Equal(got, want) {
		t.Errorf("commits %v, want %v", got, want)
	}
	if got := read(t, r.dir, map[string]any{"days": 365}).Streams["commits"]; len(got.Keys) != 4 {
		t.Errorf("%d commits in a year, want 4", len(got.Keys))
	}
}

// TestHugeHistory reads 10,000 commits within the memory that the connector announces.
func TestHugeHistory(t *testing.T) {
	t.Parallel()
	const many = 10_000
	r := newRepo(t, "--bare")
	var stream strings.Builder
	for i := 1; i <= many; i++ {
		message := fmt.Sprintf("Change %d\n\n%s", i, strings.Repeat("x", 200))
		fmt.Fprintf(&stream, "commit refs/heads/main\nmark :%d\ncommitter Carl <carl%d@acme.example> %d +0000\ndata %d\n%s\n", i, i%50,
			r.now.Unix()-int64(many-i)*60, len(message), message)
		if i > 1 {
			fmt.Fprintf(&stream, "from :%d\n", i-1)
		}
	}
	r.feed(stream.String(), "fast-import", "--quiet")
	stream.Reset()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	s := sdktest.NewBench(t, New()).Sync(t, sdktest.Input{Settings: map[string]any{"path": r.dir},
		Streams: []string{"commits"}}).Streams["commits"]
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	if s.Result != "complete" || len(s.Keys) != many {
		t.Errorf("%s with %d commits (%v)", s.Result, len(s.Keys), s.Err)
	}
	t.Logf("%d commits in %s, %d MiB allocated in all", many, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
}

func TestUnchangedRepositoryHasUnchangedRecords(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("One")
	r.git("tag", "-a", "-m", "x", "v1")
	before := read(t, r.dir, nil)
	r.git("gc", "-q")
	after := read(t, r.dir, nil)
	for name, s := range before.Streams {
		if !cmp.Equal(s.Records, after.Streams[name].Records) {
			t.Errorf("%s changed", name)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("One")
	probes, identity := sdktest.NewBench(t, New()).Check(t, sdktest.Input{Settings: map[string]any{"path": r.dir}})
	for _, p := range probes {
		if p.State != "ok" {
			t.Errorf("probe %s: %s, %s", p.ID, p.State, p.Message)
		}
	}
	if identity != "app" || len(probes) != 3 {
		t.Errorf("identity %q, probes %+v", identity, probes)
	}
}
