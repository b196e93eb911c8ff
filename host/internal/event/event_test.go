package event_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host/internal/event"
)

func words(events []event.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.Topic+" "+e.ID+" "+e.Kind)
	}
	return all
}

// wait asks and must not have to wait.
func wait(t *testing.T, l *event.Log, after uint64) (got []string, last uint64, reset bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	events, last, reset := l.Wait(ctx, after)
	return words(events), last, reset
}

func TestWaitAnswersAtOnce(t *testing.T) {
	t.Parallel()
	l := event.New(3)
	start := l.Last()
	if start == 0 || start > 1<<53-1 {
		t.Errorf("first number %d does not stay exact in JSON or cannot be told from none", start)
	}
	var numbers []uint64
	for i := range 5 {
		numbers = append(numbers, l.Publish("run", fmt.Sprint(i), "changed").Seq)
	}
	tests := []struct {
		name  string
		after uint64
		want  []string
		reset bool
	}{
		{"what is in the log", numbers[1], []string{"run 2 changed", "run 3 changed", "run 4 changed"}, false},
		{"the newest", numbers[3], []string{"run 4 changed"}, false},
		{"nothing new", numbers[4], nil, false},
		{"what fell out", numbers[0], nil, true},
		{"the beginning", start, nil, true},
		{"a number of the process before", start - 1, nil, true},
		{"no number", 0, nil, true},
		{"a number never given", numbers[4] + 1, nil, true},
	}
	for _, test := range tests {
		got, last, reset := wait(t, l, test.after)
		if !slices.Equal(got, test.want) || reset != test.reset || last != numbers[4] {
			t.Errorf("%s: %v, last %d, reset %v; want %v, %d, %v", test.name, got, last, reset, test.want, numbers[4], test.reset)
		}
	}
}

func TestFullLogThatLostNothingTheReaderWants(t *testing.T) {
	t.Parallel()
	l := event.New(2)
	start := l.Last()
	l.Publish("run", "1", "a")
	l.Publish("run", "2", "a")
	if got, _, reset := wait(t, l, start); reset || len(got) != 2 {
		t.Errorf("got %v, reset %v", got, reset)
	}
}

func TestRepeatsMerge(t *testing.T) {
	t.Parallel()
	l := event.New(4)
	start := l.Last()
	for range 3 {
		l.Publish("run", "1", "changed")
	}
	seen := l.Last()
	l.Publish("run", "1", "finished")
	l.Publish("run", "1", "changed")
	got, last, _ := wait(t, l, start)
	want := []string{"run 1 changed", "run 1 finished", "run 1 changed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events differ (-want +got):\n%s", diff)
	}
	// A reader who has seen the newest one still hears of its repetition.
	l.Publish("run", "1", "changed")
	if got, _, reset := wait(t, l, last); len(got) != 1 || reset {
		t.Errorf("after a repetition: %v, reset %v", got, reset)
	}
	if got, _, reset := wait(t, l, seen); len(got) != 2 || reset {
		t.Errorf("from the middle: %v, reset %v", got, reset)
	}
}

func TestWaitWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := event.New(10)
		answers := make(chan []string, 2)
		for range 2 {
			after := l.Last()
			go func() {
				events, _, _ := l.Wait(t.Context(), after)
				answers <- words(events)
			}()
		}
		synctest.Wait()
		if len(answers) != 0 {
			t.Fatal("answered before there was an event")
		}
		l.Publish("host", "", "stopping")
		for range 2 {
			if got := <-answers; !slices.Equal(got, []string{"host  stopping"}) {
				t.Errorf("got %v", got)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		begun := time.Now()
		events, last, reset := l.Wait(ctx, l.Last())
		if len(events) != 0 || reset || last != l.Last() || time.Since(begun) != 25*time.Second {
			t.Errorf("after %v: %v, %d, %v", time.Since(begun), events, last, reset)
		}
	})
}

// TestARunThatGoesOnIsPaced plays a run that reports progress every 250 ms and then ends.
func TestARunThatGoesOnIsPaced(t *testing.T) {
	t.Parallel()
	const pace = 2 * time.Second
	synctest.Test(t, func(t *testing.T) {
		l := event.New(100)
		after, begun := l.Last(), time.Now()
		go func() {
			l.PublishRun("c", "r", "started")
			for range 9 {
				time.Sleep(250 * time.Millisecond)
				l.PublishRun("c", "r", event.KindProgress)
			}
			time.Sleep(100 * time.Millisecond)
			l.PublishRun("c", "r", event.KindFinished)
		}()
		var got []string
		for len(got) == 0 || got[len(got)-1] != "2.35s run r finished" {
			events, last, reset := l.WaitPaced(t.Context(), after, pace)
			if reset || len(events) == 0 {
				t.Fatalf("%d events, reset %v", len(events), reset)
			}
			for _, w := range words(events) {
				got = append(got, time.Since(begun).String()+" "+w)
			}
			after = last
		}
		want := []string{"2s run r started", "2s run r progress", "2.35s run r progress", "2.35s run r finished"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answers differ (-want +got):\n%s", diff)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if events, last, reset := l.WaitPaced(ctx, after, pace); len(events) != 0 || last != after || reset {
			t.Errorf("with nothing new: %v, %d, %v", events, last, reset)
		}
		if _, _, reset := l.WaitPaced(t.Context(), after+1, pace); !reset {
			t.Error("a number never given is no reason to begin again")
		}
	})
}

func TestEventsNameTheirConnection(t *testing.T) {
	t.Parallel()
	l := event.New(4)
	for name, e := range map[string]event.Event{
		"c": l.PublishRun("c", "r", "queued"),
		"d": l.Publish("connection", "d", "changed"),
		"":  l.Publish("connector", "csv", "changed"),
	} {
		if e.Connection != name {
			t.Errorf("%s %s is of the connection %q, want %q", e.Topic, e.ID, e.Connection, name)
		}
	}
}

func TestNextProcessGoesOnHigher(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := event.New(10)
		for range 1000 {
			first.Publish("run", "x", "changed")
		}
		time.Sleep(2 * time.Millisecond)
		second := event.New(5000)
		for i := range 1500 { // past the first one's numbers, if they began alike
			second.Publish("run", fmt.Sprint(i), "changed")
		}
		if _, _, reset := wait(t, second, first.Last()); !reset {
			t.Error("a reader of the process before is not told to begin again")
		}
	})
}

// TestNoReaderMissesAnything holds readers of any speed against the whole story.
func TestNoReaderMissesAnything(t *testing.T) {
	t.Parallel()
	l := event.New(8)
	const total = 3000
	var wg sync.WaitGroup
	start := l.Last()
	for reader := range 4 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(reader), 1))
			after, next := start, 0
			for next < total {
				events, last, reset := l.Wait(t.Context(), after)
				if reset {
					next = int(last - start) // it fetched everything
				}
				for _, e := range events {
					var n int
					if _, err := fmt.Sscan(e.ID, &n); err != nil || n < next {
						t.Errorf("event %s after %d (%v)", e.ID, next, err)
						return
					}
					if n != next {
						t.Errorf("event %d follows %d without a reset", n, next-1)
						return
					}
					next++
				}
				after = last
				for range random.IntN(200) {
					_ = l.Last() // a slow reader
				}
			}
		})
	}
	for i := range total {
		l.Publish("run", fmt.Sprint(i), "changed")
	}
	wg.Wait()
}

func TestJSON(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(event.Event{Seq: 1, Topic: "run", ID: "r", Kind: "finished", At: time.Unix(0, 0).UTC(), Connection: "c"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"seq":1,"topic":"run","id":"r","kind":"finished","at":"1970-01-01T00:00:00Z","connection":"c"}`; string(raw) != want {
		t.Errorf("event is %s, want %s", raw, want)
	}
}
