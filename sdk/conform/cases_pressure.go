package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// pressureCases are about a host that is behind, and a run that is to stop.
func pressureCases() []Case {
	return []Case{
		{"P1", Must, "without acknowledgements it sends its window and rests", tryWindow},
		{"P2", Should, "a slow host does not make it grow", trySlowHost},
		{"P3", Should, "it keeps to the memory it declares", tryMemory},
		{"P4", Must, "a cancelled run ends within 10 s, wherever it is", tryCancel},
		{"P5", Must, "a run ends within 10 s when the host closes its side", tryClose},
		{"P6", Must, "a run ends at its deadline", tryDeadline},
		{"P8", Should, "runs in one process leave no files open", tryLeaks},
	}
}

// tryWindow takes thousands of records and acknowledges none.
func tryWindow(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	p := play{Manner: testhost.Manner{Acks: testhost.AckNever, CancelAfter: 2500 * time.Millisecond}, limit: 20 * time.Second}
	if len(full.asked()) > 0 {
		p.faults = []replay.Fault{grown(full)}
	}
	st, err := k.stage(ctx, p)
	if err != nil {
		return err
	}
	pid := st.process.cmd.Process.Pid
	before := make(chan time.Duration, 1)
	timer := time.AfterFunc(1300*time.Millisecond, func() { before <- cpuTime(pid) })
	defer timer.Stop()
	after := make(chan time.Duration, 1)
	late := time.AfterFunc(2300*time.Millisecond, func() { after <- cpuTime(pid) })
	defer late.Stop()
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
	case len(before) == 1 && len(after) == 1:
		if used := <-after - <-before; used > 500*time.Millisecond {
			return fmt.Errorf("it uses %s of processor time in a second of waiting", used)
		}
	}
	return nil
}

// cpuTime returns what a process has used so far, 0 where the system does not say.
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
	noMemory   = notTried("this system does not tell how much memory a process has")
	mostGrowth = 32 << 20
)

func trySlowHost(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	if full.peak == 0 {
		return noMemory
	}
	var faults []replay.Fault
	if len(full.asked()) > 0 {
		faults = []replay.Fault{grown(full)}
	} else if full.count() < oftenRecords {
		return notTried("it has fewer than 1,000 records")
	}
	quick, err := k.run(ctx, play{faults: faults})
	if err != nil {
		return err
	}
	if quick.count() < oftenRecords {
		return notTried("it has fewer than 1,000 records, also when the answers are made longer")
	}
	slow, err := k.run(ctx, play{faults: faults, Manner: testhost.Manner{Slow: 200 * time.Millisecond, AckDelay: 200 * time.Millisecond}, limit: 45 * time.Second})
	if err != nil {
		return err
	}
	if slow.peak > quick.peak+mostGrowth {
		return fmt.Errorf("it takes %d MiB beside a slow host and %d MiB beside a quick one", slow.peak>>20, quick.peak>>20)
	}
	return nil
}

func tryMemory(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
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

// stopped runs a run that is to stop after so long and wants it to end soon.
func (k *kit) stopped(ctx context.Context, what string, after time.Duration, p play) error {
	p.limit = after + endsWithin
	o, err := k.run(ctx, p)
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
		return judge(err, k.stopped(ctx, "at once", time.Millisecond, play{Manner: testhost.Manner{CancelAfter: time.Millisecond}}))
	}
	names := full.names()
	limited := replay.Fault{Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "120"}}
	return judge(
		k.stopped(ctx, "waiting for the first answer", stopAfter, play{Manner: testhost.Manner{CancelAfter: stopAfter}, faults: []replay.Fault{{Stall: true}}}),
		k.stopped(ctx, "waiting for the last page", stopAfter, play{Manner: testhost.Manner{CancelAfter: stopAfter}, faults: []replay.Fault{{Stall: true, Only: named(names[len(names)-1])}}}),
		k.stopped(ctx, "waiting for a rate limit", stopAfter, play{Manner: testhost.Manner{CancelAfter: stopAfter}, faults: []replay.Fault{first(full, limited)}}),
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
	// The last words may meet a closed door: what counts is that it ends.
	_, err = st.sync(ctx, p)
	if took := time.Since(begun); took > p.limit-time.Second {
		return errors.Join(fmt.Errorf("it runs on for %s", took.Round(time.Second)), err)
	}
	return st.stop(ctx)
}

func tryDeadline(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, play{deadline: 2 * time.Second, limit: 2*time.Second + endsWithin, faults: []replay.Fault{{Stall: true}}})
	if err != nil {
		return err
	}
	if err := notWhole("", full, o); err != nil {
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
		return notTried("this system does not tell which files a process has open")
	}
	begun, made := time.Now(), 0
	for made < runs && time.Since(begun) < longest {
		if _, err := st.sync(ctx, play{}); err != nil {
			return err
		}
		made++
	}
	// Connections that are kept for the next request close by themselves.
	if after := files(); after > before+min(spare, 2*made) {
		return fmt.Errorf("%d files are open after one run, %d after %d more", before, after, made)
	}
	return nil
}

// opened edits the first message of a run.
func opened(edit func(open *connectorv1.Open)) play { return play{edit: edit} }
