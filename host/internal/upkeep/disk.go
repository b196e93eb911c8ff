package upkeep

import (
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Disk is how much room there is where the data is.
type Disk struct {
	Paused  bool       `json:"paused" doc:"Nothing is added: syncs wait, reading goes on"`
	Since   *time.Time `json:"since" doc:"When that began"`
	Free    uint64     `json:"free_bytes"`
	Floor   uint64     `json:"floor_bytes" doc:"Writing pauses below this"`
	Needed  uint64     `json:"needed_bytes" doc:"Writing goes on from this on, once it has paused"`
	Ballast uint64     `json:"ballast_bytes" doc:"Set aside for an orderly end"`
	Message string     `json:"message" doc:"What is wrong, in one sentence; empty when nothing is"`
	Remedy  string     `json:"remedy" doc:"What to do about it"`
}

// Disk says how much room there is.
func (u *Upkeep) Disk() Disk {
	have, err := u.config.Store.Space()
	if err != nil {
		return Disk{Message: "The free space on the disk cannot be measured: " + err.Error()}
	}
	d := Disk{Paused: have.Paused, Free: have.Free, Floor: have.Floor, Needed: have.Resume, Ballast: have.Ballast}
	if have.Paused {
		d.Since = &have.Since
		d.Message = fmt.Sprintf("Writing is paused: %d MiB are free on the disk, %d MiB are needed.", have.Free>>20, have.Resume>>20)
		missing := have.Resume - min(have.Free, have.Resume)
		d.Remedy = fmt.Sprintf("Free %d MiB; syncs then go on by themselves. Reading works meanwhile.", missing>>20+1)
	}
	return d
}

// ExamineSpace is the doctor's line about the disk.
func (u *Upkeep) ExamineSpace() host.Finding {
	f := host.Finding{ID: "disk", Title: "Free disk space", Status: "ok"}
	d := u.Disk()
	switch {
	case d.Floor == 0:
		f.Status, f.Message = "warn", d.Message
		return f
	case d.Paused:
		f.Status, f.Fix = "fail", d.Remedy
		f.Message = fmt.Sprintf("%d MiB free, %d MiB are needed: writing is paused since %s, reading goes on",
			d.Free>>20, d.Needed>>20, d.Since.Local().Format(time.DateTime))
	case d.Free < 2*d.Floor:
		f.Status, f.Fix = "warn", "Free disk space soon."
		f.Message = fmt.Sprintf("%d MiB free; below %d MiB writing pauses", d.Free>>20, d.Floor>>20)
	default:
		f.Message = fmt.Sprintf("%d MiB free; below %d MiB writing pauses", d.Free>>20, d.Floor>>20)
	}
	if d.Ballast > 0 {
		f.Message += fmt.Sprintf("; %d MiB set aside for an orderly end", d.Ballast>>20)
	}
	return f
}

// ExamineHistory returns the doctor's lines about how long history is kept and when the
// store was last maintained.
func (u *Upkeep) ExamineHistory() ([]host.Finding, error) {
	past, err := u.config.Store.Maintenance()
	if err != nil {
		return nil, err
	}
	holds, err := u.config.Store.Holds()
	if err != nil {
		return nil, err
	}
	kept := host.Finding{ID: "history", Title: "History", Status: "ok", Message: "kept from the beginning"}
	if past.HistorySince != nil {
		kept.Message = "kept since " + past.HistorySince.Local().Format(time.DateTime)
	}
	if len(holds) > 0 {
		kept.Message += fmt.Sprintf("; %d holds keep more", len(holds))
	}
	kept.Message += fmt.Sprintf("; the store takes %d MiB", past.Bytes>>20)
	return []host.Finding{kept, {ID: "upkeep", Title: "Upkeep", Status: "ok", Message: maintained(past)}}, nil
}

func maintained(past host.Maintenance) string {
	if past.LastAt == nil {
		return "not yet; a running agent maintains the store when nothing is synced"
	}
	parts := []string{"last on " + past.LastAt.Local().Format(time.DateTime)}
	if past.Pruning {
		parts = append(parts, "pruning goes on at the next quiet moment")
	}
	if past.PrunedAt != nil && past.Pruned != nil {
		r := past.Pruned
		parts = append(parts, fmt.Sprintf("pruned on %s: %d versions, %d entries of the change log, %d runs, %d logs; %d MiB given back",
			past.PrunedAt.Local().Format(time.DateTime), r.Versions, r.Changes, r.Runs, r.Logs, past.GivenBack>>20))
	}
	return strings.Join(parts, "; ")
}
