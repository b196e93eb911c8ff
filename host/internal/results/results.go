package results

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// format is the number of this form of rows and state. Files of another are made again.
const format = 1

// State is which sheets hold.
type State struct {
	Format   int              `json:"format"`
	Position string           `json:"position"` // of the journal
	At       time.Time        `json:"at"`       // the moment for which it was judged
	Joins    string           `json:"joins"`    // what joins had beside rows, in short
	Rules    string           `json:"rules"`    // which tests there were, and how they were judged, in short
	Sheets   map[string]Sheet `json:"sheets"`   // by SheetName
}

// Sheet is the results of one stream.
type Sheet struct {
	File      string    `json:"file"`
	Number    uint32    `json:"number"` // of the stream in the journal
	Kind      string    `json:"kind"`
	Of        string    `json:"of"`        // what tests read of its connection, in short
	MarkAt    time.Time `json:"mark_at"`   // commit time of the latest version that it has
	Day       string    `json:"day"`       // on which every record was last judged by the tests that read the time
	Variables []string  `json:"variables"` // of Row.Joined
	Tests     []Column  `json:"tests"`     // of Row.Marks
	Rows      int       `json:"rows"`
}

// Column is a test of a sheet.
type Column struct {
	Test      string       `json:"test"`
	Signature string       `json:"signature"`       // of everything that decides what it finds, but the records
	Counts    map[byte]int `json:"counts"`          // of rows by mark
	Failed    int64        `json:"failed"`          // since when a row fails that has for longest, in seconds; 0 = none
	Error     string       `json:"error,omitempty"` // of a row that could not be judged
}

// SheetName names the sheet of a stream.
func SheetName(connection, stream string) string { return connection + "\x00" + stream }

// Store is a directory of results.
type Store struct {
	dir string
	key []byte

	mu    sync.Mutex
	state State
}

const stateFile = "state"

// Open returns the results in a directory that may not exist. What cannot be read is as if it were not there.
func Open(dir string, key []byte) *Store {
	s := &Store{dir: dir, key: key, state: empty()}
	var raw []byte
	err := eachBlock(filepath.Join(dir, stateFile), key, stateFile, func(block []byte) error {
		raw = append(raw, block...)
		return nil
	})
	var stored State
	if err == nil && json.Unmarshal(raw, &stored) == nil && stored.Format == format && stored.Sheets != nil {
		s.state = stored
	}
	return s
}

func empty() State { return State{Format: format, Sheets: map[string]Sheet{}} }

// State returns which sheets hold now.
func (s *Store) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.state
	state.Sheets = maps.Clone(state.Sheets)
	return state
}

// Each calls fn with the rows of a sheet, by key, until it returns an error.
func (s *Store) Each(name string, sheet Sheet, fn func(Row) error) error {
	return eachBlock(filepath.Join(s.dir, sheet.File), s.key, name, func(block []byte) error {
		for c := (cutter{rest: block}); len(c.rest) > 0; {
			row := c.row()
			if c.err != nil {
				return damaged(c.err)
			}
			if err := fn(row); err != nil {
				return err
			}
		}
		return nil
	})
}

// Write writes the rows that fill adds, by key, into a new file, and returns its name. It counts only once Save names it.
func (s *Store) Write(name string, fill func(add func(*Row) error) error) (file string, err error) {
	if err := durable.MakeDirs(s.dir, 0o700); err != nil {
		return "", fmt.Errorf("make directory of results: %w", err)
	}
	file = "sheet-" + strings.ToLower(rand.Text())
	err = durable.Write(filepath.Join(s.dir, file), 0o600, func(to io.Writer) error {
		w, err := newWriter(to, s.key, name)
		if err != nil {
			return err
		}
		err = fill(func(row *Row) error {
			w.block = row.append(w.block)
			if len(w.block) < blockBytes {
				return nil
			}
			return w.flush()
		})
		if err != nil {
			return err
		}
		return w.end()
	})
	return file, err
}

// Save makes a state the one that holds, and deletes the files that it does not name.
func (s *Store) Save(state State) error {
	state.Format = format
	raw, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode results: %w", err)
	}
	if err := durable.MakeDirs(s.dir, 0o700); err != nil {
		return fmt.Errorf("make directory of results: %w", err)
	}
	err = durable.Write(filepath.Join(s.dir, stateFile), 0o600, func(to io.Writer) error {
		w, err := newWriter(to, s.key, stateFile)
		if err != nil {
			return err
		}
		for len(raw) > 0 {
			n := min(len(raw), blockBytes)
			w.block = append(w.block, raw[:n]...)
			raw = raw[n:]
			if err := w.flush(); err != nil {
				return err
			}
		}
		return w.end()
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.state = state
	s.mu.Unlock()
	s.sweep(state)
	return nil
}

// Moved keeps in memory that the sheets hold up to another position. It is written with the next Save.
func (s *Store) Moved(position string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Position, s.state.At = position, at
}

// Forget makes the state empty: everything is made again.
func (s *Store) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = empty()
}

// sweep deletes the files that a state does not name. One that a reader holds may stay on some systems; the next sweep meets it again.
func (s *Store) sweep(state State) {
	named := map[string]bool{stateFile: true}
	for _, sheet := range state.Sheets {
		named[sheet.File] = true
	}
	entries, _ := os.ReadDir(s.dir) // it was just written to
	for _, entry := range entries {
		if !named[entry.Name()] && entry.Type().IsRegular() {
			_ = os.Remove(filepath.Join(s.dir, entry.Name()))
		}
	}
}
