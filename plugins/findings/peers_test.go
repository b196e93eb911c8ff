//go:build peers

package main

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestPeerOpenSCAP reads the ARF report that OpenSCAP writes about this machine, and compares it with the results that
// oscap prints.
func TestPeerOpenSCAP(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("/usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml")
	if err != nil {
		t.Fatal(err)
	}
	work, d := t.TempDir(), newScans(t)
	source := filepath.Join(work, "content.xml")
	text := strings.ReplaceAll(string(content), `^11.[0-9]+$`, `^12.[0-9]+$`) // the content does not know Debian 12
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(d.dir, "machine.xml")
	cmd := exec.Command("oscap", "xccdf", "eval", "--profile", "xccdf_org.ssgproject.content_profile_anssi_np_nt28_minimal",
		"--results-arf", report, source)
	printed, err := cmd.Output()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 0 && cmd.ProcessState.ExitCode() != 2 { // 2 = some rule failed
		t.Fatalf("oscap: %v", err)
	}
	failed := len(regexp.MustCompile(`(?m)^Result\s+(fail|error|unknown)\b`).FindAll(printed, -1))
	info, err := os.Stat(report)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	out := d.sync()
	s := out.Streams["findings"]
	if s.Result != "complete" || len(s.Records) != failed || failed == 0 {
		t.Errorf("result is %s with %d findings, want %d: %v, %v", s.Result, len(s.Records), failed, s.Err, s.Gaps)
	}
	for _, f := range all(t, s) {
		if strings.HasPrefix(f.Title, "xccdf_") || f.Resource == "" || f.Identifier == "" {
			t.Errorf("finding %+v, want a title and the machine", f)
		}
	}
	if reports := out.Streams["reports"]; len(reports.Keys) != 1 {
		t.Errorf("reports %v, want one", reports.Keys)
	}
	t.Logf("%d findings in a report of %d KiB, both streams in %s", len(s.Records), info.Size()>>10, time.Since(begun).Round(time.Millisecond))
}

// feed answers like Debian's security tracker.
func feed(t *testing.T) string {
	t.Helper()
	const text = "VERSION 1\nCVE-2999-0001,,made-up flaw in bash\nCVE-2999-0002,,made-up flaw in curl\n\n" +
		"bash,0,SH F,99:1-1,\ncurl,1,SMR ,99:1-1,\n\nbash,bash bash-doc bash-builtins\ncurl,curl libcurl4\n\n"
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(packed.Bytes()) }))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

// TestPeerDebsecan reads each form that debsecan writes, about made-up packages.
func TestPeerDebsecan(t *testing.T) {
	t.Parallel()
	source, work := feed(t), t.TempDir()
	status := filepath.Join(work, "status")
	var installed strings.Builder
	for _, name := range []string{"bash", "curl", "libcurl4"} {
		src := strings.Replace(name, "libcurl4", "curl", 1)
		installed.WriteString("Package: " + name + "\nStatus: install ok installed\nArchitecture: amd64\nSource: " + src + "\nVersion: 5.2-1\n\n")
	}
	if err := os.WriteFile(status, []byte(installed.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	bash := one{"CVE-2999-0001 in bash", "high", "open", "web1", "CVE-2999-0001", "Install the update of the package bash."}
	curl := one{"CVE-2999-0002 in curl", "medium", "open", "web1", "CVE-2999-0002", ""}
	lib := one{"CVE-2999-0002 in libcurl4", "medium", "open", "web1", "CVE-2999-0002", ""}
	for _, form := range []string{"summary", "simple", "detail", "report"} {
		printed, err := exec.Command("debsecan", "--suite", "bookworm", "--source", source, "--status", status, "--format", form,
			"--history", filepath.Join(work, "none")).CombinedOutput()
		if err != nil {
			t.Fatalf("debsecan --format %s: %v: %s", form, err, printed)
		}
		d := newScans(t)
		d.write("web1.txt", string(printed))
		want := []one{bash, curl, lib}
		if form == "simple" {
			want = []one{unrated(bash), unrated(curl), unrated(lib)}
		}
		if s := d.sync().Streams["findings"]; s.Result != "complete" || !cmp.Equal(all(t, s), want) {
			t.Errorf("%s: %s, %v: %s\n%s", form, s.Result, s.Gaps, cmp.Diff(want, all(t, s)), printed)
		}
	}
	d := newScans(t)
	if text, err := exec.Command("debsecan", "--suite", "bookworm", "--source", source, "--status", status, "--format", "report",
		"--update-history",
		"--history", filepath.Join(d.dir, "web1")).CombinedOutput(); err != nil {
		t.Fatalf("debsecan --update-history: %v: %s", err, text)
	}
	s := sdktest.NewBench(t, New()).Sync(t, inputOf(d.dir, map[string]any{"max_days": 1})).Streams["findings"]
	fixable := unrated(bash)
	fixable.Fix = bash.Fix
	if want := []one{fixable, unrated(curl), unrated(lib)}; s.Result != "complete" || !cmp.Equal(all(t, s), want) {
		t.Errorf("history: %s, %v: %s", s.Result, s.Gaps, cmp.Diff(want, all(t, s)))
	}
	for _, raw := range s.Records {
		if !json.Valid(raw) {
			t.Errorf("record %s", raw)
		}
	}
}
