package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// busyVendor has people with one request for each of them. It answers after a while, counts the
// requests of each second, and refuses all of them for a time once.
type busyVendor struct {
	people       int
	latency      time.Duration
	refuseAt     int // the request with which the refusals begin; 0 = never
	refuseFor    time.Duration
	mu           sync.Mutex
	begun        time.Time
	asked        int
	lists        int // requests of the list
	refused      int
	refusedUntil time.Time
	seconds      map[int]int
}

func (v *busyVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if wait := v.take(r); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	<-time.After(v.latency)
	w.Header().Set("Content-Type", "application/json")
	var answer any = map[string]any{"on": true}
	if r.URL.Path == "/users" {
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		all := []any{}
		for n := from; n < min(from+200, v.people); n++ {
			all = append(all, map[string]any{"id": fmt.Sprint("u", n)})
		}
		answer = map[string]any{"users": all, "next": map[bool]any{true: fmt.Sprint(from + 200)}[from+200 < v.people]}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// take counts a request, and returns how long the vendor refuses requests.
func (v *busyVendor) take(r *http.Request) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	if v.asked++; v.asked == 1 {
		v.begun = now
	}
	v.seconds[int(now.Sub(v.begun).Seconds())]++
	if v.asked == v.refuseAt {
		v.refusedUntil = now.Add(v.refuseFor)
	}
	if wait := v.refusedUntil.Sub(now); wait > 0 {
		v.refused++
		return wait
	}
	if r.URL.Path == "/users" {
		v.lists++
	}
	return 0
}

// TestTheBudgetIsUsed reads 10,000 people with one request each, within the budget that the host
// gives, in nearly the shortest time that it allows. After refusals the run goes on where it was.
func TestTheBudgetIsUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		perSecond float64
		latency   time.Duration
		refuseAt  int
	}{
		"a slow vendor": {20, 900 * time.Millisecond, 0},
		"refusals":      {20, 300 * time.Millisecond, 5000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const people, refused = 10_000, time.Minute
				v := &busyVendor{people: people, latency: test.latency, refuseAt: test.refuseAt, refuseFor: refused, seconds: map[int]int{}}
				rest := bearer + "limits: {requests_per_second: 20}\n" + strings.Replace(oneStream(`path: /users
paging: {token: {query: from, from: response.next}}
records: response.users
details: [{as: factor, path: '/users/{{ item.id }}/factor'}]`), "item.?mfa", "factor.on", 1)
				b := sdktest.NewBench(t, connectorOf(t, rest))
				b.Reach(t, v)
				b.TakeTime()
				in := given("https://api.acme.example")
				in.Deadline, in.Budgets = 2*time.Hour, &connectorv1.Budgets{RequestsPerSecond: test.perSecond}
				begun := time.Now()
				s := b.Sync(t, in).Streams["users"]
				took := time.Since(begun)
				if s.Result != "complete" || len(s.Records) != people || !strings.Contains(string(s.Records["u9999"]), `"mfa":"yes"`) {
					t.Fatalf("%s with %d, %v, %d gaps", s.Result, len(s.Records), s.Err, len(s.Gaps))
				}
				best := time.Duration(float64(v.asked) / test.perSecond * float64(time.Second))
				if test.refuseAt > 0 {
					best += refused
				}
				if took > best*11/10 {
					t.Errorf("it took %s; the budget allows %s", took, best)
				}
				for second, n := range v.seconds {
					if n > int(test.perSecond)+1 {
						t.Errorf("%d requests in second %d", n, second)
					}
				}
				if pages := people / 200; v.lists != pages || v.asked-v.refused != people+pages {
					t.Errorf("%d requests, %d of them for the list and %d refused", v.asked, v.lists, v.refused)
				}
				t.Logf("%d requests in %s, %d refused; the best is %s", v.asked, took, v.refused, best)
			})
		})
	}
}
