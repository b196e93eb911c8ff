package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// limitCases are about a system that wants fewer requests, or stumbles.
func limitCases() []Case {
	return []Case{
		{"L1", Must, "it waits as long as it is told when it is asked to send less", tryRateLimits},
		{"L2", Should, "a rate limit in another dress is known as one", onScenario(true, "disguised-limit")},
		{"L3", Must, "the host hears of a wait within a second", tryThrottle},
		{"L4", Must, "it keeps to the host's requests per second", tryBudgetRate},
		{"L5", Must, "it keeps to the host's number of requests at one moment", tryConcurrency},
		{"L6", Must, "a server that stumbles twice is tried again", tryStumble},
		{"L7", Must, "a server that stays broken is tried a few times and told", tryBroken},
		{"L8", Should, "the waits between tries vary", tryJitter},
		{"L9", Must, "what cannot heal is not tried again", tryHopeless},
		{"L11", Must, "slow, silent, broken and roving answers are survived", tryBadAnswers},
	}
}

// first is a fault that befalls the first request.
func first(full *outcome, f replay.Fault) replay.Fault {
	f.Only = named(full.names()[0])
	return f
}

// againAt returns when the request was sent again that a fault befell.
func (o *outcome) againAt() time.Time {
	for i, v := range o.asked() {
		for _, later := range o.asked()[i+1:] {
			if v.Fault != "" && later.Name() == v.Name() {
				return later.At
			}
		}
	}
	return time.Time{}
}

// gapAfterFault returns how long the request was left in peace after the first
// fault befell it.
func (o *outcome) gapAfterFault() time.Duration {
	for i, v := range o.asked() {
		if v.Fault == "" {
			continue
		}
		for _, later := range o.asked()[i+1:] {
			if later.Name() == v.Name() {
				return later.At.Sub(v.Answered)
			}
		}
	}
	return 0
}

func tryRateLimits(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	date := time.Now().Add(4 * time.Second).UTC().Truncate(time.Second)
	tests := []struct {
		name, after string
		least       time.Duration // to wait
		until       time.Time     // not to ask before
	}{
		{"seconds", "1", 900 * time.Millisecond, time.Time{}},
		{"a date", date.Format(http.TimeFormat), 0, date},
		{"no word of when", "", 0, time.Time{}},
		{"zero seconds", "0", 0, time.Time{}},
	}
	var errs []error
	for _, test := range tests {
		fault := replay.Fault{Status: http.StatusTooManyRequests, Times: 1, Body: `{"error":"slow down"}`}
		if test.after != "" {
			fault.Header = map[string]string{"Retry-After": test.after}
		}
		o, err := k.run(ctx, play{faults: []replay.Fault{first(full, fault)}})
		if err == nil {
			err = o.same(full)
		}
		if err == nil && (o.gapAfterFault() < test.least || o.againAt().Before(test.until.Add(-50*time.Millisecond))) {
			err = fmt.Errorf("it asked again after %s", o.gapAfterFault().Round(time.Millisecond))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("429 with %s: %w", test.name, err))
		}
	}
	return errors.Join(append(errs, k.yearLong(ctx, full))...)
}

// yearLong wants a wait that no run can afford to be told at once.
func (k *kit) yearLong(ctx context.Context, full *outcome) error {
	fault := replay.Fault{Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "31536000"}}
	o, err := k.run(ctx, play{faults: []replay.Fault{first(full, fault)}, limit: endsWithin})
	if err == nil {
		err = notWhole("", full, o)
	}
	if err == nil {
		err = o.hasCode("rate.")
	}
	if err != nil {
		return fmt.Errorf("429 with a year: %w", err)
	}
	return nil
}

// hasCode wants an error whose code begins so.
func (o *outcome) hasCode(prefixes ...string) error {
	var codes []string
	for _, e := range o.problems() {
		for _, prefix := range prefixes {
			if strings.HasPrefix(e.GetCode(), prefix) {
				return nil
			}
		}
		codes = append(codes, e.GetCode())
	}
	return fmt.Errorf("no error has a code of %s: %v", strings.Join(prefixes, " or "), codes)
}

func tryThrottle(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, play{faults: []replay.Fault{first(full, replay.Fault{
		Status: http.StatusTooManyRequests, Times: 1, Header: map[string]string{"Retry-After": "2"},
	})}})
	if err != nil {
		return err
	}
	refused := o.asked()[0].Answered
	for _, m := range o.messages {
		if t := m.GetThrottle(); t != nil && m.at.Sub(refused) < time.Second && t.GetWait().AsDuration() > 0 {
			return nil
		}
	}
	return errors.New("it waits, and no Throttle message comes within a second")
}

func tryBudgetRate(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	n := len(full.asked())
	if n < 3 {
		return notTried("the recorded run has fewer than three requests")
	}
	const wanted = 2 * time.Second
	rate := float64(n-1) / wanted.Seconds()
	o, err := k.run(ctx, play{budgets: &connectorv1.Budgets{RequestsPerSecond: rate}})
	if err != nil {
		return err
	}
	asked := o.asked()
	took := asked[len(asked)-1].At.Sub(asked[0].At)
	if least := time.Duration(float64(len(asked)-1) / (rate * 1.1) * float64(time.Second)); took < least-50*time.Millisecond {
		return fmt.Errorf("%d requests took %s, at %.1f a second they take %s", len(asked), took.Round(time.Millisecond), rate, least.Round(time.Millisecond))
	}
	return o.same(full)
}

func tryConcurrency(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, play{
		budgets: &connectorv1.Budgets{ConcurrentRequests: 1},
		faults:  []replay.Fault{{Delay: 30 * time.Millisecond}},
	})
	if err != nil {
		return err
	}
	if o.mostAtOnce > 1 {
		return fmt.Errorf("%d requests were under way at one moment, and one was allowed", o.mostAtOnce)
	}
	return o.same(full)
}

func tryStumble(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, play{faults: []replay.Fault{first(full, replay.Fault{Status: 500, Times: 2})}})
	if err != nil {
		return err
	}
	return o.same(full)
}

// oneStream runs the first stream that asks for something by itself.
func (k *kit) oneStream(ctx context.Context) (play, *outcome, error) {
	full, err := k.asking(ctx)
	if err != nil {
		return play{}, nil, err
	}
	for _, name := range full.claims() {
		p := play{streams: []string{name}}
		o, err := k.run(ctx, p)
		if err != nil {
			return p, nil, err
		}
		if len(o.asked()) > 0 {
			return p, o, nil
		}
	}
	return play{}, nil, notTried("no stream by itself sends an HTTP request")
}

// triesOf returns how often a request was sent that a fault befell, beyond how
// often it is sent when all is well.
func triesOf(full, o *outcome, name string) int {
	count := func(o *outcome) (n int) {
		for _, v := range o.asked() {
			if v.Name() == name {
				n++
			}
		}
		return n
	}
	return count(o) - count(full) + 1
}

const mostTries = 10

func tryBroken(ctx context.Context, k *kit) error {
	p, full, err := k.oneStream(ctx)
	if err != nil {
		return err
	}
	p.faults = []replay.Fault{first(full, replay.Fault{Status: 500})}
	o, err := k.run(ctx, p)
	if err != nil {
		return err
	}
	if tried := triesOf(full, o, full.names()[0]); tried > mostTries {
		return fmt.Errorf("it is tried %d times", tried)
	}
	if err := notWhole("", full, o); err != nil {
		return err
	}
	return o.hasCode("upstream.")
}

// tryJitter looks at the shortest waits: other work on the machine can make a wait
// longer, never shorter. Waits that vary may be alike by chance, once.
func tryJitter(ctx context.Context, k *kit) error {
	const alike = 25 * time.Millisecond
	p, full, err := k.oneStream(ctx)
	if err != nil {
		return err
	}
	p.faults = []replay.Fault{first(full, replay.Fault{Status: 500, Times: 1})}
	var waits []time.Duration
	for range 2 {
		waits = nil
		for range 5 {
			o, err := k.run(ctx, p)
			if err != nil {
				return err
			}
			waits = append(waits, o.gapAfterFault())
		}
		slices.Sort(waits)
		if waits[2] == 0 {
			return notTried("it does not try again")
		}
		if waits[2]-waits[0] >= alike {
			return nil
		}
	}
	return fmt.Errorf("the waits are all alike: %v", waits)
}

func tryHopeless(ctx context.Context, k *kit) error {
	p, full, err := k.oneStream(ctx)
	if err != nil {
		return err
	}
	// After a 401 a fresh token may be tried once.
	most := map[int]int{http.StatusBadRequest: 1, http.StatusUnauthorized: 2, http.StatusNotFound: 1}
	name := full.names()[0]
	var errs []error
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound} {
		p.faults = []replay.Fault{{Only: named(name), Status: status}}
		o, err := k.run(ctx, p)
		if err == nil && triesOf(full, o, name) > most[status] {
			err = fmt.Errorf("it is tried %d times", triesOf(full, o, name))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("status %d: %w", status, err))
		}
	}
	return errors.Join(errs...)
}

func tryBadAnswers(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	tests := []struct {
		name  string
		fault replay.Fault
		play  play
		check func(o *outcome) error
	}{
		{"a slow answer", replay.Fault{Drip: 2 * time.Second, Times: 1}, play{}, func(o *outcome) error { return o.same(full) }},
		{"a connection that breaks once", replay.Fault{Break: true, Times: 1}, play{}, func(o *outcome) error { return o.same(full) }},
		{"no answer until the deadline", replay.Fault{Stall: true}, play{deadline: 3 * time.Second, limit: 3*time.Second + endsWithin}, func(o *outcome) error { return notWhole("", full, o) }},
		{"a redirect in a circle", replay.Fault{Redirect: "self"}, play{}, func(o *outcome) error {
			if n := len(o.asked()); n > len(full.asked())+100 {
				return fmt.Errorf("it is followed %d times", n)
			}
			return notWhole("", full, o)
		}},
		{"a redirect to another host", replay.Fault{Redirect: "https://elsewhere.example/"}, play{}, func(o *outcome) error {
			if err := o.keptFrom("elsewhere.example", k.Secrets); err != nil {
				return err
			}
			return notWhole("", full, o)
		}},
	}
	errs := make([]error, len(tests))
	for i, test := range tests {
		test.play.faults = []replay.Fault{first(full, test.fault)}
		o, err := k.run(ctx, test.play)
		if err == nil {
			err = test.check(o)
		}
		if err != nil {
			errs[i] = fmt.Errorf("%s: %w", test.name, err)
		}
	}
	return judge(errs...)
}

// keptFrom returns an error when a request to another host carried a secret.
func (o *outcome) keptFrom(host string, secrets map[string]string) error {
	for _, v := range o.visits {
		if v.URL.Hostname() != host || v.Method == http.MethodConnect {
			continue
		}
		var sent strings.Builder
		_ = v.Header.Write(&sent)
		for name, value := range secrets {
			if len(value) > 3 && strings.Contains(sent.String()+v.URL.String()+string(v.Body), value) {
				return fmt.Errorf("the secret %q goes there", name)
			}
		}
		if v.Header.Get("Authorization") != "" {
			return errors.New("its credential goes there")
		}
	}
	return nil
}

// customerFault reports whether the error is one that a customer has to heal.
func customerFault(e *connectorv1.Error) bool {
	return sdk.ErrorFromWire(e).Fault == sdk.FaultCustomer
}
