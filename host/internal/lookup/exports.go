package lookup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/export"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// ExportRequest says what is exported, by the filters of the list of that thing.
type ExportRequest struct {
	What   string `json:"what" enum:"records,changes,audit,log,connections,runs,accounts"`
	Format string `json:"format" enum:"csv,jsonl"`
	ExportFilter
}

// ExportFilter are the filters of all lists that can be exported. One that the list in
// question does not have is refused.
type ExportFilter struct {
	Connections []string `json:"connection,omitempty" doc:"records, changes, runs: ids or aliases; empty for all"`
	Kind        string   `json:"kind,omitempty" doc:"records, changes: kind of the records"`
	Stream      string   `json:"stream,omitempty" doc:"records, changes"`
	Where       []string `json:"where,omitempty" doc:"records: conditions as in list-records"`
	Query       string   `json:"q,omitempty" doc:"records, changes, log, connections, accounts"`
	Sort        string   `json:"sort,omitempty" doc:"records, accounts"`
	AsOf        string   `json:"as_of,omitempty" doc:"records: a moment as in list-records"`
	Since       string   `json:"since,omitempty" doc:"changes, audit: a time or a day"`
	Until       string   `json:"until,omitempty" doc:"changes, audit: a time or the end of a day"`
	Run         string   `json:"run,omitempty" doc:"changes, log: id of a run"`
	Change      string   `json:"change,omitempty" enum:"added,changed,removed" doc:"changes"`
	Diff        bool     `json:"diff,omitempty" doc:"changes: also what differs"`
	Collection  string   `json:"collection,omitempty" doc:"audit"`
	Key         string   `json:"key,omitempty" doc:"audit"`
	Actor       string   `json:"actor,omitempty" doc:"audit"`
	Level       string   `json:"level,omitempty" enum:"debug,info,warn,error" doc:"log"`
	Step        string   `json:"step,omitempty" doc:"log"`
	Owner       []string `json:"owner,omitempty" doc:"connections: owners, or none"`
	Connector   string   `json:"connector,omitempty" doc:"connections"`
	Needs       string   `json:"needs,omitempty" enum:"you" doc:"connections: those that a person has to act on"`

	Health   []string `json:"health,omitempty" doc:"connections: healthy, unhealthy, unknown, paused"`
	Reason   []string `json:"reason,omitempty" doc:"connections: reasons of health"`
	Category []string `json:"category,omitempty" doc:"connections"`
	Order    string   `json:"order,omitempty" enum:"newest,urgent" doc:"connections"`

	Page   account.Page `json:"page,omitempty" enum:"all,access-review,background-check,infrastructure,observability,version-control" doc:"accounts: left out = all"`
	Facets []string     `json:"facet,omitempty" doc:"accounts: as in list-accounts"`
}

// filtersOf are the filters that each list has.
var filtersOf = map[string][]string{
	host.ExportRecords:     {"connection", "kind", "stream", "where", "q", "sort", "as_of"},
	host.ExportChanges:     {"connection", "kind", "stream", "change", "run", "since", "until", "q", "diff"},
	host.ExportAudit:       {"collection", "key", "actor", "since", "until"},
	host.ExportLog:         {"run", "level", "step", "q"},
	host.ExportConnections: {"health", "reason", "category", "owner", "connector", "needs", "q", "order"},
	host.ExportRuns:        {"connection"},
	host.ExportAccounts:    {"page", "facet", "q", "sort"},
}

// check returns the filter as JSON, or refuses what the list does not have.
func (r *ExportRequest) check() (filter json.RawMessage, err error) {
	allowed, known := filtersOf[r.What]
	if !known {
		return nil, host.Invalid("what", r.What, "must be records, changes, audit, log, connections, runs or accounts")
	}
	if r.Format != host.FormatCSV && r.Format != host.FormatJSONL {
		return nil, host.Invalid("format", r.Format, "must be csv or jsonl")
	}
	raw, err := json.Marshal(r.ExportFilter)
	if err != nil {
		return nil, fmt.Errorf("encode filter: %w", err)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return nil, fmt.Errorf("decode filter: %w", err)
	}
	for name, value := range given {
		if !slices.Contains(allowed, name) {
			p := host.Invalid(name, value, "is no filter of a list of "+r.What)
			p.Remedy = "These are: " + strings.Join(allowed, ", ") + "."
			return nil, p
		}
	}
	if r.What == host.ExportLog && r.Run == "" {
		return nil, host.Invalid("run", nil, "is missing: a log is that of a run")
	}
	return raw, nil
}

// sheet is a list that is ready to be written.
type sheet struct {
	head    export.Head
	name    []string // of the file
	columns []string
	total   int // of rows; 0 = not known
	each    func(ctx context.Context, row func(item any, cells []any) error) error
}

// StartExport begins to write a list into a file; Task follows it. The audit log has an
// entry for its beginning, before anything is read for the file, and one for its end.
func (l *Lookup) StartExport(ctx context.Context, request ExportRequest) (host.Task, error) {
	return actor.Act(ctx, func(by host.Actor) (host.Task, error) {
		filter, err := request.check()
		if err != nil {
			return host.Task{}, err
		}
		if err := l.parts.Store.Room(); err != nil {
			return host.Task{}, err
		}
		s, err := l.sheet(ctx, request)
		if err != nil {
			return host.Task{}, err
		}
		if err := l.head(&s, request, filter, by); err != nil {
			return host.Task{}, err
		}
		id := task.NewID()
		e := host.Export{
			ID: id, What: request.What, Format: request.Format, Filter: filter, AsOf: s.head.AsOf, StartedAt: s.head.MadeAt.UTC(), Status: "running",
			File: export.Name(s.name, s.head.MadeAt, request.Format), By: &by,
		}
		return l.parts.Tasks.StartAs(ctx, id, "export", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			made, err := l.export(ctx, e, s, report)
			return func(t *host.Task) { t.Export, t.Done, t.Total = &made, made.Rows, made.Rows }, err
		})
	})
}

// head adds to the heading what is the same for every list.
func (l *Lookup) head(s *sheet, request ExportRequest, filter json.RawMessage, by host.Actor) error {
	workspace, err := l.parts.Store.Workspace()
	if err != nil {
		return err
	}
	if workspace.Demo {
		s.name = append([]string{"demo"}, s.name...)
	}
	h := &s.head
	h.Product, h.Version, h.What, h.Demo, h.Filter = "Plumbline", l.parts.Version, request.What, workspace.Demo, filter
	h.MadeAt, h.TimeZone, h.MadeBy = l.parts.Now().In(l.parts.Location).Truncate(time.Second), l.parts.Location.String(), by.String()
	return nil
}

// sheet prepares the list of a request.
func (l *Lookup) sheet(ctx context.Context, r ExportRequest) (sheet, error) {
	switch r.What {
	case host.ExportRecords:
		return l.recordSheet(ctx, r)
	case host.ExportChanges:
		return l.changeSheet(ctx, r)
	case host.ExportAudit:
		return l.auditSheet(r)
	case host.ExportLog:
		return l.logSheet(r)
	case host.ExportConnections:
		return l.connectionSheet(ctx, r)
	case host.ExportAccounts:
		return l.accountSheet(ctx, r)
	}
	return l.runSheet(r)
}

// register is the collection of exports, for the audit log and for the list of them.
func (l *Lookup) register() *documents.Collection[host.Export] {
	return documents.NewCollection(l.parts.Store.Documents, "export", func(e host.Export) string { return e.File })
}

func (l *Lookup) exportFiles() export.Files { return export.In(export.Dir(l.parts.DataDir)) }

// export writes a file and what became of it into the audit log.
func (l *Lookup) export(ctx context.Context, e host.Export, s sheet, report func(task.Progress)) (host.Export, error) {
	if _, err := l.exportFiles().Sweep(time.Now()); err != nil {
		l.parts.Logger.Error("delete old exports", "err", err)
	}
	entered, err := l.register().Put(ctx, e.ID, e, 0)
	if err != nil {
		return e, fmt.Errorf("enter export into the audit log: %w", err)
	}
	sum, err := l.writeExport(ctx, e, s, report)
	now := time.Now().UTC()
	until := now.Add(export.Kept)
	e.FinishedAt, e.Status = &now, "done"
	switch {
	case err != nil && ctx.Err() != nil:
		e.Status = "cancelled"
	case err != nil:
		e.Status = "failed"
	default:
		e.Rows, e.Bytes, e.SHA256, e.KeptUntil = sum.Rows, sum.Bytes, sum.SHA256, &until
	}
	if _, wrong := l.register().Put(context.WithoutCancel(ctx), e.ID, e, entered.Revision); wrong != nil {
		err = errors.Join(err, fmt.Errorf("enter end of export into the audit log: %w", wrong))
	}
	return e, err
}

// roomEvery is after how many rows the disk is looked at.
const roomEvery = 5000

func (l *Lookup) writeExport(ctx context.Context, e host.Export, s sheet, report func(task.Progress)) (sum export.Sum, err error) {
	err = l.exportFiles().Write(e.ID, e.File, func(to io.Writer) (err error) {
		w := export.New(to, e.Format, s.columns)
		if err := w.Begin(s.head); err != nil {
			return err
		}
		done := int64(0)
		report(task.Progress{Phase: "rows", Total: int64(s.total)})
		err = s.each(ctx, func(item any, cells []any) error {
			if done++; done%roomEvery == 0 {
				if err := l.parts.Store.Room(); err != nil {
					return err
				}
			}
			if done%100 == 0 {
				report(task.Progress{Phase: "rows", Done: done, Total: int64(s.total)})
			}
			return errors.Join(w.Row(item, cells), ctx.Err())
		})
		if err != nil {
			return err
		}
		sum, err = w.End()
		return err
	})
	if errors.Is(err, syscall.ENOSPC) {
		err = (&host.Problem{
			Code: host.CodeDiskFull, Message: "the disk that holds the data directory is full", Remedy: "Free some space, then export again.",
			Fault: host.FaultHost, Retry: host.RetryAfter,
		}).Because(err)
	}
	if err != nil {
		return sum, fmt.Errorf("write export: %w", err)
	}
	return sum, nil
}

// Exports returns the exports that were made, newest first. KeptUntil is absent for those
// whose file is gone.
func (l *Lookup) Exports() ([]host.Export, error) {
	all, err := l.register().List()
	if err != nil {
		return nil, err
	}
	list := make([]host.Export, 0, len(all))
	for _, d := range slices.Backward(all) {
		e := d.Value
		if _, err := l.exportFiles().Find(e.ID, time.Now()); err != nil {
			e.KeptUntil = nil
		}
		list = append(list, e)
	}
	return list, nil
}

// ExportFile returns the file of an export while it is kept.
func (l *Lookup) ExportFile(id string) (export.File, error) {
	if t, err := l.parts.Tasks.Get(context.Background(), id, -1); err == nil && t.Status == "running" {
		p := host.Refused(host.CodeBusy, "Wait until its task is done.", "the export is still being written")
		p.Retry = host.RetryAfter
		return export.File{}, p
	}
	return l.exportFiles().Find(id, time.Now())
}

// CloseExports deletes the files that are kept no longer, and enters into the audit log that
// an export ended which the last stop of the host cut off.
func (l *Lookup) CloseExports() error {
	_, swept := l.exportFiles().Sweep(time.Now())
	all, err := l.register().List()
	errs := []error{swept, err}
	ctx := host.WithActor(context.Background(), host.AgentActor())
	for _, d := range all {
		if d.Value.Status != "running" {
			continue
		}
		d.Value.Status = "failed"
		_, err := l.register().Put(ctx, d.Key, d.Value, d.Revision)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
