package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"google.golang.org/protobuf/types/known/durationpb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// Recorded is what came of a recording.
type Recorded struct {
	Fixture replay.Fixture
	Records map[string]int // by stream
	Whole   error          // why the recording is not of a complete run; nil when it is
}

// Record checks and syncs once with a living system, and returns what was asked
// and answered, without secrets. Transport reaches the system; nil goes the way
// the environment says. Only the program, the settings and the secrets of c count.
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
	st, err := k.stageWith(ctx, replay.Options{Upstream: recorder, Dir: k.dir})
	if err != nil {
		return Recorded{}, err
	}
	if st.fixture, err = k.base(); err != nil {
		return Recorded{}, err
	}
	wire, err := st.fixture.wire()
	if err != nil {
		return Recorded{}, err
	}
	checked, err := receiveCheck(ctx, st, &connectorv1.CheckRequest{Credentials: wire, Timeout: durationpb.New(c.CaseTimeout)})
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
