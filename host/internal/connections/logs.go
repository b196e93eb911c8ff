package connections

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// LogQuery asks for lines of a run's log.
type LogQuery struct {
	Newest bool   // the newest line first, else the oldest
	After  int    // number of the last line that is known; the oldest line first
	Level  string // this level and the more serious ones; empty = all
	Step   string // name of the step; empty = all
	Query  string // part of the message, in any case
	Limit  int
	Cursor string // Next of the page before
}

// LogPage is a page of a run's log.
type LogPage struct {
	Items       []host.Log `json:"items"`
	Demo        bool       `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
	Next        string     `json:"next_cursor,omitempty" doc:"Send as cursor, with the same order and filters, for the lines that follow; absent on the last page"`
	Lines       int        `json:"lines" doc:"Of the whole log, whatever the filters"`
	Matches     *int       `json:"matches,omitempty" doc:"Lines that pass the filters; on the first page, absent on others"`
	Explanation string     `json:"explanation,omitempty" doc:"Set when the run has ended and its log is empty: why that can be"`
}

// Logs returns lines of a run's log, also those of an active run that are not stored yet.
func (k *Keeper) Logs(id string, q LogQuery) (LogPage, error) {
	run, err := k.Run(id)
	if err != nil {
		return LogPage{}, err
	}
	asked := journal.LogQuery{Run: id, Newest: q.Newest, From: q.After, Level: q.Level, Step: q.Step, Text: q.Query, Limit: q.Limit}
	if q.Cursor != "" {
		if asked.From, err = strconv.Atoi(q.Cursor); err != nil || asked.From < 1 {
			return LogPage{}, host.Invalid("cursor", q.Cursor, "is not a cursor that this list returned")
		}
	}
	pending := k.parts.Supervisor.PendingLogs(id) // before the store is read, so that no line is missed
	stored, err := k.parts.Store.Logs(asked)
	if err != nil {
		return LogPage{}, fmt.Errorf("read run log: %w", err)
	}
	// What has been stored meanwhile is not pending any more.
	pending = slices.DeleteFunc(slices.Clone(pending), func(line host.Log) bool { return line.Number <= stored.Total })
	page := merged(stored, pending, asked, q.Limit)
	page.Lines = stored.Total + len(pending)
	if page.Lines == 0 && run.Status.Final() {
		page.Explanation = "The run wrote no log, or its log is older than store.log_retention keeps logs."
	}
	if asked.From > 0 {
		page.Matches = nil
	}
	return page, nil
}

// merged adds lines that are not stored yet, which are newer than all others, to a page.
func merged(stored journal.LogPage, pending []host.Log, q journal.LogQuery, limit int) LogPage {
	matches := stored.Matches
	var newer []host.Log
	for i := range pending {
		if !q.Matches(&pending[i]) {
			continue
		}
		matches++
		if q.From == 0 || !q.Newest && pending[i].Number > q.From || q.Newest && pending[i].Number < q.From {
			newer = append(newer, pending[i])
		}
	}
	lines, more := stored.Lines, stored.More
	if q.Newest {
		slices.Reverse(newer)
		lines = append(newer, lines...)
	} else if !more {
		lines = append(lines, newer...)
	}
	if len(lines) > limit {
		lines, more = lines[:limit], true
	}
	page := LogPage{Items: lines, Matches: &matches}
	if page.Items == nil {
		page.Items = []host.Log{}
	}
	if more {
		page.Next = strconv.Itoa(lines[len(lines)-1].Number)
	}
	return page
}
