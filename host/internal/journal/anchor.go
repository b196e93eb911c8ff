package journal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
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
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// What a line of the anchors file was written for.
const (
	anchorBegun    = "begun"    // the file begins with a new store
	anchorRun      = "run"      // a run has ended
	anchorEdit     = "edit"     // documents were edited
	anchorDeleted  = "deleted"  // the connection was deleted
	anchorRestored = "restored" // the store was restored from a backup
	anchorRenewed  = "renewed"  // a person let the file begin anew
	anchorLost     = "lost"     // the file, or its end, was missing
)

// beginnings are the events that a file can begin with.
func beginnings() []string {
	return []string{anchorBegun, anchorRestored, anchorRenewed, anchorLost}
}

// anchor is one line of the anchors file: where a chain stood at a moment.
type anchor struct {
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

// anchors is the file beside the store that remembers where its chains stood. Its
// lines can only be made with the store's key.
type anchors struct {
	path   string
	key    []byte
	logger *slog.Logger
	now    func() time.Time
	most   int // lines before they are thinned out

	mu     sync.Mutex
	number uint64 // of the last line
	before string // MAC of the last line
	lines  int
}

// anchorLines is how many lines the file has before it is thinned out.
const anchorLines = 5000

// AnchorsFile returns the path of the anchors file of the store in dir. It lies
// beside the store, so that putting back an older copy of the store is noticed.
func AnchorsFile(dir string) string { return filepath.Clean(dir) + ".anchors" }

func newAnchors(o Options) (*anchors, error) {
	key, err := hkdf.Key(sha256.New, o.Key, nil, "plumbline anchors v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive key of anchors: %w", err)
	}
	return &anchors{path: AnchorsFile(o.Dir), key: key, logger: o.Logger, now: o.Now, most: anchorLines}, nil
}

// open finds the end of the file, or begins one with this event. A file that is
// shorter than the line the store knows of gets a line that says so, for good.
func (a *anchors) open(begin string, known uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	raw, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		if begin == anchorLost {
			a.logger.Error("the anchors file is missing and begins anew: what the store has lost before cannot be noticed any more", "file", a.path)
		}
		return a.rewriteLocked([]anchor{{At: a.now().UTC(), Event: begin}})
	}
	if err != nil {
		return fmt.Errorf("read anchors: %w", err)
	}
	if whole := bytes.LastIndexByte(raw, '\n') + 1; whole < len(raw) {
		a.logger.Warn("the last line of the anchors file is cut short and is dropped", "file", a.path, "line", string(raw[whole:]))
		if err := os.Truncate(a.path, int64(whole)); err != nil {
			return fmt.Errorf("mend anchors: %w", err)
		}
		raw = raw[:whole]
	}
	lines, bad := a.parse(raw)
	for _, b := range bad {
		a.logger.Error("the anchors file is damaged", "file", a.path, "line", b.Number, "problem", b.Message)
	}
	if len(lines) == 0 && len(bad) == 0 {
		a.logger.Error("the anchors file is empty and begins anew: what the store has lost before cannot be noticed any more", "file", a.path)
		return a.rewriteLocked([]anchor{{At: a.now().UTC(), Event: anchorLost}})
	}
	a.lines = len(lines)
	if len(lines) > 0 {
		last := lines[len(lines)-1]
		a.number, a.before = last.Number, last.MAC
	}
	if a.number >= known {
		return nil
	}
	a.logger.Error("the end of the anchors file is lost: what the store has lost since then cannot be noticed any more", "file", a.path, "ends", a.number, "known", known)
	a.number = known
	return a.addLocked([]anchor{{At: a.now().UTC(), Event: anchorLost}})
}

// last returns the number of the last line that is on disk.
func (a *anchors) last() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.number
}

// noteAnchors stores how far the anchors file reaches, so that a file that is shorter
// is noticed. Every run that ends does so; a file that begins anew needs it at once.
func (s *Journal) noteAnchors() error {
	return s.update(s.setAnchors)
}

// knownAnchors returns the number of the last line that the store knows of; 0 for a
// store that an older program wrote.
func (s *Journal) knownAnchors() (known uint64, err error) {
	err = s.view(func(txn *badgerdir.Txn) error {
		raw, err := read(txn, keyAnchors)
		if err == nil && len(raw) == 8 {
			known = binary.BigEndian.Uint64(raw)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read number of anchors: %w", err)
	}
	return known, nil
}

func (s *Journal) setAnchors(txn *badgerdir.Txn) error {
	return txn.Set(keyAnchors, binary.BigEndian.AppendUint64(nil, s.anchors.last()))
}

// seal numbers and signs a line as the one after the last.
func (a *anchors) seal(line anchor, number uint64, before string) ([]byte, anchor, error) {
	line.Number, line.Before, line.MAC = number, before, ""
	line.At = line.At.Round(0)
	mac, err := a.mac(line)
	if err != nil {
		return nil, line, err
	}
	line.MAC = mac
	raw, err := json.Marshal(line)
	return append(raw, '\n'), line, err
}

func (a *anchors) mac(line anchor) (string, error) {
	line.MAC = ""
	raw, err := json.Marshal(line)
	if err != nil {
		return "", fmt.Errorf("encode anchor: %w", err)
	}
	mac := hmac.New(sha256.New, a.key)
	mac.Write(raw)
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// add appends lines and waits until they are on disk.
func (a *anchors) add(lines ...anchor) error {
	if len(lines) == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.addLocked(lines)
}

func (a *anchors) addLocked(lines []anchor) error {
	if a.lines+len(lines) > a.most {
		if err := a.thinLocked(); err != nil {
			return err
		}
	}
	var out []byte
	number, before := a.number, a.before
	for _, line := range lines {
		number++
		raw, sealed, err := a.seal(line, number, before)
		if err != nil {
			return err
		}
		out, before = append(out, raw...), sealed.MAC
	}
	f, err := os.OpenFile(a.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open anchors: %w", err)
	}
	_, err = f.Write(out)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write anchors: %w", err)
	}
	a.number, a.before, a.lines = number, before, a.lines+len(lines)
	return nil
}

// parse reads the file. Lines that cannot be trusted are returned as bad.
func (a *anchors) parse(raw []byte) (lines []anchor, bad []host.BadEntry) {
	var last anchor
	row := uint64(0)
	for len(raw) > 0 {
		row++
		var text []byte
		end := bytes.IndexByte(raw, '\n')
		if end < 0 {
			text, raw = raw, nil
		} else {
			text, raw = raw[:end], raw[end+1:]
		}
		line, problem := a.readLine(text, end >= 0)
		if problem == "" && row > 1 && (line.Before != last.MAC || line.Number <= last.Number) {
			problem = "the line does not follow the one before it: lines are missing, or were moved"
		}
		if problem == "" && row == 1 && (line.Before != "" || !slices.Contains(beginnings(), line.Event)) {
			problem = "the file does not begin with its first line"
		}
		if problem != "" {
			bad = append(bad, host.BadEntry{Kind: badAnchor, File: a.path, Number: row, Alias: line.Alias, Run: line.Run, Message: problem})
		}
		if line.MAC != "" {
			last = line
			lines = append(lines, line)
		}
	}
	return lines, bad
}

// readLine returns a line, or an empty one, and what is wrong with it.
func (a *anchors) readLine(text []byte, ended bool) (line anchor, problem string) {
	if err := json.Unmarshal(text, &line); err != nil {
		return anchor{}, "the line cannot be read (a crash while it was written looks the same on the last line)"
	}
	want, err := a.mac(line)
	again, errAgain := json.Marshal(line)
	if err != nil || errAgain != nil || !bytes.Equal(again, text) || !hmac.Equal([]byte(want), []byte(line.MAC)) {
		return anchor{}, "the line is not as it was written"
	}
	if !ended {
		return line, "the line has no end"
	}
	return line, ""
}

// thinLocked leaves the first line and the last, the latest of each connection and the last of
// each day, so that the file does not grow for ever.
func (a *anchors) thinLocked() error {
	raw, err := os.ReadFile(a.path)
	if err != nil {
		return fmt.Errorf("read anchors: %w", err)
	}
	lines, bad := a.parse(raw)
	if len(bad) > 0 {
		a.most *= 2 // a damaged file is evidence and stays as it is
		return nil
	}
	latest, ofDay := map[string]int{}, map[string]int{}
	for i, line := range lines {
		latest[line.Connection] = i
		ofDay[line.At.Format(time.DateOnly)] = i
	}
	old := a.now().AddDate(-1, 0, 0)
	var kept []anchor
	for i, line := range lines {
		day := ofDay[line.At.Format(time.DateOnly)] == i
		recent := line.At.After(old)
		if i == 0 || i == len(lines)-1 || latest[line.Connection] == i && (recent || line.Event != anchorDeleted) || day && recent {
			kept = append(kept, line)
		}
	}
	a.most = max(a.most, 2*len(kept))
	return a.rewriteLocked(kept)
}

// rewriteLocked puts another file in the place of this one; a crash leaves either.
// Lines that have a number keep it.
func (a *anchors) rewriteLocked(lines []anchor) error {
	var out []byte
	number, before := uint64(0), ""
	for _, line := range lines {
		number = max(line.Number, number+1)
		raw, sealed, err := a.seal(line, number, before)
		if err != nil {
			return err
		}
		out, before = append(out, raw...), sealed.MAC
	}
	if err := durable.WriteBytes(a.path, 0o600, out); err != nil {
		return fmt.Errorf("write anchors: %w", err)
	}
	a.number, a.before, a.lines = number, before, len(lines)
	return nil
}

// anchorFor says where a connection's chain stands for the sake of an event.
func anchorFor(txn *badgerdir.Txn, connection, alias, event string, at time.Time) (anchor, error) {
	c, err := loadChain(txn, connection)
	return anchor{At: at.UTC(), Event: event, Connection: connection, Alias: alias, Length: c.length, Link: hex.EncodeToString(c.head[:])}, err
}

// anchored appends lines. What cannot be appended is told and no more: the store
// is then ahead of the file, which verification allows.
func (s *Journal) anchored(lines ...anchor) {
	if err := s.anchors.add(lines...); err != nil {
		s.logger.Error("anchor chain outside the store", "err", err)
	}
}

// anchorAll appends where every chain stands.
func (s *Journal) anchorAll(event string) error {
	var lines []anchor
	err := s.view(func(txn *badgerdir.Txn) error {
		connections, err := knownConnections(txn)
		if err != nil {
			return err
		}
		connections = append(connections, host.Connection{ID: auditChain})
		for _, c := range connections {
			line, err := anchorFor(txn, c.ID, c.Alias, event, s.now())
			if err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.anchors.add(lines...)
}

// RenewAnchors lets the anchors file begin anew with where the chains stand now;
// the old file is kept beside it under the returned name. It is for a person who
// knows why the file and the store do not agree.
func (s *Journal) RenewAnchors() (old string, err error) {
	old = fmt.Sprintf("%s.%s", s.anchors.path, s.now().UTC().Format("20060102T150405Z"))
	a := s.anchors
	a.mu.Lock()
	if raw, err := os.ReadFile(a.path); err == nil {
		err = durable.WriteBytes(old, 0o600, raw)
		if err != nil {
			a.mu.Unlock()
			return "", fmt.Errorf("keep old anchors: %w", err)
		}
	}
	err = a.rewriteLocked([]anchor{{At: a.now().UTC(), Event: anchorRenewed}})
	a.mu.Unlock()
	if err != nil {
		return "", err
	}
	return old, errors.Join(s.anchorAll(anchorRenewed), s.noteAnchors())
}
