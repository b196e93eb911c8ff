package insight

import "time"

// Figures say how reliably connections were read.
type Figures struct {
	Runs         int `json:"runs" doc:"Finished runs, without the cancelled ones"`
	Completed    int `json:"completed"`
	Partial      int `json:"partial" doc:"Something was read, and something was not"`
	Failed       int `json:"failed" doc:"The cause lies with the company or with this machine"`
	Inconclusive int `json:"inconclusive" doc:"The cause is an outage, a limit or a bug: it says nothing about the company's systems"`
	Cancelled    int `json:"cancelled" doc:"A person stopped them, or they never began; in no other figure"`

	Success *float64 `json:"success" doc:"Share of the runs that completed, from 0 to 1; null without runs"`
	Median  *float64 `json:"median_seconds" doc:"Of the completed runs, by nearest rank; null without one"`
	P95     *float64 `json:"p95_seconds" doc:"95th percentile of the completed runs, by nearest rank; null without one"`

	Repairs int      `json:"repairs" doc:"How often a run completed after one that had not"`
	Repair  *float64 `json:"repair_seconds" doc:"How long that took on average, from the end of the first run that did not complete; null without one"`
	Broken  int      `json:"broken" doc:"Connections whose last run of the span did not complete"`

	LateRuns    int     `json:"late_runs" doc:"Runs that began a minute or more after their schedule wanted them"`
	LateMinutes float64 `json:"late_minutes" doc:"By how much, all together"`
	Due         int     `json:"due" doc:"Runs of which it is recorded when their schedule wanted them"`
}

// tally counts towards Figures.
type tally struct {
	by          [5]int // by outcome
	took        []int64
	repairs     int
	repair      time.Duration
	broken      int
	late        time.Duration
	lates, dues int
}

// add counts the facts of one connection, oldest first.
func (t *tally) add(facts []*Fact) {
	var down int64 // when the first run ended that did not complete; 0 = the last one did
	for _, f := range facts {
		t.by[f.outcome]++
		if f.Due > 0 && f.Began > 0 {
			t.dues++
		}
		if late := f.Late(); late > 0 {
			t.lates, t.late = t.lates+1, t.late+late
		}
		switch f.outcome {
		case cancelled:
		case completed:
			if took, ok := f.Took(); ok {
				t.took = append(t.took, int64(took))
			}
			if down > 0 {
				t.repairs, t.repair, down = t.repairs+1, t.repair+time.Duration(f.Ended-down), 0
			}
		default:
			if down == 0 {
				down = f.Ended
			}
		}
	}
	if down > 0 {
		t.broken++
	}
}

// join counts what another tally has counted. The durations of the other come in another order.
func (t *tally) join(o *tally) {
	for i, n := range o.by {
		t.by[i] += n
	}
	t.took = append(t.took, o.took...)
	t.repairs, t.repair, t.broken = t.repairs+o.repairs, t.repair+o.repair, t.broken+o.broken
	t.late, t.lates, t.dues = t.late+o.late, t.lates+o.lates, t.dues+o.dues
}

func (t *tally) figures() Figures {
	f := Figures{
		Completed: t.by[completed], Partial: t.by[partial], Failed: t.by[failed], Inconclusive: t.by[inconclusive],
		Cancelled: t.by[cancelled], Repairs: t.repairs, Broken: t.broken, LateRuns: t.lates, LateMinutes: t.late.Minutes(), Due: t.dues,
	}
	f.Runs = f.Completed + f.Partial + f.Failed + f.Inconclusive
	if f.Runs > 0 {
		f.Success = new(float64(f.Completed) / float64(f.Runs))
	}
	if len(t.took) > 0 {
		f.Median, f.P95 = new(percentile(t.took, 50)), new(percentile(t.took, 95))
	}
	if t.repairs > 0 {
		f.Repair = new(t.repair.Seconds() / float64(t.repairs))
	}
	return f
}

// percentile returns the value at the nearest rank in seconds. It reorders the values.
func percentile(values []int64, percent int) float64 {
	rank := (percent*len(values)+99)/100 - 1
	return time.Duration(nth(values, rank)).Seconds()
}

// nth returns the value that would stand at a place if the values were in order. It reorders them: sorting two hundred thousand of
// them for each answer would take longer than everything else.
func nth(values []int64, place int) int64 {
	low, high := 0, len(values)-1
	for low < high {
		pivot := values[low+(high-low)/2]
		i, j := low, high
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case place <= j:
			high = j
		case place >= i:
			low = i
		default:
			return values[place]
		}
	}
	return values[place]
}
