package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// pressureCases are about a host that is behind, and a run that must stop.
func pressureCases() []Case {
	return []Case{
		{"P1", Must, "without acknowledgements it sends its window and waits", onComplete(tryWindow)},
		{"P2", Should, "its memory does not grow beside a slow host", onComplete(trySlowHost)},
		{"P3", Should, "it keeps to the memory it declares", onOutcome(tryMemory)},
		{"P4", Must, "a cancelled run ends within 10 s, at any point", tryCancel},
		{"P5", Must, "a run ends within 10 s when the host closes its side", tryClose},
		{"P6", Must, "a run ends at its deadline", onRequests(tryDeadline)},
		{"P8", Should, "several runs in one process leave no files open", tryLeaks},
	}
}

// tryWindow receives thousands of records and acknowledges none.
func tryWindow(ctx context.Context, k *kit, full *outcome) error {
	p := play{Manner: testhost.Manner{Acks: testhost.AckNever, CancelAfter: 2500 * time.Millisecond}, limit: 20 * time.Second}
	if len(full.asked()) > 0 {
		long, err := k.grown(ctx, full)
		if err != nil {
			return err
		}
		p.faults, p.otherwise = long.faults, long.otherwise
	}
	st, err := k.stage(ctx, p)
	if err != nil {
		return err
	}
	pid := st.process.cmd.Process.Pid
	used := make(chan time.Duration, 2)
	for _, after := range []time.Duration{1300 * time.Millisecond, 2300 * time.Millisecond} {
		defer time.AfterFunc(after, func() { used <- cpuTime(pid) }).Stop()
	}
	o, err := st.sync(ctx, p)
	if err != nil {
		return err
	}
	checkpoints, size := 0, 0
	for _, m := range o.messages {
		if m.at.Sub(o.begun) > p.CancelAfter {
			break
		}
		if m.GetCheckpoint() != nil {
			checkpoints++
		}
		size += proto.Size(m.GetBatch())
	}
	switch {
	case checkpoints > sdk.MaxUnackedCheckpoints:
		return fmt.Errorf("it sends %d checkpoints without an acknowledgement, more than %d", checkpoints, sdk.MaxUnackedCheckpoints)
	case size > sdk.MaxUnackedBytes+sdk.MaxBatchBytes:
		return fmt.Errorf("it sends %d MiB without an acknowledgement, more than %d", size>>20, sdk.MaxUnackedBytes>>20)
	case len(used) == 2:
		if before, after := <-used, <-used; after-before > 500*time.Millisecond {
			return fmt.Errorf("it uses %s of processor time in a second of waiting", after-before)
		}
	}
	return nil
}

// cpuTime returns the processor time of a process so far, 0 on a system without /proc.
func cpuTime(pid int) time.Duration {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // a hundred ticks a second
}

const (
	noMemory   = notTried("this system does not report the memory of a process")
	mostGrowth = 32 << 20
)

func trySlowHost(ctx context.Context, k *kit, full *outcome) error {
	if full.peak == 0 {
		return noMemory
	}
	var p play
	if len(full.asked()) > 0 {
		var err error
		if p, err = k.grown(ctx, full); err != nil {
			return err
		}
	} else if full.count() < oftenRecords {
		return tooFew
	}
	// A program in Go collects free memory soon: the peaks are those of the memory that it holds.
	k.Environ = append(slices.Clip(k.Environ), "GOGC=20")
	quick, err := k.run(ctx, p)
	if err != nil {
		return err
	}
	if quick.count() < oftenRecords {
		return tooFew
	}
	const delay = 200 * time.Millisecond
	p.Manner, p.limit = testhost.Manner{Slow: delay, AckDelay: delay}, 45*time.Second
	slow, err := k.run(ctx, p)
	if err != nil {
		return err
	}
	if slow.peak > quick.peak+mostGrowth {
		return fmt.Errorf("it takes %d MiB beside a slow host and %d MiB beside a quick one", slow.peak>>20, quick.peak>>20)
	}
	return nil
}

func tryMemory(full *outcome) error {
	declared := int(full.described.GetLimits().GetMemoryMib()) << 20
	switch {
	case full.peak == 0:
		return noMemory
	case declared == 0:
		return notTried("it declares no memory")
	case full.peak > declared:
		return fmt.Errorf("it takes %d MiB and declares %d", full.peak>>20, declared>>20)
	}
	return nil
}

// cancelled cancels a run under some faults. The run must end in time, with one result for
// each stream.
func (k *kit) cancelled(ctx context.Context, what string, after time.Duration, faults ...replay.Fault) error {
	o, err := k.run(ctx, play{Manner: testhost.Manner{CancelAfter: after}, faults: faults, limit: after + endsWithin})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for _, s := range o.each() {
		if s.results != 1 {
			return fmt.Errorf("%s: stream %s has %d results", what, s.name, s.results)
		}
	}
	return nil
}

const stopAfter = 700 * time.Millisecond

func tryCancel(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return judge(err, k.cancelled(ctx, "at once", time.Millisecond))
	}
	names := full.names()
	limited := replay.Fault{Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "120"}}
	return judge(
		k.cancelled(ctx, "waiting for the first answer", stopAfter, replay.Fault{Stall: true}),
		k.cancelled(ctx, "waiting for the last page", stopAfter, replay.Fault{Stall: true, Only: named(names[len(names)-1])}),
		k.cancelled(ctx, "waiting for a rate limit", stopAfter, first(full, limited)),
	)
}

func tryClose(ctx context.Context, k *kit) error {
	p := play{Manner: testhost.Manner{CloseAfter: stopAfter}, faults: []replay.Fault{{Stall: true}}}
	if _, err := k.asking(ctx); err != nil {
		p = play{Manner: testhost.Manner{CloseAfter: time.Millisecond}}
	}
	p.limit = stopAfter + endsWithin
	st, err := k.stage(ctx, p)
	if err != nil {
		return err
	}
	begun := time.Now()
	// Sending may fail, because the host has closed its side. Only the end counts.
	_, err = st.sync(ctx, p)
	if took := time.Since(begun); took > p.limit-time.Second {
		return errors.Join(fmt.Errorf("it continues for %s", took.Round(time.Second)), err)
	}
	return st.stop(ctx)
}

func tryDeadline(ctx context.Context, k *kit, full *outcome) error {
	o, err := k.run(ctx, play{deadline: 2 * time.Second, limit: 2*time.Second + endsWithin, faults: []replay.Fault{{Stall: true}}})
	if err != nil {
		return err
	}
	if err := notWhole(full, o); err != nil {
		return err
	}
	return o.hasCode("limit.deadline", "network.timeout", "cancelled")
}

func tryLeaks(ctx context.Context, k *kit) error {
	st, err := k.stage(ctx, play{})
	if err != nil {
		return err
	}
	const runs, spare, longest = 10, 8, 8 * time.Second
	files := func() int {
		open, err := os.ReadDir("/proc/" + strconv.Itoa(st.process.cmd.Process.Pid) + "/fd")
		if err != nil {
			return 0
		}
		return len(open)
	}
	if _, err := st.sync(ctx, play{}); err != nil {
		return err
	}
	before := files()
	if before == 0 {
		return notTried("this system does not report the open files of a process")
	}
	begun, made := time.Now(), 0
	for ; made < runs && time.Since(begun) < longest; made++ {
		if _, err := st.sync(ctx, play{}); err != nil {
			return err
		}
	}
	// Idle connections close by themselves.
	if after := files(); after > before+min(spare, 2*made) {
		return fmt.Errorf("%d files are open after one run, %d after %d more", before, after, made)
	}
	return nil
}
