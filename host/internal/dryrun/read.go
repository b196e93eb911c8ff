package dryrun

import (
	"context"
	"errors"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/source"
)

// History is what a dry run needs of the journal.
type History interface {
	EachVersion(ctx context.Context, connection, stream string, fn func(host.Version) error) (host.StreamMark, error)
}

// Request says what is tried.
type Request struct {
	Connector  host.Connector
	Connection host.Connection
	Open       source.Open // without its streams
	Removals   host.RemovalLimits
}

// Read reads a connection and compares it with what is stored. Report is called with how
// many records were read. An error says that the whole could not be tried.
func Read(
	ctx context.Context, starter source.Starter, history History, request Request, report func(stream string, read int),
) (result host.DryRun, err error) {
	connector, connection := request.Connector, request.Connection
	process, err := starter.Open(connector, connection.Settings)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, process.Close()) }()
	if err := process.Start(ctx); err != nil {
		return result, cause(ctx, err)
	}
	into := &sink{report: report, streams: map[string]*Comparison{}, skipped: map[string]bool{}}
	open := request.Open
	for _, info := range connector.Streams {
		c := NewComparison(info)
		if err := eachStored(ctx, history, connection.ID, info.Name, c.Stored); err != nil {
			return result, err
		}
		into.streams[info.Name] = c
		open.Streams = append(open.Streams, host.StreamRead{StreamInfo: info})
	}
	results, err := process.Sync(ctx, open, into)
	if err != nil {
		return result, cause(ctx, err)
	}
	result = host.DryRun{
		Connection: connection.ID, Alias: connection.Alias, Connector: connector.ID + " " + connector.Version, Streams: []host.DryRunStream{},
	}
	for _, r := range results {
		if into.skipped[r.Stream] && r.Problem == nil {
			continue // the connector has no such stream with these settings
		}
		c := into.streams[r.Stream]
		if err := eachStored(ctx, history, connection.ID, r.Stream, c.Show); err != nil {
			return result, err
		}
		r.Problem = connector.NameSettings(r.Problem)
		result.Streams = append(result.Streams, c.Result(r, request.Removals))
	}
	return result, nil
}

// cause returns why ctx ended when it has, else err.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); why != nil {
		return why
	}
	return err
}

// eachStored calls fn with the current records of a stream, which may have none yet.
func eachStored(ctx context.Context, history History, connection, stream string, fn func(key string, doc []byte)) error {
	last := ""
	_, err := history.EachVersion(ctx, connection, stream, func(v host.Version) error {
		if v.Key != last && !v.Removed { // the newest version of a key comes first
			fn(v.Key, v.Doc)
		}
		last = v.Key
		return nil
	})
	if problem := new(host.Problem); errors.As(err, &problem) && problem.Code == host.CodeNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read stored records of stream %s: %w", stream, err)
	}
	return nil
}

// sink compares instead of storing. It implements source.Sink, whose rules on goroutines
// keep its two maps apart: Commit alone uses the comparisons.
type sink struct {
	report  func(stream string, read int)
	streams map[string]*Comparison
	read    int
	skipped map[string]bool
}

// Commit implements source.Sink.
func (s *sink) Commit(_ context.Context, group host.Group) error {
	c := s.streams[group.Stream]
	for _, w := range group.Writes {
		if w.Removed {
			c.Gone(w.Key)
		} else {
			c.Sent(w.Key, w.Doc)
		}
	}
	s.read += len(group.Writes)
	s.report(group.Stream, s.read)
	return nil
}

// Finish implements source.Sink. The results are returned by Sync, too.
func (s *sink) Finish(host.StreamResult) error { return nil }

// Progress implements source.Sink.
func (s *sink) Progress(p source.Progress) {
	if p.Status == host.StatusSkipped {
		s.skipped[p.Step] = true
	}
}

// Log implements source.Sink. A dry run keeps no log.
func (s *sink) Log(string, string, string) {}
