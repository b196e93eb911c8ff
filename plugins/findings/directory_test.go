package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func goodReport(rule string) string {
	return sarifHead + fmt.Sprintf(`"tool": {"driver": {"name": "Good"}}, "results": [{"ruleId": %q, "message": {"text": "m"}}]}]}`, rule)
}

// TestDirectory ignores unfinished files, and reports what is no report.
func TestDirectory(t *testing.T) {
	t.Parallel()
	d := newScans(t)
	d.write("a.sarif", goodReport("a"))
	for _, name := range []string{".hidden", "b.sarif.tmp", "c.part", "d~"} {
		d.write(name, "unfinished")
	}
	if err := os.Mkdir(filepath.Join(d.dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	outside := newScans(t).write("secret.sarif", goodReport("outside"))
	if err := os.Symlink(outside, filepath.Join(d.dir, "link.sarif")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.sarif", filepath.Join(d.dir, "inner.sarif")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(d.dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := d.sync().Streams["findings"]
	if len(s.Records) != 2 || len(s.Gaps) != 2 || s.Gaps["link.sarif"] == nil || s.Gaps["pipe"] == nil {
		t.Errorf("got %v, gaps %v; want the report by both names, and gaps for the link and the pipe", all(t, s), s.Gaps)
	}
}

// TestPath has the words for a path that cannot be read.
func TestPath(t *testing.T) {
	t.Parallel()
	d := newScans(t)
	for path, says := range map[string]string{
		"scans": "not a full path", filepath.Join(d.dir, "absent"): "no file or directory", d.dir: "has no reports",
		"/dev/null": "neither a file nor",
	} {
		s := sdktest.NewBench(t, New()).Sync(t, inputOf(path, nil)).Streams["findings"]
		if s.Err == nil || s.Err.ConfigPath != "/path" || !strings.Contains(s.Err.Message, says) {
			t.Errorf("%s: %+v, want one that says %q", path, s.Err, says)
		}
	}
	path := d.write("one.sarif", goodReport("a"))
	if s := sdktest.NewBench(t, New()).Sync(t, inputOf(path, nil)).Streams["findings"]; s.Result != "complete" || len(s.Records) != 1 {
		t.Errorf("one file: %s, %v", s.Result, s.Gaps)
	}
}

// TestOldReport reports a scanner that stopped.
func TestOldReport(t *testing.T) {
	t.Parallel()
	d := newScans(t)
	d.write("a.sarif", goodReport("a"))
	d.age("a.sarif", 31)
	in := inputOf(d.dir, map[string]any{"max_days": 30})
	s := sdktest.NewBench(t, New()).Sync(t, in).Streams["findings"]
	if e := s.Gaps["a.sarif"]; s.Result != "complete_with_gaps" || e == nil || !strings.Contains(e.Message, "31 days old") ||
		len(s.Records) != 1 {
		t.Errorf("got %s, %v, %v", s.Result, s.Keys, s.Gaps)
	}
	probes, _ := sdktest.NewBench(t, New()).Check(t, in)
	if last := probes[len(probes)-1]; last.State != "failed" || !strings.Contains(last.Message, "31 days old") {
		t.Errorf("the check says %+v", probes)
	}
	d.age("a.sarif", 29)
	probes, _ = sdktest.NewBench(t, New()).Check(t, in)
	if last := probes[len(probes)-1]; last.State != "ok" || !strings.Contains(last.Message, "a.sarif (SARIF Good of ") {
		t.Errorf("the check says %+v", probes)
	}
}

// TestFileChanges has a file vanish or change between the two readings. Neither is a complete read.
func TestFileChanges(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*scans){
		"vanishes": func(d *scans) { _ = os.Remove(filepath.Join(d.dir, "b.sarif")) },
		"changes":  func(d *scans) { d.write("b.sarif", goodReport("other rule")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newScans(t)
			d.write("a.sarif", goodReport("a"))
			d.write("b.sarif", goodReport("b"))
			c := New()
			c.Streams[0].Read = func(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
				_, v, err := open(ctx, s)
				if err != nil {
					return err
				}
				defer v.close()
				change(d)
				return sendFindings(ctx, v, out, &gaps{out: out, named: map[string]int{}})
			}
			s := sdktest.NewBench(t, c).Sync(t, inputOf(d.dir, nil)).Streams["findings"]
			if s.Result != "complete_with_gaps" || len(s.Records) != 1 || s.Gaps["b.sarif"] == nil {
				t.Errorf("got %s, %v, %v", s.Result, s.Keys, s.Gaps)
			}
		})
	}
}

// TestFileVanishes lists a file that is gone when it is opened.
func TestFileVanishes(t *testing.T) {
	t.Parallel()
	d := newScans(t)
	d.write("a.sarif", goodReport("a"))
	p, err := openPlace(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	p.names = append(p.names, "vanished.sarif")
	v, err := newSurvey(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	v.problems(settings{}, time.Now(), func(_ string, err error) { said = append(said, err.Error()) })
	if len(said) != 1 || said[0] != "vanished.sarif vanished while the directory was read" {
		t.Errorf("it says %q", said)
	}
}

// TestHugeReport reads 30 MiB, and compares the memory in use.
func TestHugeReport(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	d := newScans(t)
	file, err := os.Create(filepath.Join(d.dir, "huge.sarif"))
	if err != nil {
		t.Fatal(err)
	}
	filler := strings.Repeat("x", 100_000)
	fmt.Fprint(file, sarifHead+`"tool": {"driver": {"name": "Huge"}}, "results": [`)
	const results = 300
	for i := range results {
		if i > 0 {
			fmt.Fprint(file, ",")
		}
		fmt.Fprintf(file, `{"ruleId": "r%d", "message": {"text": "m"}, "codeFlows": [%q]}`, i, filler)
	}
	fmt.Fprint(file, "]}]}")
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := openPlace(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	measure := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	begun, before, peak, sent := time.Now(), measure(), uint64(0), 0
	v, err := newSurvey(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	err = v.emit(t.Context(), 0, func(*report, finding) error {
		if sent++; sent%100 == 0 {
			peak = max(peak, measure())
		}
		return nil
	})
	if err != nil || sent != results || v.sources[0].err != nil {
		t.Fatalf("sent %d findings: %v, %v", sent, err, v.sources[0].err)
	}
	t.Logf("30 MiB in %s; the heap grew by %d KiB", time.Since(begun).Round(time.Millisecond), (max(peak, before)-before)>>10)
	if peak > before+8<<20 {
		t.Errorf("the heap grew from %d to %d MiB", before>>20, peak>>20)
	}
}
