package conform

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// play says how the host and the system behave in one run. In the zero value the host
// acknowledges at once and the system has no faults.
type play struct {
	scenario *replay.Fixture // replaces the complete recording; nil = none
	faults   []replay.Fault
	streams  []string // nil = all, in the connector's order
	cursors  map[string][]byte
	resume   bool // the cursors are of a run that stopped early
	budgets  *connectorv1.Budgets
	deadline time.Duration // in Open; 0 = a minute
	limit    time.Duration // a longer run fails the case; 0 = 30 s

	otherwise func(q replay.Request) (replay.Answer, bool) // of the player

	testhost.Manner
	untrusted bool // the program does not trust the system's certificate
	edit      func(open *connectorv1.Open)
}

// under is a run with one fault.
func under(f replay.Fault) play { return play{faults: []replay.Fault{f}} }

// stage is a started program with a system behind its proxy.
type stage struct {
	*session
	proxy     *replay.Proxy
	player    *replay.Player // nil when the system is live
	described *connectorv1.DescribeResponse
	given     credentials
}

// stage starts the program before the recorded or the live system.
func (k *kit) stage(ctx context.Context, p play) (*stage, error) {
	var player *replay.Player
	var given credentials
	options := replay.Options{Faults: p.faults, Untrusted: p.untrusted, Dir: k.dir}
	switch {
	case k.Fixture != nil:
		f := cmp.Or(p.scenario, k.Fixture)
		player = replay.NewPlayer(f.Exchanges)
		player.Otherwise = p.otherwise
		options.Upstream = player
		given.secrets = f.Secrets
		if err := decodeSettings(f.Settings, &given.settings); err != nil {
			return nil, err
		}
	case k.Live:
		options.Upstream, options.Splice = &replay.Live{Transport: k.direct}, true
		var err error
		if given, err = k.base(); err != nil {
			return nil, err
		}
	default:
		return nil, notTried("there are no settings that reach a system: give a recording of a complete run (--fixtures)")
	}
	st, err := k.stageWith(ctx, options, given)
	if err == nil {
		st.player = player
	}
	return st, err
}

// stageWith starts the program behind a proxy with these options.
func (k *kit) stageWith(ctx context.Context, options replay.Options, given credentials) (*stage, error) {
	st := &stage{given: given}
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

// same runs one sync and wants the records of full.
func (k *kit) same(ctx context.Context, full *outcome, p play) error {
	o, err := k.run(ctx, p)
	if err != nil {
		return err
	}
	return o.same(full)
}

// alike makes a case of a run that must give the records of the complete one.
func alike(p play) func(context.Context, *kit, *outcome) error {
	return func(ctx context.Context, k *kit, full *outcome) error { return k.same(ctx, full, p) }
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
	limit := cmp.Or(p.limit, 30*time.Second)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the run did not end within %s", limit))
	defer cancel()
	o := &outcome{described: st.described, streams: map[string]*stream{}, begun: time.Now()}
	err := p.Sync(ctx, st.ConnectorClient, st.openMessage(p), o.take)
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

// check runs a check of the given settings. Limit goes into the request; 0 = none.
func (st *stage) check(ctx context.Context, limit time.Duration) (checked, error) {
	request := &connectorv1.CheckRequest{Credentials: st.given.wire()}
	if limit > 0 {
		request.Timeout = durationpb.New(limit)
	}
	return receiveCheck(ctx, st, request)
}

func (st *stage) openMessage(p play) *connectorv1.Open {
	open := testhost.Open(st.given.wire(), cmp.Or(p.deadline, time.Minute))
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
	return open
}

// memory returns a line of /proc/PID/status in bytes, 0 on a system without it.
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
