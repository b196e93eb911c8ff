package admission_test

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/admission"
)

const mib = int64(1) << 20

// roomy is a machine with two processors, 4 GiB and nothing to do.
var roomy = admission.Machine{Processors: 2, Total: 4096 * mib, Free: 3000 * mib}

func TestRefuse(t *testing.T) {
	t.Parallel()
	full, busy, blind := roomy, roomy, admission.Machine{Processors: 2}
	full.Free, busy.Pressure = 500*mib, 0.95
	gone, large := admission.Machine{Total: 4096 * mib, Free: -mib}, admission.Machine{Total: 1 << 40, Free: 1100 * mib}
	small := admission.Demand{Memory: 40 * mib}
	person := admission.Demand{Memory: 40 * mib, Person: true}
	load := func(running, starting int, growth int64) admission.Load {
		return admission.Load{Running: running, Starting: starting, Growth: growth * mib}
	}
	working := func(running int) admission.Load { return admission.Load{Running: running, Busy: 0.7} }
	tests := map[string]struct {
		machine admission.Machine
		load    admission.Load
		demand  admission.Demand
		want    string // what it waits for, and a part of why; empty = nothing
	}{
		"no run":                                {roomy, load(0, 0, 0), small, ""},
		"no run and little memory":              {admission.Machine{Processors: 1, Total: 64 * mib}, load(0, 0, 0), small, ""},
		"no run on a busy machine":              {busy, load(0, 0, 0), small, ""},
		"many that wait for their vendors":      {roomy, load(59, 1, 0), small, ""},
		"the slots that are for people":         {roomy, load(60, 0, 0), small, "slot: at most 60 syncs"},
		"a person takes one of those":           {roomy, load(63, 0, 0), person, ""},
		"no slot at all":                        {roomy, load(64, 0, 0), person, "slot: at most 64 syncs"},
		"as many start as there are processors": {roomy, load(5, 2, 0), small, "slot: for its turn: 2 connectors are just starting"},
		"a person starts beside them":           {roomy, load(5, 2, 0), person, ""},
		"two people do not":                     {roomy, load(5, 3, 0), person, "slot: 3 connectors"},
		"one starts on a busy machine":          {busy, load(5, 1, 0), small, "slot: 1 connector is just starting"},
		"a few run on a busy machine":           {busy, load(15, 0, 0), small, ""},
		"many, of which others are the reason":  {busy, load(16, 0, 0), small, ""},
		"many, that are the reason":             {busy, working(16), small, "processor: 70 % of all, and programs wait for one 95 % of the time"},
		"a few, that are the reason":            {busy, working(15), small, ""},
		"many that work on a large machine":     {roomy, working(16), small, ""},
		"a person beside many that work":        {busy, working(16), person, ""},
		"memory enough for it and the reserve":  {full, load(5, 0, 50), small, ""},
		"memory that the running ones may take": {full, load(5, 0, 51), small,
			"memory: 500 MiB are free; the running syncs may still take 51 MiB, it may take 40 MiB, and 409 MiB stay free"},
		"a large one":                               {roomy, load(5, 0, 0), admission.Demand{Memory: 2600 * mib}, "memory: it may take 2600 MiB"},
		"a person makes no memory":                  {full, load(5, 0, 51), person, "memory: 500 MiB"},
		"more gone than there was":                  {gone, load(1, 0, 0), small, "memory: 0 MiB are free"},
		"a system that does not tell its memory":    {blind, load(15, 0, 0), small, ""},
		"and more than its processors may carry":    {blind, load(16, 0, 0), small, "memory: at most 16 syncs"},
		"the reserve of a large machine is bounded": {large, load(1, 0, 0), small, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := admission.Rules{Most: 64}.Refuse(test.machine, test.load, test.demand)
			kind, why, _ := strings.Cut(test.want, ": ")
			switch {
			case test.want == "" && got != nil:
				t.Errorf("it waits: %+v", *got)
			case test.want != "" && got == nil:
				t.Errorf("it may begin, want it to wait for %s", test.want)
			case got != nil && (got.For != kind || !strings.Contains(got.Why, why) || !strings.HasPrefix(got.Why, "waits for ")):
				t.Errorf("it waits for %s: %s; want %s", got.For, got.Why, test.want)
			}
		})
	}
}

func TestASmallNumberKeepsNoPlaceForPeople(t *testing.T) {
	t.Parallel()
	for most, want := range map[int]int{1: 1, 4: 4, 15: 15, 16: 15, 64: 60, 1000: 938} {
		if got := (admission.Rules{Most: most}).Scheduled(); got != want {
			t.Errorf("of %d runs, %d may be scheduled ones, want %d", most, got, want)
		}
	}
	got := admission.Rules{Most: 1}.Refuse(roomy, admission.Load{Running: 1}, admission.Demand{})
	if got == nil || got.For != host.WaitsForSlot || !strings.Contains(got.Why, "at most 1 sync may") {
		t.Errorf("the second of one is told %+v", got)
	}
}
