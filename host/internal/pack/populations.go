package pack

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/export"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Listed is what the manifest says of a population.
type Listed struct {
	File        string     `json:"file"`
	CSV         string     `json:"csv"`
	Connection  string     `json:"connection"`
	Alias       string     `json:"alias"`
	Connector   string     `json:"connector"`
	List        string     `json:"list"`
	Kind        string     `json:"kind"`
	Filter      string     `json:"filter"`
	ExtractedAt *time.Time `json:"extracted_at"` // when the latest run that read all of it ended; null = never
	WholeRun    string     `json:"whole_run"`    // that run
	LastRun     string     `json:"last_run"`     // the latest run that read it at all
	Complete    bool       `json:"complete"`     // that run read all of it
	Stale       bool       `json:"stale"`        // it is older than tests allow
	Gaps        []string   `json:"gaps"`         // what could not be read
	Judged      bool       `json:"judged"`       // tests judge its records; false = they look things up in it
	Records     int64      `json:"records"`
	DaysProven  int        `json:"days_proven"`
	DaysPart    int        `json:"days_part"`
	DaysBlind   int        `json:"days_blind"`
}

// row is a record as a population has it. Data are its canonical bytes, of which Hash is the SHA-256.
type row struct {
	Key        string          `json:"key"`
	Hash       string          `json:"hash"`
	Run        string          `json:"run"`
	ObservedAt time.Time       `json:"observed_at"`
	Data       json.RawMessage `json:"data"`
}

var notPlain = regexp.MustCompile(`[^a-z0-9._-]+|\.\.+`)

// fileName returns a name that every file system takes. A name that had to be changed gets a part of its hash, so that two stay two.
func fileName(alias, list string) string {
	name := alias + "." + list
	safe := strings.Trim(notPlain.ReplaceAllString(strings.ToLower(name), "_"), ".")
	if safe == name && len(safe) <= 100 {
		return safe
	}
	sum := sha256.Sum256([]byte(alias + "\x00" + list))
	return safe[:min(len(safe), 100)] + "-" + hex.EncodeToString(sum[:6])
}

// populations writes the lists that tests read.
func (a *archive) populations(c *Content, m *manifest) error {
	for i := range c.Populations {
		p := &c.Populations[i]
		base := "populations/" + fileName(p.Alias, p.Stream)
		file, err := a.add(base+".jsonl", func(o *output) error {
			lines := newLines(o)
			err := p.Records(a.ctx, func(r host.Record) error {
				return lines.write(row{Key: r.Key, Hash: r.Hash, Run: r.Run, ObservedAt: r.ObservedAt.UTC(), Data: r.Data})
			})
			return lines.end(err)
		})
		if err != nil {
			return err
		}
		if err := a.populationSheet(base+".csv", p); err != nil {
			return err
		}
		m.predicate.Records += file.Records
		m.predicate.Populations = append(m.predicate.Populations, listed(p, base, file.Records))
	}
	if err := a.populationIndex(m.predicate.Populations); err != nil {
		return err
	}
	return a.coverage(c)
}

func listed(p *Population, base string, records int64) Listed {
	l := Listed{
		File: base + ".jsonl", CSV: base + ".csv", Connection: p.Connection, Alias: p.Alias, Connector: p.Connector, List: p.Stream, Kind: p.Kind,
		Filter: p.Filter, Complete: p.Complete, Stale: p.Stale, Gaps: append([]string{}, p.Gaps...), Judged: p.Direct, Records: records,
		DaysProven: p.Days.Proven, DaysPart: p.Days.Part, DaysBlind: p.Days.Blind,
	}
	if p.WholeRun != nil {
		at := p.WholeRun.FinishedAt.UTC()
		l.ExtractedAt, l.WholeRun = &at, p.WholeRun.ID
	}
	if p.LastRun != nil {
		l.LastRun = p.LastRun.ID
	}
	return l
}

// populationSheet writes a population for spreadsheets: the fields of its kind, without the vendor's own.
func (a *archive) populationSheet(name string, p *Population) error {
	described := kind.Describe(kind.Kind(p.Kind))
	header := []string{"key"}
	for _, f := range described {
		header = append(header, f.Name)
	}
	if len(described) == 0 {
		header = append(header, "document")
	}
	header = append(header, "observed_at", "run", "hash")
	return a.sheet(name, header, func(write func(...any) error) error {
		return p.Records(a.ctx, func(r host.Record) error {
			cells := []any{r.Key}
			if len(described) == 0 {
				cells = append(cells, r.Data)
			} else {
				var members map[string]json.RawMessage
				_ = json.Unmarshal(r.Data, &members) // a stored document is an object; of anything else the cells stay empty
				for _, f := range described {
					cells = append(cells, members[f.Name])
				}
			}
			return write(append(cells, r.ObservedAt.UTC(), r.Run, r.Hash)...)
		})
	})
}

func (a *archive) populationIndex(all []Listed) error {
	header := []string{"file", "connection", "connector", "list", "kind", "filter", "extracted_at", "whole_run", "complete", "stale", "gaps",
		"judged", "records", "days_proven", "days_part", "days_blind"}
	return a.sheet("populations.csv", header, func(write func(...any) error) error {
		for _, l := range all {
			err := write(l.File, l.Alias, l.Connector, l.List, l.Kind, l.Filter, l.ExtractedAt, l.WholeRun, l.Complete, l.Stale,
				strings.Join(l.Gaps, " | "), l.Judged, int(l.Records), l.DaysProven, l.DaysPart, l.DaysBlind)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// coverage writes how far each list was read on each day.
func (a *archive) coverage(c *Content) error {
	header := []string{"connection", "list", "first_day", "last_day", "days", "coverage", "cause", "why", "run"}
	return a.sheet("coverage.csv", header, func(write func(...any) error) error {
		for i := range c.Populations {
			p := &c.Populations[i]
			for _, s := range p.Spans {
				if err := write(p.Alias, p.Stream, s.From, s.To, s.Days, string(s.Coverage), string(s.Cause), s.Why, s.Run); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// sheet writes a file for spreadsheets: each writes one row. A text that a spreadsheet would run as a formula has an apostrophe before it.
func (a *archive) sheet(name string, header []string, rows func(write func(cells ...any) error) error) error {
	_, err := a.add(name, func(o *output) error {
		buffered := bufio.NewWriterSize(o, 64<<10)
		table := csv.NewWriter(buffered)
		if err := table.Write(header); err != nil {
			return err
		}
		err := rows(func(cells ...any) error {
			o.counted()
			texts := make([]string, len(cells))
			for i, cell := range cells {
				var err error
				if texts[i], err = export.Cell(cell); err != nil {
					return err
				}
			}
			return table.Write(texts)
		})
		if err != nil {
			return err
		}
		if table.Flush(); table.Error() != nil {
			return table.Error()
		}
		return buffered.Flush()
	})
	return err
}

// lines writes JSON lines.
type lines struct {
	out     *output
	buffer  *bufio.Writer
	encoder *json.Encoder
}

func newLines(o *output) *lines {
	l := &lines{out: o, buffer: bufio.NewWriterSize(o, 64<<10)}
	l.encoder = json.NewEncoder(l.buffer)
	l.encoder.SetEscapeHTML(false)
	return l
}

func (l *lines) write(value any) error {
	l.out.counted()
	return l.encoder.Encode(value)
}

// end writes what is left, unless something failed.
func (l *lines) end(err error) error {
	if err != nil {
		return err
	}
	return l.buffer.Flush()
}
