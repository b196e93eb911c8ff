package fleet

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/diagnose"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

const (
	keptName   = "insights" // of the file, and what it is sealed as
	saveBehind = 5000       // runs that are read of the journal until the file is written again
)

// keptFile is what the file of a data directory holds. Any other program derives the facts anew: its rules may say another cause.
type keptFile struct {
	Program string // its size and time
	Pruned  time.Time
	Pasts   []keptPast
}

// keptPast is the facts of a connection.
type keptPast struct {
	Connection string
	Facts      []byte // oldest first
	Streams    []string
	Redo       int
	Worked     *diagnose.WorkedFacts
}

func (f *Fleet) keptPath() string { return filepath.Join(f.parts.Dir, keptName+".sealed") }

// KeepInsights writes what was derived since the file was written. Without it the next start reads that again.
func (f *Fleet) KeepInsights() { f.keep(1) }

// keep writes the file when at least so many runs were read since it was written.
func (f *Fleet) keep(least int64) {
	if f.parts.Dir == "" || f.unkept.Load() < least || f.parts.Store.Room() != nil {
		return
	}
	f.unkept.Store(0)
	if err := f.write(); err != nil {
		f.parts.Logger.Warn("keep what insights are made of", "err", err)
	}
}

func (f *Fleet) write() error {
	program, err := programStamp()
	if err != nil {
		return err
	}
	f.mu.Lock()
	file := keptFile{Program: program, Pruned: f.pruned}
	pasts := make(map[string]*past, len(f.pasts))
	for id, p := range f.pasts {
		pasts[id] = p
	}
	f.mu.Unlock()
	for id, p := range pasts {
		p.mu.Lock()
		one := keptPast{Connection: id, Streams: p.streams, Redo: p.redo, Worked: p.worked}
		facts := p.facts
		p.mu.Unlock()
		for i := range facts {
			one.Facts = insight.AppendFact(one.Facts, &facts[i])
		}
		file.Pasts = append(file.Pasts, one)
	}
	var plain bytes.Buffer
	if err := gob.NewEncoder(&plain).Encode(file); err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	sealed, err := f.parts.Key.Seal(keptName, keptName, plain.Bytes())
	if err != nil {
		return fmt.Errorf("seal facts: %w", err)
	}
	if err := durable.WriteBytes(f.keptPath(), 0o600, sealed); err != nil {
		return fmt.Errorf("write facts: %w", err)
	}
	return nil
}

// load reads the file, once. A file that is damaged, of another program or of another history counts as none.
func (f *Fleet) load() {
	if f.parts.Dir == "" {
		return
	}
	file, err := f.read()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			f.parts.Logger.Info("insights are derived anew", "because", err)
		}
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pruned = file.Pruned
	for i := range file.Pasts {
		if p := f.restored(&file.Pasts[i]); p != nil {
			f.pasts[file.Pasts[i].Connection] = p
		}
	}
}

func (f *Fleet) read() (file keptFile, err error) {
	sealed, err := os.ReadFile(f.keptPath())
	if err != nil {
		return file, fmt.Errorf("read facts: %w", err)
	}
	plain, err := f.parts.Key.Open(keptName, keptName, sealed)
	if err != nil {
		return file, fmt.Errorf("open facts: %w", err)
	}
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(&file); err != nil {
		return file, fmt.Errorf("decode facts: %w", err)
	}
	program, err := programStamp()
	if err == nil && program != file.Program {
		err = errors.New("another program derived the facts")
	}
	return file, err
}

// restored returns a past that was kept, nil when the journal does not have it so. The latest run is read again: its outcome may have
// been known to the supervisor alone.
func (f *Fleet) restored(k *keptPast) *past {
	p := &past{known: known{streams: k.Streams}, redo: k.Redo, worked: k.Worked}
	for rest := k.Facts; len(rest) > 0; {
		var fact insight.Fact
		var err error
		if fact, rest, err = insight.CutFact(rest); err != nil {
			return nil
		}
		p.facts = append(p.facts, fact)
	}
	last := len(p.facts) - 1
	if last < 0 || p.redo > last+1 {
		return nil
	}
	if p.redo < 0 || p.redo > last {
		p.redo = last
	}
	for _, fact := range p.facts[max(0, p.redo-1):] { // a journal that was restored may have none of them
		if run, err := f.parts.Store.Run(fact.Run); err != nil || run.Connection != k.Connection {
			return nil
		}
	}
	return p
}

// programStamp tells programs apart: another one may derive other facts.
func programStamp() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the program: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("find the program: %w", err)
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano()), nil
}
