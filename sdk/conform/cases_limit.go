package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// limitCases are about a system that limits requests, or fails for a short time.
func limitCases() []Case {
	return []Case{
		{"L1", Must, "it waits as long as the answer to a rate limit says", onRequests(tryRateLimits)},
		{"L2", Should, "a rate limit without status 429 is recognized", onScenario(true, "disguised-limit")},
		{"L3", Must, "it reports a wait to the host within a second", onRequests(tryThrottle)},
		{"L4", Must, "it keeps to the host's requests per second", onRequests(tryBudgetRate)},
		{"L5", Must, "it keeps to the host's number of requests at one moment", onRequests(tryConcurrency)},
		{"L6", Must, "a server that fails twice is tried again", onRequests(tryStumble)},
		{"L7", Must, "a server that keeps failing is tried a few times and reported", tryBroken},
		{"L8", Should, "the waits between tries vary", tryJitter},
		{"L9", Must, "a request that cannot succeed is not tried again", tryHopeless},
		{"L11", Must, "it survives slow, silent, broken and redirected answers", onRequests(tryBadAnswers)},
	}
}

// first puts a fault on the first request.
func first(full *outcome, f replay.Fault) replay.Fault {
	f.Only = named(full.names()[0])
	return f
}

// retry returns when the first request with a fault was sent again, and how long after its
// answer; zero values when it was not.
func (o *outcome) retry() (at time.Time, wait time.Duration) {
	for i, v := range o.asked() {
		for _, later := range o.asked()[i+1:] {
			if v.Fault != "" && later.Name() == v.Name() {
				return later.At, later.At.Sub(v.Answered)
			}
		}
	}
	return at, 0
}

func tryRateLimits(ctx context.Context, k *kit, full *outcome) error {
	date := time.Now().Add(4 * time.Second).UTC().Truncate(time.Second)
	tests := []struct {
		name, after string
		least       time.Duration // to wait
		until       time.Time     // earliest moment of the next request
	}{
		{"seconds", "1", 900 * time.Millisecond, time.Time{}},
		{"a date", date.Format(http.TimeFormat), 0, date},
		{"no Retry-After", "", 0, time.Time{}},
		{"zero seconds", "0", 0, time.Time{}},
	}
	var errs []error
	for _, test := range tests {
		fault := replay.Fault{Status: http.StatusTooManyRequests, Times: 1, Body: `{"error":"slow down"}`}
		if test.after != "" {
			fault.Header = map[string]string{"Retry-After": test.after}
		}
		o, err := k.run(ctx, under(first(full, fault)))
		if err == nil {
			err = o.same(full)
		}
		if err == nil {
			if at, wait := o.retry(); wait < test.least || at.Before(test.until.Add(-50*time.Millisecond)) {
				err = fmt.Errorf("it sent the request again after %s", wait.Round(time.Millisecond))
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("429 with %s: %w", test.name, err))
		}
	}
	return errors.Join(append(errs, k.yearLong(ctx, full))...)
}

// yearLong returns an error unless a wait that is longer than any run is reported at once.
func (k *kit) yearLong(ctx context.Context, full *outcome) error {
	fault := replay.Fault{Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "31536000"}}
	o, err := k.run(ctx, play{faults: []replay.Fault{first(full, fault)}, limit: endsWithin})
	if err == nil {
		err = notWhole(full, o)
	}
	if err == nil {
		err = o.hasCode("rate.")
	}
	if err != nil {
		return fmt.Errorf("429 with a year: %w", err)
	}
	return nil
}

// hasCode returns an error unless a reported error has a code with one of the prefixes.
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

func tryThrottle(ctx context.Context, k *kit, full *outcome) error {
	o, err := k.run(ctx, under(first(full, replay.Fault{
		Status: http.StatusTooManyRequests, Times: 1, Header: map[string]string{"Retry-After": "2"},
	})))
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

func tryBudgetRate(ctx context.Context, k *kit, full *outcome) error {
	n := len(full.asked())
	if n < 3 {
		return notTried("the recorded run has fewer than three requests")
	}
	const wanted = 2 * time.Second
	rate := float64(n-1) / wanted.Seconds()
	var quick error
	for range 3 { // the first request may arrive late on a busy machine, and so soon before the others
		o, err := k.run(ctx, play{budgets: &connectorv1.Budgets{RequestsPerSecond: rate}})
		if err != nil {
			return err
		}
		if quick = o.quickerThan(rate); quick == nil {
			return o.same(full)
		}
	}
	return quick
}

// quickerThan returns an error when a run sent its requests with more than a tenth above the rate.
func (o *outcome) quickerThan(rate float64) error {
	asked := o.asked()
	took := asked[len(asked)-1].At.Sub(asked[0].At)
	if least := time.Duration(float64(len(asked)-1) / (rate * 1.1) * float64(time.Second)); took < least-50*time.Millisecond {
		return fmt.Errorf("%d requests took %s; at %.1f a second they take %s",
			len(asked), took.Round(time.Millisecond), rate, least.Round(time.Millisecond))
	}
	return nil
}

func tryConcurrency(ctx context.Context, k *kit, full *outcome) error {
	o, err := k.run(ctx, play{
		budgets: &connectorv1.Budgets{ConcurrentRequests: 1},
		faults:  []replay.Fault{{Delay: 100 * time.Millisecond}}, // long enough for two that are sent at once to meet
	})
	if err != nil {
		return err
	}
	if o.mostAtOnce > 1 {
		return fmt.Errorf("it sent %d requests at one moment, and one was allowed", o.mostAtOnce)
	}
	return o.same(full)
}

func tryStumble(ctx context.Context, k *kit, full *outcome) error {
	return k.same(ctx, full, under(first(full, replay.Fault{Status: http.StatusInternalServerError, Times: 2})))
}

// oneStream runs the first stream that sends requests by itself.
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

// triesOf returns how often a request was tried: one more than it was sent beyond the number
// in full.
func triesOf(full, o *outcome, name string) int {
	count := func(o *outcome) int {
		return len(slices.DeleteFunc(o.asked(), func(v replay.Visit) bool { return v.Name() != name }))
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
	if err := notWhole(full, o); err != nil {
		return err
	}
	return o.hasCode("upstream.")
}

// tryJitter compares the shortest waits: other work on the machine can make a wait longer,
// never shorter. Random waits may be equal by chance, so it tries twice.
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
			_, wait := o.retry()
			waits = append(waits, wait)
		}
		slices.Sort(waits)
		if waits[2] == 0 {
			return notTried("it does not try again")
		}
		if waits[2]-waits[0] >= alike {
			return nil
		}
	}
	return fmt.Errorf("the waits do not vary: %v", waits)
}

func tryHopeless(ctx context.Context, k *kit) error {
	p, full, err := k.oneStream(ctx)
	if err != nil {
		return err
	}
	// After a 401 the connector may try a new token once.
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

func tryBadAnswers(ctx context.Context, k *kit, full *outcome) error {
	const deadline = 3 * time.Second
	tests := []struct {
		name  string
		fault replay.Fault
		play  play
		check func(full, o *outcome) error
	}{
		{"a slow answer", replay.Fault{Drip: 2 * time.Second, Times: 1}, play{}, same},
		{"a connection that breaks once", replay.Fault{Break: true, Times: 1}, play{}, same},
		{"no answer until the deadline", replay.Fault{Stall: true}, play{deadline: deadline, limit: deadline + endsWithin}, notWhole},
		{"a redirect in a circle", replay.Fault{Redirect: "self"}, play{}, func(full, o *outcome) error {
			if n := len(o.asked()); n > len(full.asked())+100 {
				return fmt.Errorf("it follows %d times", n)
			}
			return notWhole(full, o)
		}},
		{"a redirect to another host", replay.Fault{Redirect: "https://elsewhere.example/"}, play{}, func(full, o *outcome) error {
			if err := o.keptFrom("elsewhere.example", k.Secrets); err != nil {
				return err
			}
			return notWhole(full, o)
		}},
	}
	errs := make([]error, len(tests))
	for i, test := range tests {
		test.play.faults = []replay.Fault{first(full, test.fault)}
		o, err := k.run(ctx, test.play)
		if err == nil {
			err = test.check(full, o)
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
				return fmt.Errorf("it sends the secret %q there", name)
			}
		}
		if v.Header.Get("Authorization") != "" {
			return errors.New("it sends its credential there")
		}
	}
	return nil
}
