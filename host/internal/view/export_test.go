package view

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// MakeSmall makes groups, batches and what is kept open small, so that little
// data takes every path.
func (p *View) MakeSmall(groupRows, batch, views int) {
	p.limits = limits{batchVersions: batch, batchBytes: 1 << 20, views: views, ratio: 3, groupRows: groupRows, memoryRows: 3 * batch, hasty: true, replace: replaceUnsynced}
}

func replaceUnsynced(path string, mode fs.FileMode, write func(io.Writer) error) error {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// OnStep calls fn before each step that a crash may follow; an error ends the
// step as a crash would.
func (p *View) OnStep(fn func(what string) error) { p.step = fn }

// Segments returns how many segments a stream's projection has.
func (p *View) Segments(number uint32) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.streams[number]; k != nil && k.view != nil {
		return len(k.view.segments)
	}
	return 0
}

// Size returns the bytes of all files.
func (p *View) Size() (total int64) {
	files, _ := filepath.Glob(filepath.Join(p.options.Dir, "*", "*", "*"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			total += info.Size()
		}
	}
	return total
}
