package anchor

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// What a line was written for.
const (
	Begun    = "begun"    // the file begins with a new journal
	Run      = "run"      // a run has ended
	Edit     = "edit"     // documents were edited
	Deleted  = "deleted"  // the connection was deleted
	Restored = "restored" // the journal was restored from a backup
	Lost     = "lost"     // the file, or its end, was missing
)

// Bad is the kind of bad entries that the file has.
const Bad = "anchor"

// Line is one line of the file: the head of a chain at a moment.
type Line struct {
	Number     uint64    `json:"n"` // counts up; lines that were thinned out leave gaps
	At         time.Time `json:"at"`
	Event      string    `json:"event"`
	Connection string    `json:"connection,omitempty"`
	Alias      string    `json:"alias,omitempty"`
	Run        string    `json:"run,omitempty"`
	Status     string    `json:"status,omitempty"` // of the run
	Length     uint64    `json:"length"`
	Link       string    `json:"link,omitempty"`
	Before     string    `json:"before"`        // MAC of the line before
	MAC        string    `json:"mac,omitempty"` // HMAC-SHA-256 of the line without it
}

// File is the anchors file. Its methods may be called from any goroutine.
type File struct {
	Path     string
	MaxLines int // after which Add thins the file out

	key    []byte
	logger *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	number uint64 // of the last line
	before string // MAC of the last line
	lines  int
}

// Path returns the path of the anchors file of the journal in dir.
func Path(dir string) string { return filepath.Clean(dir) + ".anchors" }

// New returns the anchors file of the journal in dir with this key.
func New(dir string, key []byte, logger *slog.Logger, now func() time.Time) (*File, error) {
	own, err := hkdf.Key(sha256.New, key, nil, "plumbline anchors v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive key of anchors: %w", err)
	}
	return &File{Path: Path(dir), MaxLines: 5000, key: own, logger: logger, now: now}, nil
}

// Open finds the end of the file, or begins one with this event. A file that is shorter
// than the line that the journal knows of gets a line that says so.
func (f *File) Open(begin string, known uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	const unnoticed = "what the store has lost before cannot be noticed any more"
	raw, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if begin == Lost {
			f.logger.Error("the anchors file is missing and begins anew: "+unnoticed, "file", f.Path)
		}
		return f.rewriteLocked([]Line{{At: f.now().UTC(), Event: begin}})
	}
	if err != nil {
		return fmt.Errorf("read anchors: %w", err)
	}
	if whole := bytes.LastIndexByte(raw, '\n') + 1; whole < len(raw) {
		f.logger.Warn("the last line of the anchors file is cut short and is dropped", "file", f.Path, "line", string(raw[whole:]))
		if err := os.Truncate(f.Path, int64(whole)); err != nil {
			return fmt.Errorf("truncate anchors: %w", err)
		}
		raw = raw[:whole]
	}
	lines, bad := f.parse(raw)
	for _, b := range bad {
		f.logger.Error("the anchors file is damaged", "file", f.Path, "line", b.Number, "problem", b.Message)
	}
	if len(lines) == 0 && len(bad) == 0 {
		f.logger.Error("the anchors file is empty and begins anew: "+unnoticed, "file", f.Path)
		return f.rewriteLocked([]Line{{At: f.now().UTC(), Event: Lost}})
	}
	f.lines = len(lines)
	if len(lines) > 0 {
		last := lines[len(lines)-1]
		f.number, f.before = last.Number, last.MAC
	}
	if f.number >= known {
		return nil
	}
	f.logger.Error("the end of the anchors file is lost: "+unnoticed, "file", f.Path, "ends", f.number, "known", known)
	f.number = known
	return f.addLocked([]Line{{At: f.now().UTC(), Event: Lost}})
}

// Last returns the number of the last line that is on disk.
func (f *File) Last() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.number
}

// Add appends lines and waits until they are on disk.
func (f *File) Add(lines ...Line) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.addLocked(lines)
}

func (f *File) addLocked(lines []Line) error {
	if f.lines+len(lines) > f.MaxLines {
		if err := f.thinLocked(); err != nil {
			return err
		}
	}
	out, number, before, err := f.seal(lines, f.number, f.before)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(f.Path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open anchors: %w", err)
	}
	_, err = file.Write(out)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write anchors: %w", err)
	}
	f.number, f.before, f.lines = number, before, f.lines+len(lines)
	return nil
}

// seal numbers and signs lines as those after the last. A line that has a greater number
// keeps it.
func (f *File) seal(lines []Line, number uint64, before string) (out []byte, last uint64, mac string, err error) {
	for _, line := range lines {
		number = max(line.Number, number+1)
		line.Number, line.Before, line.At = number, before, line.At.Round(0)
		if line.MAC, err = f.mac(line); err != nil {
			return nil, 0, "", err
		}
		raw, err := json.Marshal(line)
		if err != nil {
			return nil, 0, "", fmt.Errorf("encode anchor: %w", err)
		}
		out, before = append(append(out, raw...), '\n'), line.MAC
	}
	return out, number, before, nil
}

func (f *File) mac(line Line) (string, error) {
	line.MAC = ""
	raw, err := json.Marshal(line)
	if err != nil {
		return "", fmt.Errorf("encode anchor: %w", err)
	}
	mac := hmac.New(sha256.New, f.key)
	mac.Write(raw)
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// Read returns the lines of the file that can be trusted, and those that cannot. The
// error of a missing file is fs.ErrNotExist.
func (f *File) Read() (lines []Line, bad []host.BadEntry, err error) {
	f.mu.Lock()
	raw, err := os.ReadFile(f.Path)
	f.mu.Unlock()
	if err != nil {
		return nil, nil, fmt.Errorf("read anchors: %w", err)
	}
	lines, bad = f.parse(raw)
	return lines, bad, nil
}

func (f *File) parse(raw []byte) (lines []Line, bad []host.BadEntry) {
	var last Line
	row := uint64(0)
	for len(raw) > 0 {
		row++
		text, rest, ended := bytes.Cut(raw, []byte("\n"))
		raw = rest
		line, problem := f.readLine(text, ended)
		if problem == "" && row > 1 && (line.Before != last.MAC || line.Number <= last.Number) {
			problem = "the line does not follow the one before it: lines are missing, or were moved"
		}
		if problem == "" && row == 1 && (line.Before != "" || !slices.Contains([]string{Begun, Restored, Lost}, line.Event)) {
			problem = "the file does not begin with its first line"
		}
		if problem != "" {
			bad = append(bad, host.BadEntry{Kind: Bad, File: f.Path, Number: row, Alias: line.Alias, Run: line.Run, Message: problem})
		}
		if line.MAC != "" {
			last = line
			lines = append(lines, line)
		}
	}
	return lines, bad
}

// readLine returns a line, or an empty one, and what is wrong with it.
func (f *File) readLine(text []byte, ended bool) (line Line, problem string) {
	if err := json.Unmarshal(text, &line); err != nil {
		return Line{}, "the line cannot be read (a crash while the last line was written has the same effect)"
	}
	want, err := f.mac(line)
	again, errAgain := json.Marshal(line)
	if err != nil || errAgain != nil || !bytes.Equal(again, text) || !hmac.Equal([]byte(want), []byte(line.MAC)) {
		return Line{}, "the line was changed after it was written"
	}
	if !ended {
		return line, "the line has no end"
	}
	return line, ""
}

// thinLocked leaves out the lines that doc.go does not name.
func (f *File) thinLocked() error {
	raw, err := os.ReadFile(f.Path)
	if err != nil {
		return fmt.Errorf("read anchors: %w", err)
	}
	lines, bad := f.parse(raw)
	if len(bad) > 0 {
		f.MaxLines *= 2 // a damaged file is evidence
		return nil
	}
	latest, ofDay := map[string]int{}, map[string]int{}
	for i, line := range lines {
		latest[line.Connection] = i
		ofDay[line.At.Format(time.DateOnly)] = i
	}
	old := f.now().AddDate(-1, 0, 0)
	var kept []Line
	for i, line := range lines {
		day := ofDay[line.At.Format(time.DateOnly)] == i
		recent := line.At.After(old)
		if i == 0 || i == len(lines)-1 || latest[line.Connection] == i && (recent || line.Event != Deleted) || day && recent {
			kept = append(kept, line)
		}
	}
	f.MaxLines = max(f.MaxLines, 2*len(kept))
	return f.rewriteLocked(kept)
}

// rewriteLocked replaces the file. A crash leaves the old one or the new one.
func (f *File) rewriteLocked(lines []Line) error {
	out, number, before, err := f.seal(lines, 0, "")
	if err != nil {
		return err
	}
	if err := durable.WriteBytes(f.Path, 0o600, out); err != nil {
		return fmt.Errorf("write anchors: %w", err)
	}
	f.number, f.before, f.lines = number, before, len(lines)
	return nil
}
