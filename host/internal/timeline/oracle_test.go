package timeline_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/internal/timeline"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// oracleTests read everything that tests can read: the record alone, the clock, persons, what has their address, twins, counts.
func oracleTests() []verdict.Test {
	of := func(id, k, scope, expect string) verdict.Test {
		return verdict.Test{ID: id, Version: 1, Title: id, Kind: k, Scope: scope, Expect: expect, Severity: verdict.SeverityLow}
	}
	count := of("count", "account", "r.status == 'active'", "count <= 1")
	count.Count = &verdict.Count{Of: "r.admin", By: verdict.CountByConnection}
	all := of("count-all", "account", "", "share >= 0.5")
	all.Count = &verdict.Count{Of: "r.mfa", By: verdict.CountByAll}
	return []verdict.Test{
		of("alone", "account", "r.status == 'active'", "r.mfa"),
		of("clock", "account", "", "now - r.created_at < duration('96h') || r.mfa"),
		of("person", "account", "r.status == 'active'", "person != null && person.status == 'active'"),
		of("device", "person", "", "devices.exists(d, d.disk_encryption)"),
		of("accounts", "person", "", "accounts.all(a, a.mfa)"),
		of("twins", "device", "", "twins.all(d, d.disk_encryption)"),
		of("decided", "account", "", "account.in_scope && r.mfa"),
		count, all,
	}
}

// wander writes a random history of some days: syncs of several connections, facts that come and go, partial and failed reads, gaps,
// departures, persons who join and leave, decisions.
func (p *past) wander(random *rand.Rand, days int) {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	people := []string{"ann", "ben", "eve"}
	made := start.AddDate(0, 0, -random.IntN(4))
	state := map[string]map[string]any{} // what there is, by stream and key
	put := func(stream, key string, docs map[string]any, doc map[string]any) {
		if state[stream] == nil {
			state[stream] = map[string]any{}
		}
		if _, there := state[stream][key]; there && random.IntN(8) == 0 {
			delete(state[stream], key)
			docs[key] = gone{}
			return
		}
		state[stream][key], docs[key] = doc, doc
	}
	status := func() host.RunStatus {
		switch n := random.IntN(12); {
		case n == 0:
			return host.StatusFailed
		case n <= 2:
			return host.StatusPartial
		}
		return host.StatusSucceeded
	}
	for day := range days {
		for _, hour := range []int{3, 9, 17} {
			p.at(day, hour)
			for _, alias := range []string{"hr", "idp", "code", "mdm", "mdm2"} {
				if random.IntN(10) < 6 { // not every connection is due, and some rest for days
					continue
				}
				docs := map[string]any{}
				for _, who := range people {
					if random.IntN(3) > 0 {
						continue
					}
					email := who + "@acme.example"
					switch alias {
					case "hr":
						doc := map[string]any{"external_id": who, "name": who, "email": email, "status": pick("active", "active", "terminated")}
						if random.IntN(3) == 0 {
							doc["status"], doc["ended_on"] = "active", start.AddDate(0, 0, random.IntN(days)).Format(time.DateOnly)
						}
						put(alias, who, docs, doc)
					case "idp", "code":
						doc := accountOf(email, pick("yes", "yes", "yes", "no", "unknown"))
						doc["status"], doc["admin"] = pick("active", "active", "suspended"), pick("yes", "no", "no", "unknown")
						doc["created_at"] = made.AddDate(0, 0, random.IntN(3)).Format(time.RFC3339)
						put(alias, who, docs, doc)
					default:
						doc := map[string]any{"external_id": who, "serial": "s-" + who, "disk_encryption": pick("yes", "yes", "no", "unknown")}
						if random.IntN(3) > 0 {
							doc["owner_email"] = email
						}
						put(alias, who, docs, doc)
					}
				}
				of := map[string]kind.Kind{"hr": kind.KindPerson, "idp": kind.KindAccount, "code": kind.KindAccount}[alias]
				if of == "" {
					of = kind.KindDevice
				}
				p.read(alias, of, status(), docs)
			}
			if random.IntN(4) == 0 && p.ids["code"] != "" {
				out := random.IntN(2) == 0
				id := directory.AccountID(p.ids["code"], "accounts", people[random.IntN(len(people))])
				d := account.Decision{InScope: new(!out)}
				if out {
					d.Rationale = "agreed"
				}
				by := host.Actor{Kind: host.ActorPerson, ID: "t", Name: "t"}
				if err := p.people.Decide(hosttest.As(p.t), by, id, d, nil); err != nil && !host.IsNotFound(err) {
					p.t.Fatal(err)
				}
				p.now = p.now.Add(time.Second)
			}
			if random.IntN(2) == 0 {
				p.decide(random)
			}
		}
	}
	p.at(days, 0)
}

// decide excludes a random item of a random test for some time or until it is withdrawn, or withdraws the exclusion that stands.
func (p *past) decide(random *rand.Rand) {
	tests := oracleTests()
	test := tests[random.IntN(len(tests))]
	alias := map[string][]string{"person": {"hr"}, "account": {"idp", "code"}, "device": {"mdm", "mdm2"}}[test.Kind]
	n := verdict.NewExclusion{Reason: "agreed", ItemRef: verdict.ItemRef{
		Connection: alias[random.IntN(len(alias))], Key: []string{"ann", "ben", "eve"}[random.IntN(3)],
	}}
	switch {
	case p.ids[n.Connection] == "":
		return
	case test.Count != nil && test.Count.By == verdict.CountByAll:
		n.ItemRef = verdict.ItemRef{}
	case test.Count != nil:
		n.Key = ""
	}
	if random.IntN(3) > 0 {
		n.Until = p.now.Add(time.Duration(1+random.IntN(50)) * time.Hour).Format(time.RFC3339)
	}
	_, err := p.rules.Exclude(hosttest.As(p.t), test.ID, n)
	if code(err) == host.CodeConflict {
		q := rulebook.ExclusionQuery{Test: test.ID, Connection: n.Connection, States: []verdict.ExclusionState{verdict.ExclusionStands}}
		var standing []verdict.ItemExclusion
		standing, err = p.rules.Exclusions(q)
		for _, e := range standing {
			if e.Key == n.Key {
				p.withdraw(e)
			}
		}
	}
	if err != nil && !host.IsNotFound(err) {
		p.t.Fatal(err)
	}
	p.now = p.now.Add(time.Second)
}

// answer is what an oracle says of an item: its outcome, and at each moment that it looks at whether it did not hold, or cannot be said.
type answer struct {
	outcome    verdict.HeldOutcome
	no, cannot map[time.Time]bool
}

// oracle judges every item at every moment at which anything was committed or a day ends, and looks at many moments between.
type oracle struct {
	p        *past
	test     verdict.Test
	from, to time.Time
	clock    bool
	judged   []time.Time
	items    []map[string]verdict.Item // by moment that is judged
	looks    []time.Time
}

// commits returns the moments at which anything was committed in the period.
func (p *past) commits(from, to time.Time) (moments []time.Time) {
	marks, err := p.store.StreamMarks()
	must(p.t, err)
	for _, m := range marks {
		_, err := p.store.EachVersion(p.t.Context(), m.Connection, m.Name, func(v host.Version) error {
			moments = append(moments, v.At)
			return nil
		})
		must(p.t, err)
	}
	entries, _, err := p.store.Audit(p.t.Context(), journal.AuditQuery{Limit: 100_000})
	must(p.t, err)
	for _, e := range entries {
		moments = append(moments, e.At)
	}
	for id := range maps.Values(p.ids) {
		stats, err := p.store.StreamStats(id)
		must(p.t, err)
		for _, s := range stats {
			if s.FirstReadAt != nil {
				moments = append(moments, *s.FirstReadAt)
			}
		}
	}
	moments = slices.DeleteFunc(moments, func(at time.Time) bool { return at.Before(from) || !at.Before(to) })
	return ordered(moments)
}

func ordered(moments []time.Time) []time.Time {
	for i := range moments {
		moments[i] = moments[i].UTC()
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.CompactFunc(moments, time.Time.Equal)
}

// newOracle judges everything.
func newOracle(p *past, test verdict.Test, from, to time.Time, clock bool) *oracle {
	o := &oracle{p: p, test: test, from: from, to: to, clock: clock}
	o.judged = append(p.commits(from, to), from)
	excluded, err := p.rules.Exclusions(rulebook.ExclusionQuery{Test: test.ID})
	must(p.t, err)
	for _, e := range excluded {
		o.judged = append(o.judged, e.At)
		if e.Until != nil {
			o.judged = append(o.judged, *e.Until)
		}
		if e.Withdrawn != nil {
			o.judged = append(o.judged, e.Withdrawn.At)
		}
	}
	o.judged = slices.DeleteFunc(o.judged, func(at time.Time) bool { return at.Before(from) || !at.Before(to) })
	for at := start; clock && at.Before(to); at = at.AddDate(0, 0, 1) {
		if !at.Before(from) {
			o.judged = append(o.judged, at)
		}
	}
	if clock {
		o.judged = append(o.judged, to.Add(-1))
	}
	o.judged = ordered(o.judged)
	for _, at := range o.judged {
		items, err := p.timeline.JudgeAll(p.t.Context(), test.ID, at)
		must(p.t, err)
		o.items = append(o.items, items)
		o.looks = append(o.looks, at.Add(-1), at)
	}
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		o.looks = append(o.looks, at)
	}
	for _, ends := range p.whole {
		for _, at := range ends {
			o.looks = append(o.looks, at.Add(-1), at, at.Add(48*time.Hour), at.Add(48*time.Hour+1))
		}
	}
	o.looks = ordered(slices.DeleteFunc(o.looks, func(at time.Time) bool { return at.Before(from) || !at.Before(to) }))
	return o
}

// known reports whether a complete read of each of some lists ended at most two days before a moment.
func (o *oracle) known(lists []string, at time.Time) bool {
	for _, l := range lists {
		if !slices.ContainsFunc(o.p.whole[l], func(ended time.Time) bool { return !ended.After(at) && at.Sub(ended) <= 48*time.Hour }) {
			return false
		}
	}
	return true
}

// says returns what the oracle says of an item.
func (o *oracle) says(id string) answer {
	parts := strings.Split(id, "\x00")
	all, joined, err := o.p.timeline.Depends(o.p.t.Context(), o.test.ID, parts[0], parts[1])
	must(o.p.t, err)
	a := answer{no: map[time.Time]bool{}, cannot: map[time.Time]bool{}}
	there, excluded, follows := false, false, false
	for _, at := range slices.Backward(o.looks) {
		i, found := slices.BinarySearchFunc(o.judged, at, time.Time.Compare)
		if !found {
			i--
		}
		known, sure := o.known(all, at), o.known(joined, at)
		if o.test.Count != nil {
			sure = known
		}
		switch o.items[i][id].Outcome {
		case verdict.OutcomeFail:
			a.no[at], a.cannot[at] = sure, !known
			there, follows = true, true
		case verdict.OutcomeUnknown:
			a.cannot[at] = true
			there, follows = true, true
		case verdict.OutcomePass:
			a.cannot[at] = !known
			there, follows = true, true
		case verdict.OutcomeExcluded:
			excluded, follows = true, false
		default: // it may have been there already if nothing was read between
			follows = follows && !known
			a.cannot[at] = follows
		}
	}
	holds := func(of map[time.Time]bool) bool { return slices.Contains(slices.Collect(maps.Values(of)), true) }
	switch {
	case holds(a.no):
		a.outcome = verdict.HeldNo
	case holds(a.cannot):
		a.outcome = verdict.HeldCannotSay
	case there:
		a.outcome = verdict.HeldYes
	case excluded:
		a.outcome = verdict.HeldExcluded
	}
	return a
}

// differs compares an item with what the oracle says, at every moment that the oracle looked at.
func (o *oracle) differs(item verdict.HeldItem, a answer) string {
	if item.Outcome != a.outcome {
		return fmt.Sprintf("it is %q, the oracle says %q", item.Outcome, a.outcome)
	}
	for _, at := range o.looks {
		no, cannot := false, false
		for _, s := range item.Spans {
			in := !at.Before(s.From) && at.Before(s.To)
			no = no || in && s.Outcome == verdict.HeldNo
			cannot = cannot || in && s.Outcome == verdict.HeldCannotSay
		}
		if no != a.no[at] || cannot != a.cannot[at] {
			return fmt.Sprintf("at %s: no %t and cannot say %t, the oracle says %t and %t", at, no, cannot, a.no[at], a.cannot[at])
		}
	}
	return ""
}

// TestHeldEqualsTheOracle compares what is worked out by walking the versions with every item judged at every moment.
func TestHeldEqualsTheOracle(t *testing.T) {
	t.Parallel()
	seen := map[verdict.HeldOutcome]int{}
	states := map[verdict.ExclusionState]int{}
	causes := map[verdict.HeldCause]int{}
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 7))
		tests := oracleTests()
		p := openPast(t, tests...)
		p.wander(random, 9)
		excluded, err := p.rules.Exclusions(rulebook.ExclusionQuery{})
		must(t, err)
		for _, e := range excluded {
			states[e.State]++
		}
		from, to := start.Add(time.Duration(20+random.IntN(60))*time.Hour), p.now
		for _, test := range tests {
			held, err := p.timeline.TestHeld(t.Context(), test.ID, timeline.HeldQuery{From: from, To: to})
			must(t, err)
			o := newOracle(p, test, from, to, held.Clock)
			items := map[string]verdict.HeldItem{}
			for _, item := range held.Items {
				items[item.Connection+"\x00"+item.Stream+"\x00"+item.Key] = item
				seen[item.Outcome]++
				for _, s := range item.Spans {
					causes[s.Cause]++
				}
			}
			ids := slices.Collect(maps.Keys(items))
			for _, judged := range o.items {
				ids = append(ids, slices.Collect(maps.Keys(judged))...)
			}
			slices.Sort(ids)
			for _, id := range slices.Compact(ids) {
				if diff := o.differs(items[id], o.says(id)); diff != "" {
					t.Fatalf("seed %d, test %s, item %q: %s\n%+v", seed, test.ID, id, diff, items[id])
				}
			}
		}
	}
	t.Logf("items by outcome: %v, spans by cause: %v, exclusions by state: %v", seen, causes, states)
	if causes[verdict.HeldCauseExcluded] == 0 || states[verdict.ExclusionWithdrawn] == 0 || states[verdict.ExclusionEnded] == 0 {
		t.Errorf("the histories have too few exclusions: %v, %v", causes, states)
	}
	if seen[verdict.HeldYes] == 0 || seen[verdict.HeldNo] == 0 || seen[verdict.HeldCannotSay] == 0 {
		t.Errorf("the histories show too little: %v", seen)
	}
}
