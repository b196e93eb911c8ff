package conform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// paged returns the names of requests to one path that differ in their query
// alone: the pages of a list.
func (o *outcome) paged() []string {
	byPath := map[string][]string{}
	best := ""
	for _, v := range o.asked() {
		path := v.Method + v.URL.Host + v.URL.Path + string(v.Body)
		if !slices.Contains(byPath[path], v.Name()) {
			byPath[path] = append(byPath[path], v.Name())
		}
		if len(byPath[path]) > len(byPath[best]) {
			best = path
		}
	}
	if len(byPath[best]) < 2 {
		return nil
	}
	return byPath[best]
}

const noPages = notTried("the recording has no list of two pages that differ in the query of their addresses")

func tryPages(ctx context.Context, k *kit) error {
	empty := onScenario(true, "empty-tenant")(ctx, k)
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	pages := full.paged()
	if pages == nil {
		return judge(empty, noPages)
	}
	// Every page of the list is now its first one.
	first := replay.Request{}
	for _, v := range full.asked() {
		if v.Name() == pages[0] {
			first = v.Request
		}
	}
	circle := replay.Fault{Only: func(q replay.Request) bool {
		return q.Method == first.Method && q.URL.Host == first.URL.Host && q.URL.Path == first.URL.Path
	}}
	body, err := k.answerTo(ctx, first)
	if err != nil {
		return err
	}
	circle.Edit = func(replay.Request, []byte) []byte { return body }
	o, err := k.run(ctx, play{faults: []replay.Fault{circle}, limit: 20 * time.Second})
	if err != nil {
		return judge(empty, fmt.Errorf("a list that goes in circles: %w", err))
	}
	if n := len(o.asked()); n > 2000 {
		return judge(empty, fmt.Errorf("a list that goes in circles is asked for %d times", n))
	}
	if err := o.sameKeys(full); err != nil {
		return judge(empty, fmt.Errorf("a list that goes in circles: %w", err))
	}
	return judge(empty, nil)
}

// answerTo asks the system itself.
func (k *kit) answerTo(ctx context.Context, q replay.Request) ([]byte, error) {
	var upstream replay.Upstream = &replay.Live{Transport: k.direct}
	if k.Fixture != nil {
		upstream = replay.NewPlayer(k.Fixture.Exchanges)
	}
	a, err := upstream.Answer(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("ask the system: %w", err)
	}
	return a.Body, nil
}

func tryTwicePaged(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	pages := full.paged()
	if pages == nil {
		return noPages
	}
	var last any
	both := func(q replay.Request) bool { return q.Name() == pages[0] || q.Name() == pages[1] }
	o, err := k.run(ctx, play{faults: []replay.Fault{{Only: both, Edit: func(q replay.Request, body []byte) []byte {
		return editItems(body, func(all []any) []any {
			if q.Name() == pages[0] {
				last = all[len(all)-1]
				return all
			}
			return append([]any{last}, all...)
		})
	}}}})
	if err != nil {
		return err
	}
	if last == nil {
		return notTried("the first page holds no list of objects")
	}
	for _, s := range o.each() {
		if s.results != 1 || !s.complete() && !s.gapped() {
			return fmt.Errorf("stream %s is %s: %s", s.name, s.word(), s.why())
		}
	}
	return o.holdsAll(full)
}

func tryNewFields(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, play{faults: []replay.Fault{{Edit: func(_ replay.Request, body []byte) []byte {
		return editItems(body, func(all []any) []any {
			for _, item := range all {
				if object, ok := item.(map[string]any); ok {
					object["plumbline_unknown"] = map[string]any{"new": []any{1, "x", nil}}
				}
			}
			return all
		})
	}}}})
	if err != nil {
		return err
	}
	if err := o.whole(full); err != nil {
		return err
	}
	return o.sameKeys(full)
}

// eachRequest lets a fault befall some of the requests, one a run, and judges each
// run beside the complete one.
func (k *kit) eachRequest(ctx context.Context, most int, fault replay.Fault, check func(name string, full, o *outcome) error) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range spread(full.names(), most) {
		fault.Only = named(name)
		o, err := k.run(ctx, play{faults: []replay.Fault{fault}})
		if err == nil {
			err = check(name, full, o)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return judge(errs...)
}

// notWhole wants the failure of a request to show in the result of a stream.
func notWhole(_ string, full, o *outcome) error {
	if len(full.claims()) == 0 {
		return notTried("no stream is complete, also without any fault")
	}
	if len(o.claims()) >= len(full.claims()) {
		return errors.New("it failed, and every stream says that it is complete")
	}
	return o.honest(full)
}

func tryWebPage(ctx context.Context, k *kit) error {
	page := replay.Fault{
		Body:   "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in</body></html>",
		Header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
	}
	return k.eachRequest(ctx, 3, page, func(name string, full, o *outcome) error {
		if err := notWhole(name, full, o); err != nil {
			return err
		}
		for _, e := range o.problems() {
			if e.GetCode() == sdk.CodeUpstreamInvalidResponse {
				return nil
			}
		}
		return fmt.Errorf("no error says %s", sdk.CodeUpstreamInvalidResponse)
	})
}

const (
	bombBytes  = 256 << 20
	bombMemory = 256 << 20
)

func tryBadBodies(ctx context.Context, k *kit) error {
	half := k.eachRequest(ctx, 2, replay.Fault{Truncate: true}, notWhole)
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	o, err := k.run(ctx, play{faults: []replay.Fault{{Bomb: bombBytes, Only: named(full.names()[0])}}, limit: 45 * time.Second})
	if err != nil {
		return judge(half, fmt.Errorf("a compressed bomb: %w", err))
	}
	if err := notWhole("", full, o); err != nil {
		return judge(half, fmt.Errorf("a compressed bomb: %w", err))
	}
	if o.peak > bombMemory {
		return judge(half, fmt.Errorf("a compressed bomb takes %d MiB of memory", o.peak>>20))
	}
	return half
}

func tryLargeRecord(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, size := range []int{sdk.MaxRecordBytes - 8<<10, sdk.MaxRecordBytes + 8<<10, sdk.HardRecordBytes + 8<<10} {
		grown := false
		o, err := k.run(ctx, play{faults: []replay.Fault{{Times: 1, Edit: func(_ replay.Request, body []byte) []byte {
			return editItems(body, func(all []any) []any {
				all[0], grown = pad(all[0], size), true
				return all
			})
		}}}})
		switch {
		case err != nil:
		case !grown:
			err = notTried("the first answer holds no list of objects")
		default:
			err = o.sameKeys(full)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("a record of %d bytes: %w", size, err))
		}
	}
	return judge(errs...)
}
