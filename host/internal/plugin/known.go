package plugin

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Known returns the programs whose description is in memory, sorted by id, and the ids of
// the others. It starts no program and reads no program's file.
func (c *Catalog) Known(pinned []Pinned) (list []host.Connector, others []string, err error) {
	paths, err := c.paths(pinned)
	if err != nil {
		return nil, nil, err
	}
	list = make([]host.Connector, 0, len(paths))
	for id, found := range paths {
		s := c.stat(id, found)
		connector := s.connector
		if !s.final {
			e, ok := c.remembered(s)
			if !ok {
				others = append(others, id)
				continue
			}
			connector = e.connector
		}
		list = append(list, connector)
	}
	slices.SortFunc(list, func(a, b host.Connector) int { return strings.Compare(a.ID, b.ID) })
	slices.Sort(others)
	return list, others, nil
}

// seen is what the file of a candidate says before the program is asked.
type seen struct {
	program   Program
	info      fs.FileInfo
	final     bool // connector is the answer: the program need not or cannot be asked
	connector host.Connector
}

func (c *Catalog) stat(id string, found candidate) seen {
	if found.pinned != nil && found.pinned.Described != nil {
		return seen{final: true, connector: *found.pinned.Described}
	}
	s := seen{program: Program{ID: id, Path: found.path}}
	var err error
	if s.info, err = os.Stat(found.path); err != nil {
		return seen{final: true, connector: Unusable(id, found.path, unreadable(id, found.path, err))}
	}
	s.program.Interpreter, err = c.launcher.interpreterOf(s.program)
	if err == nil && s.program.Described() && !found.pinned.runBy(s.program.Interpreter) {
		err = c.interpreterChanged(id)
	}
	if err != nil {
		return seen{final: true, connector: Unusable(id, found.path, asProblem(id, err))}
	}
	return s
}

// remembered returns the description in memory, if the file is still the one described.
func (c *Catalog) remembered(s seen) (entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.known[s.program.Path]
	fresh := e.until.IsZero() || time.Now().Before(e.until)
	same := ok && fresh && e.size == s.info.Size() && e.modified.Equal(s.info.ModTime()) && e.interpreter == s.program.Interpreter
	return e, same
}

// describe returns what a program says of itself, from memory, from the cache on disk, or
// by asking the program. Callers at one moment share one question.
func (c *Catalog) describe(ctx context.Context, id string, found candidate) host.Connector {
	for {
		s := c.stat(id, found)
		if s.final {
			return s.connector
		}
		if e, ok := c.remembered(s); ok && !e.passing {
			return e.connector
		}
		done, mine := c.turn(s.program.Path)
		if mine {
			defer c.answered(s.program.Path)
			return c.described(ctx, s, found.pinned)
		}
		select {
		case <-done:
			if e, ok := c.remembered(s); ok && e.passing {
				return e.connector // asked a moment ago
			}
		case <-ctx.Done():
			return Unusable(id, found.path, asProblem(id, ctx.Err()))
		}
	}
}

// turn reports whether the caller is the one to ask the program at path. If not, done is
// closed when the other has its answer.
func (c *Catalog) turn(path string) (done <-chan struct{}, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if done, ok := c.asking[path]; ok {
		return done, false
	}
	c.asking[path] = make(chan struct{})
	return nil, true
}

// answered ends what turn began.
func (c *Catalog) answered(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.asking[path])
	delete(c.asking, path)
}

// described asks a program and remembers its answer.
func (c *Catalog) described(ctx context.Context, s seen, pinned *Pinned) host.Connector {
	answer := entry{size: s.info.Size(), modified: s.info.ModTime(), interpreter: s.program.Interpreter}
	connector, err := c.ask(ctx, s.program, pinned, s.info)
	if err != nil {
		p := asProblem(s.program.ID, err)
		connector = Unusable(s.program.ID, s.program.Path, p)
		if ctx.Err() != nil {
			return connector // it says nothing about the program
		}
		answer.passing = p.Fault == host.FaultHost && p.Retry == host.RetryAfter
		if p.Retry == host.RetryAfter {
			answer.until = time.Now().Add(retryAfter)
		}
	}
	answer.connector = connector
	c.mu.Lock()
	c.known[s.program.Path] = answer
	c.mu.Unlock()
	return connector
}
