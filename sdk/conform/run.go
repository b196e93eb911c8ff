package conform

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// play says how the host and the system behave in one run; the zero value is a
// host that acknowledges at once and a system without faults.
type play struct {
	scenario *replay.Fixture // in the place of the complete recording
	faults   []replay.Fault
	streams  []string // nil = all, in the connector's order
	cursors  map[string][]byte
	resume   bool // the cursors are of a run that stopped in the middle
	budgets  *connectorv1.Budgets
	deadline time.Duration // as Open says it; 0 = a minute
	limit    time.Duration // the run fails the case when it takes longer; 0 = 30 s

	testhost.Manner
	untrusted bool // the system's certificate is one that nobody trusts
	edit      func(open *connectorv1.Open)
}

// stage is a started program with a system behind its proxy.
type stage struct {
	*session
	kit       *kit
	proxy     *replay.Proxy
	player    *replay.Player // nil when the system is live
	described *connectorv1.DescribeResponse
	fixture   credentials
}

// stage starts the program.
func (k *kit) stage(ctx context.Context, p play) (*stage, error) {
	st := &stage{kit: k}
	options := replay.Options{Faults: p.faults, Untrusted: p.untrusted, Dir: k.dir}
	switch {
	case k.Fixture != nil:
		f := k.Fixture
		if p.scenario != nil {
			f = p.scenario
		}
		st.player = replay.NewPlayer(f.Exchanges)
		options.Upstream = st.player
		st.fixture = credentials{secrets: f.Secrets}
		if err := decodeSettings(f.Settings, &st.fixture.settings); err != nil {
			return nil, err
		}
	case k.Live:
		options.Upstream, options.Splice = &replay.Live{Transport: k.direct}, true
		base, err := k.base()
		if err != nil {
			return nil, err
		}
		st.fixture = base
	default:
		return nil, notTried("there are no settings that reach a system: give a recording of a complete run (--fixtures)")
	}
	started, err := k.stageWith(ctx, options)
	if err != nil {
		return nil, err
	}
	started.player, started.fixture = st.player, st.fixture
	return started, nil
}

// stageWith starts the program behind such a proxy.
func (k *kit) stageWith(ctx context.Context, options replay.Options) (*stage, error) {
	st := &stage{kit: k}
	var err error
	if st.proxy, err = replay.NewProxy(options); err != nil {
		return nil, err
	}
	k.proxies = append(k.proxies, st.proxy)
	if st.session, err = k.open(ctx, launch{through: st.proxy}); err != nil {
		return nil, err
	}
	if st.described, err = st.Describe(ctx, &connectorv1.DescribeRequest{}); err != nil {
		return nil, fmt.Errorf("describe: %w", err)
	}
	return st, nil
}

// run starts the program, runs one sync, and stops the program.
func (k *kit) run(ctx context.Context, p play) (*outcome, error) {
	st, err := k.stage(ctx, p)
	if err != nil {
		return nil, err
	}
	o, err := st.sync(ctx, p)
	if err != nil {
		return o, err
	}
	o.peak = memory(st.process.cmd.Process.Pid, "VmHWM:")
	if err := st.stop(ctx); err != nil {
		return o, err
	}
	st.proxy.Close()
	o.stderr = st.process.errs.String()
	return o, nil
}

// sync runs one sync and plays the host.
func (st *stage) sync(ctx context.Context, p play) (*outcome, error) {
	limit := orElse(p.limit, 30*time.Second)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the run did not end within %s", limit))
	defer cancel()
	open, err := st.openMessage(p)
	if err != nil {
		return nil, err
	}
	o := &outcome{described: st.described, streams: map[string]*stream{}, begun: time.Now()}
	err = p.Sync(ctx, st.ConnectorClient, open, o.take)
	o.took, o.visits = time.Since(o.begun), st.proxy.Visits()
	o.mostAtOnce = st.proxy.MostAtOnce()
	if st.player != nil {
		o.missing = st.player.Missing()
	}
	if err != nil {
		return o, st.explain(err)
	}
	return o, nil
}

func (st *stage) openMessage(p play) (*connectorv1.Open, error) {
	wire, err := st.fixture.wire()
	if err != nil {
		return nil, err
	}
	open := testhost.Open(wire, orElse(p.deadline, time.Minute))
	open.Budgets = p.budgets
	names := p.streams
	if names == nil {
		for _, s := range st.described.GetStreams() {
			names = append(names, s.GetName())
		}
	}
	for _, name := range names {
		cursor := p.cursors[name]
		open.Streams = append(open.Streams, &connectorv1.StreamState{Name: name, Cursor: cursor, Resume: p.resume && len(cursor) > 0})
	}
	if p.edit != nil {
		p.edit(open)
	}
	return open, nil
}

// memory returns a line of the system's report on a process in bytes, 0 where it
// gives none.
func memory(pid int, line string) int {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for text := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(text, line); found {
			kib, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return kib << 10
		}
	}
	return 0
}
