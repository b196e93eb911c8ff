package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// Recorded is a recording and what the run read.
type Recorded struct {
	Fixture replay.Fixture
	Records map[string]int // by stream
	Whole   error          // why the run was not complete; nil when it was
}

// Record runs one check and one sync with a live system, and returns the requests and
// answers without secrets. Transport reaches the system; nil stands for the proxy of the
// environment. Record uses only the program, the settings and the secrets of c.
func Record(ctx context.Context, c Config, transport http.RoundTripper) (Recorded, error) {
	c.Fixture = nil
	c.dials = dialsItself(ctx, c)
	k, err := newKit(c)
	if err != nil {
		return Recorded{}, err
	}
	defer k.close()
	scrub, madeUp := replay.NewScrubber(c.Secrets)
	recorder := replay.NewRecorder(&replay.Live{Transport: transport}, scrub)
	given, err := k.base()
	if err != nil {
		return Recorded{}, err
	}
	st, err := k.stageWith(ctx, replay.Options{Upstream: recorder, Dir: k.dir}, given)
	if err != nil {
		return Recorded{}, err
	}
	checked, err := st.check(ctx, c.CaseTimeout)
	if err != nil {
		return Recorded{}, err
	}
	o, err := st.sync(ctx, play{limit: k.CaseTimeout, deadline: k.CaseTimeout})
	if err != nil {
		return Recorded{}, err
	}
	r := Recorded{Records: map[string]int{}, Whole: o.whole(&outcome{})}
	r.Fixture = replay.Fixture{Settings: []byte(scrub.Text(string(k.settings))), Secrets: madeUp, Exchanges: recorder.Exchanges()}
	for _, s := range o.each() {
		r.Records[s.name] = len(s.committed)
	}
	for _, p := range checked.failed() {
		if r.Whole == nil && p.GetRequired() {
			r.Whole = fmt.Errorf("probe %q of the check failed: %s", p.GetId(), p.GetMessage())
		}
	}
	if len(r.Fixture.Exchanges) == 0 {
		return r, errors.Join(r.Whole, errors.New("it sent no HTTP request through the host's proxy"))
	}
	return r, nil
}

// Sent is a record that a run read, or the key of one that it says was removed.
type Sent struct {
	Stream  string
	Key     string
	Doc     []byte // JSON, as it was sent; nil for a removal
	Removed bool
}

// Read runs one sync with the system of c.Fixture and returns what it read, in the order in
// which it came, and why the run was not complete; nil when it was.
func Read(ctx context.Context, c Config) (records []Sent, whole, err error) {
	c.dials = dialsItself(ctx, c)
	k, err := newKit(c)
	if err != nil {
		return nil, nil, err
	}
	defer k.close()
	o, err := k.run(ctx, play{limit: k.CaseTimeout, deadline: k.CaseTimeout})
	if err != nil {
		return nil, nil, err
	}
	for _, s := range o.each() {
		for _, r := range s.committed {
			records = append(records, Sent{Stream: s.name, Key: r.GetKey(), Doc: r.GetPayload(), Removed: r.GetRemoved()})
		}
	}
	return records, o.whole(&outcome{}), nil
}
