package packing

import (
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/control"
)

// Request says what a pack is wanted of.
type Request struct {
	Framework string   `json:"framework" doc:"Id of a framework, such as soc2"`
	From      string   `json:"from" doc:"Begin of the period: a day, or a time in RFC 3339"`
	To        string   `json:"to" doc:"End of the period: a day, which is in it, or a time in RFC 3339. Records and results are of then"`
	Controls  []string `json:"controls,omitempty" doc:"Ids of controls; absent = every control of the framework"`
	Preview   bool     `json:"preview,omitempty" doc:"Say what the pack would hold, and keep nothing"`
}

// mostDays bounds a period.
const mostDays = 3 * 366

// wanted is a request that was understood.
type wanted struct {
	framework           control.Framework
	controls            []control.Control // that meet a requirement of it, by id
	from, until, moment time.Time
}

// understand checks a request.
func (p *Packer) understand(r Request) (w wanted, err error) {
	var faults host.Faults
	if w.framework, err = frameworkOf(r.Framework); err != nil {
		faults.Add(err)
	}
	now := p.parts.Store.Clock()
	if w.from, err = p.day("from", r.From, 0); err != nil {
		faults.Add(err)
	}
	if w.until, err = p.day("to", r.To, 1); err != nil {
		faults.Add(err)
	}
	if err := faults.Err(); err != nil {
		return w, err
	}
	switch {
	case !w.from.Before(w.until):
		return w, host.Invalid("to", r.To, "must be later than from")
	case w.from.After(now):
		return w, host.Invalid("from", r.From, "lies in the future; a pack is of what was read")
	case w.until.Sub(w.from) > mostDays*24*time.Hour:
		return w, host.Invalid("from", r.From, "is more than three years before to; make several packs")
	}
	w.moment = w.until
	if now.Before(w.until) {
		w.moment = now
	}
	w.controls, err = controlsOf(w.framework.ID, r.Controls)
	return w, err
}

// day reads a moment. A day is its beginning, or its last nanosecond when it is included.
func (p *Packer) day(field, text string, included int) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	date, err := time.ParseInLocation(time.DateOnly, text, p.parts.Location)
	if err != nil {
		return date, host.Invalid(field, text, "must be a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z")
	}
	year, month, day := date.Date()
	return time.Date(year, month, day+included, 0, 0, 0, -included, p.parts.Location), nil
}

func frameworkOf(id string) (control.Framework, error) {
	all, err := control.Frameworks()
	if err != nil {
		return control.Framework{}, err
	}
	ids := ""
	for i := range all {
		if all[i].ID == id {
			return all[i], nil
		}
		ids += ", " + all[i].ID
	}
	return control.Framework{}, host.Invalid("framework", id, "must be one of "+ids[2:])
}

// controlsOf returns the controls of a framework, or those of them that were chosen.
func controlsOf(framework string, chosen []string) ([]control.Control, error) {
	all, err := control.Controls()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c control.Control) bool { return len(c.Requirements[framework]) == 0 })
	for _, id := range chosen {
		if !slices.ContainsFunc(all, func(c control.Control) bool { return c.ID == id }) {
			return nil, host.Invalid("controls", id, "is no control that meets a requirement of this framework")
		}
	}
	if len(chosen) > 0 {
		all = slices.DeleteFunc(all, func(c control.Control) bool { return !slices.Contains(chosen, c.ID) })
	}
	return all, nil
}
