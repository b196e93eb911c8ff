package conform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// pages are the requests for the pages of one list.
type pages struct {
	names     []string // each once, in the order of arrival
	list      string
	parameter string // that has the page; "" = several have it
}

// paged returns the pages of the list with the most of them: requests to one path that differ only in one
// parameter of their query, or, when there are none, in several. It has no names when there is no such list. A
// value with a space is a question, such as a query in SQL, and no page. A parameter that never says where a list
// begins names what the list is of, such as a project, and no page.
func (o *outcome) paged() pages {
	asked := slices.DeleteFunc(o.asked(), func(v replay.Visit) bool {
		return slices.ContainsFunc(slices.Concat(slices.Collect(maps.Values(v.URL.Query()))...), func(value string) bool {
			return strings.ContainsAny(value, " \n")
		})
	})
	var parameters []string
	for _, v := range asked {
		for name := range v.URL.Query() {
			if !slices.Contains(parameters, name) {
				parameters = append(parameters, name)
			}
		}
	}
	slices.Sort(parameters)
	best := longest(asked, parameters)
	if len(best.names) == 0 {
		best = longest(asked, []string{""})
	}
	return best
}

// longest returns the pages of the longest list that one of the parameters pages through.
func longest(asked []replay.Visit, parameters []string) (best pages) {
	for _, parameter := range parameters {
		lists, begun := map[string][]string{}, map[string]bool{}
		for _, v := range asked {
			list := listOf(v.Request, parameter)
			begun[list] = begun[list] || begins(v.URL.Query(), parameter)
			if !slices.Contains(lists[list], v.Name()) {
				lists[list] = append(lists[list], v.Name())
			}
		}
		for _, list := range slices.Sorted(maps.Keys(lists)) {
			if names := lists[list]; begun[list] && len(names) > max(len(best.names), 1) {
				best = pages{names: names, list: list, parameter: parameter}
			}
		}
	}
	return best
}

// begins reports whether a query asks for the first page of a list that parameter pages through: it does not have the parameter, or the
// parameter has one of the values that lists begin with. With several parameters, which "" stands for, every query may.
func begins(query url.Values, parameter string) bool {
	return parameter == "" || slices.Contains([]string{"", "0", "1", "*", "-1"}, query.Get(parameter))
}

// listOf names the list of a request: everything that it says but for the parameter that has the page.
func listOf(q replay.Request, parameter string) string {
	rest := q.URL.Query()
	rest.Del(parameter)
	if parameter == "" {
		rest = nil
	}
	return strings.Join([]string{q.Method, q.URL.Host, q.URL.Path, string(q.Body), rest.Encode()}, "\n")
}

// request returns the first request of a name that the run sent.
func (o *outcome) request(name string) replay.Request {
	asked := o.asked()
	return asked[slices.IndexFunc(asked, func(v replay.Visit) bool { return v.Name() == name })].Request
}

// succeeded is names without the requests whose status says everything, such as a 404 for a thing that is gone.
func (o *outcome) succeeded() []string {
	return slices.DeleteFunc(o.names(), func(name string) bool {
		return !slices.ContainsFunc(o.asked(), func(v replay.Visit) bool { return v.Name() == name && v.Status < http.StatusBadRequest })
	})
}

const noPages = notTried("the recording has no list of two pages that differ in the query of their addresses")

func tryPages(ctx context.Context, k *kit) error {
	empty := onScenario(true, "empty-tenant")(ctx, k)
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	pages := full.paged()
	if len(pages.names) == 0 {
		return judge(empty, noPages)
	}
	if err := k.circle(ctx, full, pages); err != nil {
		return judge(empty, fmt.Errorf("a list that repeats its first page: %w", err))
	}
	return judge(empty, nil)
}

// circle answers every request for a page of a list with its first page.
func (k *kit) circle(ctx context.Context, full *outcome, of pages) error {
	q := full.request(of.names[0])
	body, err := k.answerTo(ctx, q)
	if err != nil {
		return err
	}
	same := replay.Fault{
		Only: func(r replay.Request) bool {
			r.Body = q.Body // may have the page, too
			return listOf(r, of.parameter) == of.list
		},
		Edit: func(replay.Request, []byte) []byte { return body },
	}
	o, err := k.run(ctx, play{faults: []replay.Fault{same}, limit: 20 * time.Second})
	if err != nil {
		return err
	}
	if n := len(o.asked()); n > 2000 {
		return fmt.Errorf("it sends %d requests", n)
	}
	return o.sameKeys(full)
}

// answerTo gets the answer of the system itself.
func (k *kit) answerTo(ctx context.Context, q replay.Request) ([]byte, error) {
	var upstream replay.Upstream = &replay.Live{Transport: k.direct}
	if k.Fixture != nil {
		upstream = replay.NewPlayer(k.Fixture.Exchanges)
	}
	a, err := upstream.Answer(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	return a.Body, nil
}

func tryTwicePaged(ctx context.Context, k *kit, full *outcome) error {
	pages := full.paged().names
	if len(pages) == 0 {
		return noPages
	}
	var last any
	p := under(replay.Fault{Edit: func(q replay.Request, body []byte) []byte {
		return editItems(body, func(all []any) []any {
			switch q.Name() {
			case pages[0]:
				last = all[len(all)-1]
			case pages[1]:
				return append([]any{last}, all...)
			}
			return all
		})
	}})
	p.otherwise = k.behind(1)
	if k.Fixture != nil {
		p.scenario = fullPages(k.Fixture, full.request(pages[1]))
	}
	o, err := k.run(ctx, p)
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
	return o.lacksNone(full, true)
}

// fullPages returns a recording without the pages of a list by offset that begin behind a shorter page:
// there the list ends, and with one row more it does not. Second is the request for its second page.
func fullPages(f *replay.Fixture, second replay.Request) *replay.Fixture {
	before := -1 // the number of the first page
	for _, e := range f.Exchanges {
		if at, asked, ok := sameButNumber(e, second); ok && at < asked {
			before = max(before, at)
		}
	}
	some := *f
	some.Exchanges = slices.DeleteFunc(slices.Clone(f.Exchanges), func(e replay.Exchange) bool {
		at, asked, ok := sameButNumber(e, second)
		return ok && before >= 0 && at > asked && (at-asked)%(asked-before) != 0
	})
	return &some
}

// behind answers requests that were not recorded because more rows came before them: those for
// pages of recorded lists that begin at another row. Each such page begins behind so many rows
// more than in the recording.
func (k *kit) behind(more int) func(replay.Request) (replay.Answer, bool) {
	return func(q replay.Request) (none replay.Answer, known bool) {
		if k.Fixture == nil {
			return none, false
		}
		best, from, at := replay.Exchange{}, -1, 0
		for _, e := range k.Fixture.Exchanges {
			recorded, asked, ok := sameButNumber(e, q)
			if ok && recorded < asked && recorded > from {
				best, from, at = e, recorded, asked
			}
		}
		if from < 0 {
			return none, false
		}
		recorded := q
		var err error
		if recorded.URL, err = url.Parse(best.URL); err != nil {
			return none, false
		}
		a, err := replay.NewPlayer([]replay.Exchange{best}).Answer(context.Background(), recorded)
		if err != nil {
			return none, false
		}
		a.Body = editItems(a.Body, func(all []any) []any { return all[min(max(at-from-more, 0), len(all)):] })
		return a, a.Status != replay.StatusNotRecorded
	}
}

// sameButNumber reports whether a request differs from a recorded one in one number of its query
// alone, and returns the two numbers.
func sameButNumber(e replay.Exchange, q replay.Request) (recorded, asked int, ok bool) {
	a, errA := url.Parse(e.URL)
	b, errB := url.Parse(strings.TrimPrefix(q.Name(), q.Method+" ")) // without secrets, as it was recorded
	if errA != nil || errB != nil || e.Method != q.Method || a.Host != b.Host || a.Path != b.Path || e.Asked != string(q.Body) {
		return 0, 0, false
	}
	was, is, differ := a.Query(), b.Query(), 0
	for name := range is {
		if was.Get(name) == is.Get(name) {
			continue
		}
		differ++
		var errWas, errIs error
		recorded, errWas = strconv.Atoi(was.Get(name))
		asked, errIs = strconv.Atoi(is.Get(name))
		if errWas != nil || errIs != nil {
			return 0, 0, false
		}
	}
	return recorded, asked, differ == 1 && len(was) == len(is)
}

func tryNewFields(ctx context.Context, k *kit, full *outcome) error {
	o, err := k.run(ctx, under(eachObject(func(object map[string]any) {
		object["plumbline_unknown"] = map[string]any{"new": []any{1, "x", nil}}
	})))
	if err != nil {
		return err
	}
	if err := o.whole(full); err != nil {
		return err
	}
	return o.sameKeys(full)
}

// onEachRequest makes a case of eachRequest.
func onEachRequest(most int, fault replay.Fault, check func(full, o *outcome) error) func(context.Context, *kit) error {
	return func(ctx context.Context, k *kit) error { return k.eachRequest(ctx, most, fault, check) }
}

// eachRequest puts a fault on one request at a time, on at most most of them, and checks each
// run against the complete one.
func (k *kit) eachRequest(ctx context.Context, most int, fault replay.Fault, check func(full, o *outcome) error) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	return k.eachOf(ctx, full, spread(full.names(), most), fault, check)
}

// eachOf is eachRequest for the requests of these names.
func (k *kit) eachOf(ctx context.Context, full *outcome, names []string, fault replay.Fault, check func(full, o *outcome) error) error {
	var errs []error
	for _, name := range names {
		fault.Only = named(name)
		o, err := k.run(ctx, under(fault))
		if err == nil {
			err = check(full, o)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		errs = append(errs, err)
	}
	return judge(errs...)
}

// notWhole returns an error when a request failed and every stream is complete.
func notWhole(full, o *outcome) error {
	if len(full.claims()) == 0 {
		return notTried("no stream is complete, even without faults")
	}
	if len(o.claims()) >= len(full.claims()) {
		return errors.New("it failed, and every stream reports COMPLETE")
	}
	return o.honest(full)
}

// webPage is a page for people. It has status 200 whatever the answer has that it replaces: one that says
// that there is nothing means this in any form.
func webPage() replay.Fault {
	return replay.Fault{
		Status: http.StatusOK,
		Body:   "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in</body></html>",
		Header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
	}
}

func tryWebPage(ctx context.Context, k *kit) error {
	return k.eachRequest(ctx, 3, webPage(), func(full, o *outcome) error {
		if err := notWhole(full, o); err != nil {
			return err
		}
		return o.hasCode(sdk.CodeUpstreamInvalidResponse)
	})
}

const (
	bombBytes  = 256 << 20
	bombMemory = 256 << 20
)

func tryBadBodies(ctx context.Context, k *kit, full *outcome) error {
	half := k.eachOf(ctx, full, spread(full.succeeded(), 2), replay.Fault{Truncate: true}, notWhole)
	o, err := k.run(ctx, play{faults: []replay.Fault{first(full, replay.Fault{Bomb: bombBytes})}, limit: 45 * time.Second})
	if err == nil {
		err = notWhole(full, o)
	}
	if err == nil && o.peak > bombMemory {
		err = fmt.Errorf("it takes %d MiB of memory", o.peak>>20)
	}
	if err != nil {
		return judge(half, fmt.Errorf("a compressed bomb: %w", err))
	}
	return half
}

func tryLargeRecord(ctx context.Context, k *kit, full *outcome) error {
	var errs []error
	for _, size := range []int{sdk.MaxRecordBytes - 8<<10, sdk.MaxRecordBytes + 8<<10, sdk.HardRecordBytes + 8<<10} {
		grown := false
		fault := edited(func(all []any) []any {
			all[0], grown = pad(all[0], size), true
			return all
		})
		fault.Times = 1
		o, err := k.run(ctx, under(fault))
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
