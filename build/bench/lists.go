package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"time"
)

// varied is the settings of a stream of accounts of about 400 bytes that differ
// in what lists ask for.
func varied(records, version int) map[string]any {
	users := map[string]any{"name": "users", "records": records, "page": page, "varied": true, "pad": 60}
	if version > 0 {
		users["changed_every"], users["version"] = 100, version
	}
	return map[string]any{"streams": []any{users}}
}

// listsAsked are lists a reader asks for: filtered, sorted, a page of 200.
var listsAsked = []url.Values{
	{"where": {"status:active", "mfa:no"}, "sort": {"-last_login_at"}},
	{"where": {"admin:yes"}, "sort": {"name"}},
	{"where": {"last_login_at<2026-03-01", "type:service"}, "sort": {"last_login_at"}},
	{"where": {"department:finance", "status!:active"}, "sort": {"-created_at"}},
	{"where": {"mfa:no,unknown"}, "sort": {"email"}},
}

// lists measures an agent that holds many accounts: its start, and lists of them.
func (b *bench) lists(ctx context.Context) error {
	var past time.Time // the end of the first sync
	if err := b.with(ctx, "lists", func(a *agent) error {
		if err := a.add(ctx, "corp", "", varied(b.listRecords, 0)); err != nil {
			return err
		}
		first, err := a.measured(ctx)
		if err != nil {
			return err
		}
		if n := users(first.run).Read; n != b.listRecords {
			return fmt.Errorf("%d records were read instead of %d", n, b.listRecords)
		}
		past = *first.run.FinishedAt
		if err := b.listBuild(ctx, a, past); err != nil {
			return err
		}
		if err := a.edit(ctx, "corp", varied(b.listRecords, 2)); err != nil {
			return err
		}
		if _, err := a.measured(ctx); err != nil {
			return err
		}
		return b.listCatchUp(ctx, a)
	}); err != nil {
		return err
	}
	if err := b.listStarts(ctx); err != nil {
		return err
	}
	return b.with(ctx, "lists", func(a *agent) error { return b.listPages(ctx, a, past) })
}

// ask times one list and returns how many records it is of.
func (a *agent) ask(ctx context.Context, query url.Values) (time.Duration, int, error) {
	query.Set("kind", "account")
	query.Set("limit", "200")
	var answer struct {
		Matched int  `json:"matched"`
		Scanned bool `json:"scanned"`
	}
	begun := time.Now()
	err := a.get(ctx, "/records?"+query.Encode(), &answer)
	if err == nil && answer.Scanned {
		err = errors.New("a list was read without its view")
	}
	return time.Since(begun), answer.Matched, err
}

func (b *bench) listBuild(ctx context.Context, a *agent, ended time.Time) error {
	if _, _, err := a.ask(ctx, url.Values{"sort": {"name"}}); err != nil {
		return err
	}
	took := time.Since(ended)
	size, err := sizeOf(filepath.Join(a.dir, "lists"))
	if err != nil {
		return err
	}
	note := fmt.Sprintf("end of the first sync to the first list of %d accounts, which needs its view built", b.listRecords)
	return b.print(
		figure{Name: "list_build", Figure: perSecond(b.listRecords, took), Unit: "records/s", Note: note},
		figure{
			Name: "list_bytes", Figure: float64(size) / float64(b.listRecords), Unit: "bytes/record",
			Note: "size of the view's files",
		},
		figure{
			Name: "list_anonymous_build", Figure: mib(a.anonymous.Load()), Unit: "MiB",
			Note: "largest of the agent up to then, with the first sync",
		},
	)
}

func (b *bench) listCatchUp(ctx context.Context, a *agent) error {
	before, err := sizeOf(filepath.Join(a.dir, "lists"))
	if err != nil {
		return err
	}
	took, _, err := a.ask(ctx, url.Values{"where": {"title:2"}, "sort": {"name"}})
	if err != nil {
		return err
	}
	after, err := sizeOf(filepath.Join(a.dir, "lists"))
	if err != nil {
		return err
	}
	note := fmt.Sprintf("first list after one record in a hundred changed; %d bytes were added to %d", after-before, before)
	return b.print(figure{Name: "list_catch_up", Figure: ms(took), Unit: "ms", Note: note})
}

// listStarts measures starts over the full store and the first list after one.
func (b *bench) listStarts(ctx context.Context) error {
	starts, firsts := make([]time.Duration, 5), make([]time.Duration, 5)
	for i := range starts {
		if err := b.with(ctx, "lists", func(a *agent) (err error) {
			starts[i] = a.Ready
			firsts[i], _, err = a.ask(ctx, maps.Clone(listsAsked[0]))
			return err
		}); err != nil {
			return err
		}
	}
	note := fmt.Sprintf("process start to first answer on the socket with %d accounts stored, median of %d; the slowest took %.0f ms",
		b.listRecords, len(starts), ms(slices.Max(starts)))
	return b.print(
		figure{Name: "agent_start_full", Figure: ms(percentile(starts, 50)), Unit: "ms", Note: note},
		figure{
			Name: "list_first", Figure: ms(percentile(firsts, 50)), Unit: "ms",
			Note: fmt.Sprintf("the first list after a start, median of %d", len(firsts)),
		},
	)
}

func (b *bench) listPages(ctx context.Context, a *agent, past time.Time) error {
	asOf := past.UTC().Format(time.RFC3339Nano)
	for _, m := range []struct {
		name, note string
		change     func(int, url.Values)
	}{
		{"list_p95", "filtered, sorted, page of 200", func(int, url.Values) {}},
		{"list_as_of", "the same as of the end of the first sync", func(_ int, q url.Values) { q.Set("as_of", asOf) }},
		{
			"list_search", "the same with a text that is searched for in all fields",
			func(i int, q url.Values) { q.Set("q", []string{"brandt", "ada.77", "zzz"}[i%3]) },
		},
	} {
		var times []time.Duration
		matched := 0
		for i := range 60 {
			query := maps.Clone(listsAsked[i%len(listsAsked)])
			m.change(i, query)
			took, n, err := a.ask(ctx, query)
			if err != nil {
				return err
			}
			times, matched = append(times, took), matched+n
		}
		note := fmt.Sprintf("95th percentile of %d lists of %d accounts: %s; median %.0f ms, %d records matched on average; %s",
			len(times), b.listRecords, m.note, ms(percentile(times, 50)), matched/len(times), machine())
		if err := b.print(figure{Name: m.name, Figure: ms(percentile(times, 95)), Unit: "ms", Note: note}); err != nil {
			return err
		}
	}
	return b.print(figure{
		Name: "list_anonymous", Figure: mib(anonymous(a.PID())), Unit: "MiB", Note: "anonymous memory of the agent after these lists",
	})
}
