package view

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
)

// manifest names the segments that make up a stream's projection, oldest first,
// and how far they reach. Writing it is what makes a change count.
type manifest struct {
	Shape    string   `json:"shape"`
	Position int64    `json:"position"`
	Kept     int64    `json:"kept,omitempty"` // from when on history was kept when it was built
	Next     uint64   `json:"next"`           // number of the next segment
	Segments []uint64 `json:"segments"`
}

// view is one state of a stream's projection. Its segments do not change while
// somebody holds it.
type view struct {
	manifest
	kind     string
	shape    *shape
	segments []*segment // oldest first
	closed   map[uint64][]closing

	// While a run reads the stream, the newest segments are in memory alone. Then
	// saved is the manifest on disk, without segments when there is none.
	volatile int
	saved    manifest
}

const manifestName = "manifest"

func segmentName(number uint64) string { return strconv.FormatUint(number, 10) + ".seg" }

// newView puts segments together; it takes over the caller's hold on them.
func newView(m manifest, kind string, s *shape, segments []*segment) *view {
	v := &view{manifest: m, kind: kind, shape: s, segments: segments, closed: map[uint64][]closing{}}
	for _, segment := range segments {
		for number, list := range segment.meta.closes {
			v.closed[number] = mergeClosings(v.closed[number], list)
		}
	}
	return v
}

// mergeClosings joins two lists by row. A row ends once, so none is in both.
func mergeClosings(a, b []closing) []closing {
	if len(a) == 0 {
		return b
	}
	out := make([]closing, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].row < b[0].row {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// closings returns the ended rows of a group of a segment.
func (v *view) closings(s *segment, group int) []closing {
	list := v.closed[s.number]
	if len(list) == 0 {
		return nil
	}
	start := uint32(s.starts[group])
	end := start + uint32(s.meta.groups[group].rows)
	first := sort.Search(len(list), func(i int) bool { return list[i].row >= start })
	last := sort.Search(len(list), func(i int) bool { return list[i].row >= end })
	return list[first:last]
}

// closedAt returns when a later segment ended a row.
func (v *view) closedAt(s *segment, row uint32) (int64, bool) {
	list := v.closed[s.number]
	i, found := slices.BinarySearchFunc(list, row, func(c closing, row uint32) int { return int(c.row) - int(row) })
	if !found {
		return 0, false
	}
	return list[i].to, true
}

// ended reports whether a row ended at or before a moment.
func (v *view) ended(moment int64) bool {
	for _, s := range v.segments {
		for i := range s.meta.groups {
			if s.meta.groups[i].chunks[columnTo].span.min <= moment {
				return true
			}
		}
	}
	for _, list := range v.closed {
		if slices.ContainsFunc(list, func(c closing) bool { return c.to <= moment }) {
			return true
		}
	}
	return false
}

func (v *view) rows() (n int) {
	for _, s := range v.segments {
		n += s.meta.rows
	}
	return n
}

// onDisk returns the manifest on disk.
func (v *view) onDisk() manifest {
	if v.volatile > 0 {
		return v.saved
	}
	return v.manifest
}

// inMemory returns how many rows are in memory alone.
func (v *view) inMemory() (rows int) {
	for _, s := range v.segments[len(v.segments)-v.volatile:] {
		rows += s.meta.rows
	}
	return rows
}

// settled returns the state on disk, in the place of v: what is in memory alone is
// left out. It takes over the caller's hold on v. Without files it is os.ErrNotExist.
func (v *view) settled() (*view, error) {
	defer v.release()
	if len(v.saved.Segments) == 0 {
		return nil, os.ErrNotExist
	}
	segments := v.segments[:len(v.segments)-v.volatile]
	for _, s := range segments {
		s.hold()
	}
	return newView(v.saved, v.kind, v.shape, segments), nil
}

func (v *view) hold() {
	for _, s := range v.segments {
		s.hold()
	}
}

func (v *view) release() {
	if v == nil {
		return
	}
	for _, s := range v.segments {
		s.release()
	}
}

// load opens the projection that is on disk.
func (p *View) load(k *keeper, s Stream) (*view, error) {
	raw, err := os.ReadFile(filepath.Join(k.dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if len(raw) < saltBytes {
		return nil, errDamaged
	}
	sealer, err := newSealer(p.options.Key, raw[:saltBytes], k.purpose)
	if err != nil {
		return nil, err
	}
	plain, err := sealer.open(0, raw[saltBytes:])
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(plain, &m); err != nil {
		return nil, errors.Join(errDamaged, err)
	}
	shape := shapeOf(s.Kind)
	if m.Shape != shape.sum {
		return nil, errors.New("its columns are of another version")
	}
	segments := make([]*segment, 0, len(m.Segments))
	for _, number := range m.Segments {
		segment, err := openSegment(filepath.Join(k.dir, segmentName(number)), number, p.options.Key, k.purpose, shape.columns())
		if err != nil {
			for _, opened := range segments {
				opened.release()
			}
			return nil, errors.Join(errDamaged, err)
		}
		segments = append(segments, segment)
	}
	return newView(m, s.Kind, shape, segments), nil
}

// commit makes m what counts, on disk and for good, and sweeps what no longer
// does.
func (p *View) commit(k *keeper, m manifest) error {
	plain, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	sealer, err := newSealer(p.options.Key, nil, k.purpose)
	if err != nil {
		return err
	}
	raw := append(slices.Clone(sealer.salt), sealer.seal(0, plain)...)
	path := filepath.Join(k.dir, manifestName)
	if err := p.at("manifest"); err != nil {
		return err
	}
	if err := p.limits.replace(path, 0o600, func(w io.Writer) error {
		if _, err := w.Write(raw); err != nil {
			return err
		}
		return p.at("rename")
	}); err != nil {
		return fmt.Errorf("replace manifest: %w", err)
	}
	if err := p.at("sweep"); err != nil {
		return err
	}
	k.sweep(m)
	return nil
}

// at is a place where a test may let a crash happen.
func (p *View) at(what string) error {
	if p.step == nil {
		return nil
	}
	return p.step(what)
}

// sweep removes files the manifest does not name: of an earlier state, or begun
// and not finished before a crash. What cannot be removed now, because somebody
// reads it on a system that minds, is removed with the next commit.
func (k *keeper) sweep(m manifest) {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return
	}
	named := map[string]bool{manifestName: true}
	for _, number := range m.Segments {
		named[segmentName(number)] = true
	}
	for _, entry := range entries {
		if !named[entry.Name()] {
			_ = os.Remove(filepath.Join(k.dir, entry.Name()))
		}
	}
}
