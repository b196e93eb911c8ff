package assess_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor/library"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// share is how much of the records of a company are of a kind, in a thousand.
type share struct {
	name     string
	kind     kind.Kind
	thousand int
}

// shares add up to a thousand: there are many weaknesses, changes and resources for each person.
var shares = []share{
	{"hr", kind.KindPerson, 20}, {"idp", kind.KindAccount, 60},
	{"cloud", kind.KindAccount, 60}, {"mdm", kind.KindDevice, 30},
	{"school", kind.KindTraining, 60}, {"sign", kind.KindSignature, 40},
	{"code", kind.KindChange, 250}, {"scan", kind.KindFinding, 350},
	{"infra", kind.KindResource, 100}, {"desk", kind.KindTicket, 30},
}

// written makes a record of a kind; version 1 differs from 0 in what tests read.
func written(of kind.Kind, i, people, version int, now time.Time) map[string]any {
	key := fmt.Sprintf("r%07d", i)
	email := fmt.Sprintf("person.%d@corp.example", i%people)
	tri := []string{"yes", "yes", "no", "unknown"}[(i+version)%4]
	day := now.AddDate(0, 0, -(i+31*version)%200).UTC().Format(time.RFC3339)
	switch of {
	case kind.KindPerson:
		return map[string]any{"external_id": key, "name": "Person " + key, "email": fmt.Sprintf("person.%d@corp.example", i),
			"status": "active", "employment": "employee", "title": fmt.Sprint("Engineer ", version), "department": "R&D", "started_at": day}
	case kind.KindAccount:
		return map[string]any{"external_id": key, "name": "Person " + key, "email": email, "username": key, "status": "active", "type": "human",
			"mfa": tri, "admin": "no", "last_login_at": day, "created_at": day}
	case kind.KindDevice:
		return map[string]any{"external_id": key, "hostname": key, "serial": "S" + key, "owner_email": email, "disk_encryption": tri,
			"firewall": tri, "screen_lock": tri, "antivirus": tri, "automatic_updates": tri, "os_name": "macOS", "last_seen_at": day}
	case kind.KindTraining:
		return map[string]any{"external_id": key, "course": "Basics", "person_email": email, "status": "complete", "completed_at": day}
	case kind.KindSignature:
		return map[string]any{"external_id": key, "document": "Policy", "signer_email": email, "status": "signed", "signed_at": day}
	case kind.KindChange:
		return map[string]any{"external_id": key, "repository": "app", "title": "ABC-1 change", "author": "a", "status": "merged",
			"merged_by": "b", "approvers": []string{"b"}, "checks_passed": tri, "merged_at": day, "created_at": day}
	case kind.KindFinding:
		return map[string]any{"external_id": key, "title": "CVE", "severity": "high", "status": "open", "first_seen_at": day, "resource": "app"}
	case kind.KindResource:
		return map[string]any{"external_id": key, "name": key, "type": "bucket", "encrypted": tri, "public": "no"}
	}
	return map[string]any{"external_id": key, "title": "Incident", "status": "open", "type": "incident", "created_at": day}
}

// fill commits every step-th record of each share.
func (w *world) fill(b *testing.B, records, step, version int) {
	b.Helper()
	people := max(1, records*shares[0].thousand/1000)
	for _, s := range shares {
		connection := w.connect(s.name)
		run, err := w.journal.BeginRun(host.Run{Connection: connection, Alias: s.name, Status: host.StatusRunning})
		if err != nil {
			b.Fatal(err)
		}
		info := host.StreamInfo{Name: string(s.kind), Kind: string(s.kind), Incremental: true, Deletes: "tombstone"}
		stream, err := w.journal.OpenStream(connection, info, run.ID, run.Epoch)
		if err != nil {
			b.Fatal(err)
		}
		var writes []host.Write
		sequence := uint64(0)
		flush := func() {
			sequence++
			group := host.Group{Writes: writes, Checkpoint: host.Checkpoint{Sequence: sequence, Cursor: []byte("x")}}
			if _, err := stream.Commit(group); err != nil {
				b.Fatal(err)
			}
			writes = nil
		}
		for i := 0; i < records*s.thousand/1000; i += step {
			raw, err := json.Marshal(written(s.kind, i, people, version, w.now))
			if err == nil {
				raw, err = kind.Canonical(raw)
			}
			if err != nil {
				b.Fatal(err)
			}
			writes = append(writes, host.Write{Key: fmt.Sprintf("r%07d", i), Doc: raw, Hash: sha256.Sum256(raw)})
			if len(writes) == 1000 {
				flush()
			}
		}
		flush()
		if err := stream.Close(); err != nil {
			b.Fatal(err)
		}
		run.Status = host.StatusSucceeded
		if err := w.journal.SaveRun(run); err != nil {
			b.Fatal(err)
		}
	}
}

// many returns the tests of the library repeated until there are so many, with other ids and other numbers for their parameters.
func many(b *testing.B, n int) (tests []verdict.Test) {
	b.Helper()
	brought, err := library.Tests()
	if err != nil {
		b.Fatal(err)
	}
	for round := 0; len(tests) < n; round++ {
		for _, one := range brought {
			if len(tests) == n {
				break
			}
			one.ID = fmt.Sprintf("%s-%d", one.ID, round)
			one.Parameters = append([]verdict.Parameter{}, one.Parameters...)
			for i, p := range one.Parameters {
				if number, ok := p.Default.(int); ok {
					one.Parameters[i].Default = number + round
				}
			}
			tests = append(tests, one)
		}
	}
	return tests
}

// anonymous returns the anonymous memory of this process in bytes.
func anonymous() int64 {
	raw, _ := os.ReadFile("/proc/self/smaps_rollup")
	for line := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(line, "Anonymous:"); found {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// processor returns how long this process has used a processor.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measured runs fn, and returns the time, the processor time and the largest anonymous memory meanwhile.
func measured(b *testing.B, fn func() error) (took, used time.Duration, memory int64) {
	b.Helper()
	var largest atomic.Int64
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { // ends with stop
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			largest.Store(max(largest.Load(), anonymous()))
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
	begun, before := time.Now(), processor()
	err := fn()
	took, used = time.Since(begun), processor()-before
	stop()
	<-done
	if err != nil {
		b.Fatal(err)
	}
	return took, used, largest.Load()
}

func number(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return usual
}

// BenchmarkTests judges 1,000 tests over many records, then once more after a sync in which one record in a hundred changed, and after
// one in which nothing did. `go run ./build/bench -only tests` runs it with more records.
func BenchmarkTests(b *testing.B) {
	records, tests := number("PLUMBLINE_BENCH_RECORDS", 20_000), number("PLUMBLINE_BENCH_TESTS", 1000)
	for b.Loop() {
		w := newWorldFor(b, many(b, tests))
		w.fill(b, records, 1, 0)
		judge := func() error { return w.assessor.Judge(host.WithActor(b.Context(), tester)) }
		took, used, memory := measured(b, judge)
		all := w.assessor.Judged()
		w.now = w.now.Add(time.Minute)
		w.fill(b, records, 100, 1)
		tookPart, usedPart, memoryPart := measured(b, judge)
		part := w.assessor.Judged()
		tookNone, _, _ := measured(b, judge)
		tookAnswer, _, _ := measured(b, func() error {
			_, err := w.assessor.Tests(b.Context())
			return err
		})
		b.ReportMetric(float64(all), "judged-records")
		b.ReportMetric(took.Seconds(), "full-s")
		b.ReportMetric(used.Seconds(), "full-cpu-s")
		b.ReportMetric(float64(part), "judged-again-records")
		b.ReportMetric(tookPart.Seconds(), "one-percent-s")
		b.ReportMetric(usedPart.Seconds(), "one-percent-cpu-s")
		b.ReportMetric(100*usedPart.Seconds()/used.Seconds(), "one-percent-share-percent")
		b.ReportMetric(float64(tookNone.Microseconds())/1000, "nothing-changed-ms")
		b.ReportMetric(float64(tookAnswer.Microseconds())/1000, "answer-ms")
		b.ReportMetric(float64(memory)/(1<<20), "anonymous-MiB")
		b.ReportMetric(float64(memoryPart)/(1<<20), "anonymous-again-MiB")
	}
}

// newWorldFor is a company without records, judged by tests.
func newWorldFor(b *testing.B, tests []verdict.Test) *world {
	b.Helper()
	w := newWorld(b, 1, "")
	w.use(tests)
	return w
}
