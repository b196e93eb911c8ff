package runs

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// LogQuery asks for lines of a run's log.
type LogQuery struct {
	Run    string
	Newest bool   // the newest line first, else the oldest
	From   int    // go on behind the line with this number, in the order of the query; 0 = begin
	Level  string // this level and the more serious ones; empty = all
	Step   string // empty = of all steps
	Text   string // part of the message, in any case
	Limit  int    // 0 = 1000
}

// LogPage is a page of a run's log.
type LogPage struct {
	Lines   []host.Log
	More    bool // at least one line follows the page
	Total   int  // lines of the whole log, whatever the query
	Matches int  // lines that match the query; only when the page begins the list
}

// levels are the levels of log lines, the most serious last.
var levels = []string{"debug", "info", "warn", "error"}

// Matches reports whether a line is asked for.
func (q *LogQuery) Matches(line *host.Log) bool {
	return slices.Index(levels, line.Level) >= slices.Index(levels, q.Level) && (q.Step == "" || q.Step == line.Step) &&
		(q.Text == "" || strings.Contains(strings.ToLower(line.Message), strings.ToLower(q.Text)))
}

// filters reports whether the query leaves lines out.
func (q *LogQuery) filters() bool { return q.Level != "" || q.Step != "" || q.Text != "" }

// plainText are texts that JSON writes as they are.
var plainText = regexp.MustCompile(`^[a-z0-9 .,:;/_()@#%+*=!?-]+$`)

// couldMatch is a quick look at a stored line: decoding a million of them takes seconds.
// False is certain.
func (q *LogQuery) couldMatch(item *badgerdir.Item) (can bool, err error) {
	if !q.filters() {
		return true, nil
	}
	text := []byte(strings.ToLower(q.Text))
	err = item.Value(func(raw []byte) error {
		can = true
		for _, level := range levels[:max(slices.Index(levels, q.Level), 0)] {
			can = can && !bytes.Contains(raw, []byte(`"level":"`+level+`"`))
		}
		if can && plainText.Match(text) {
			can = bytes.Contains(bytes.ToLower(raw), text)
		}
		return nil
	})
	return can, err
}

// Logs returns lines of a run's log. A page costs as much as it has lines; the first page of
// a query that leaves lines out reads the whole log to count those that match.
func (t *Table) Logs(q LogQuery) (page LogPage, err error) {
	limit := ledger.Limit(q.Limit, 1000)
	prefix := layout.Key(layout.PrefixLog, q.Run)
	options := badgerdir.Prefetching()
	options.Prefix, options.Reverse = prefix, q.Newest
	from := layout.LogKey(q.Run, max(q.From, 0)+1)
	if q.Newest {
		from = layout.LogEnd(q.Run)
		if q.From > 0 {
			from = layout.LogKey(q.Run, q.From-1)
		}
	}
	err = t.ledger.View(func(txn *badgerdir.Txn) error {
		page = LogPage{}
		if _, err := layout.LoadRun(txn, q.Run); err != nil {
			return err
		}
		if page.Total, err = lastLine(txn, q.Run); err != nil {
			return err
		}
		count := q.From == 0 && q.filters()
		err := layout.EachFrom(txn, options, from, func(item *badgerdir.Item) error {
			var line host.Log
			if can, err := q.couldMatch(item); err != nil || !can {
				return err
			}
			if err := layout.Unmarshal(item, &line); err != nil {
				return err
			}
			if !q.Matches(&line) {
				return nil
			}
			page.Matches++
			if len(page.Lines) < limit {
				page.Lines = append(page.Lines, line)
				return nil
			}
			page.More = true
			if count {
				return nil
			}
			return layout.ErrStop
		})
		if !q.filters() {
			page.Matches = page.Total
		}
		return err
	})
	if err != nil {
		return page, fmt.Errorf("read log: %w", err)
	}
	return page, nil
}
