package view

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"

	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// manifest names the segments of a snapshot, oldest first, and says how far they reach.
// A change of the files counts once the manifest is replaced.
type manifest struct {
	Shape    string   `json:"shape"`
	Position int64    `json:"position"`
	Kept     int64    `json:"kept,omitempty"` // from when on history was kept when it was built
	Next     uint64   `json:"next"`           // number of the next segment
	Segments []uint64 `json:"segments"`
}

// snapshot is one state of a stream's view. Its segments stay open while it is held.
type snapshot struct {
	manifest
	saved    manifest // the one on disk, without segments when there is none
	shape    *column.Shape
	segments []*column.Segment       // oldest first; while a run reads the stream the newest are in memory alone
	ends     map[uint64][]column.End // of the rows of each segment, by later ones
}

const manifestName = "manifest"

func segmentName(number uint64) string { return strconv.FormatUint(number, 10) + ".seg" }

// joinEnds fills the ends from what each segment says of older ones.
func (s *snapshot) joinEnds() {
	s.ends = map[uint64][]column.End{}
	for _, segment := range s.segments {
		for number, list := range segment.Ends {
			s.ends[number] = mergeEnds(s.ends[number], list)
		}
	}
}

// mergeEnds joins two lists by row. A row ends once, so none is in both.
func mergeEnds(a, b []column.End) []column.End {
	if len(a) == 0 {
		return b
	}
	out := make([]column.End, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0].Row < b[0].Row {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// endsIn returns the ends of the rows of a segment's group, by later segments.
func (s *snapshot) endsIn(segment *column.Segment, g *column.Group) []column.End {
	list := s.ends[segment.Number]
	from := func(row int) int { return sort.Search(len(list), func(i int) bool { return int(list[i].Row) >= row }) }
	return list[from(g.Start):from(g.Start+g.Rows)]
}

// endOf returns the end of the row that an iterator is at.
func (s *snapshot) endOf(i *column.Iterator) (int64, error) {
	list := s.ends[i.Segment.Number]
	at, found := slices.BinarySearchFunc(list, i.Row(), func(e column.End, row uint32) int { return cmp.Compare(e.Row, row) })
	if found {
		return list[at].To, nil
	}
	return i.To()
}

// endedBy reports whether a row ended at a moment or before.
func (s *snapshot) endedBy(moment int64) bool {
	if slices.ContainsFunc(s.segments, func(segment *column.Segment) bool { return segment.EndedBy(moment) }) {
		return true
	}
	for _, list := range s.ends {
		if slices.ContainsFunc(list, func(e column.End) bool { return e.To <= moment }) {
			return true
		}
	}
	return false
}

func rows(segments []*column.Segment) (n int) {
	for _, s := range segments {
		n += s.Rows
	}
	return n
}

// inMemory returns the segments that are in memory alone.
func (s *snapshot) inMemory() []*column.Segment { return s.segments[len(s.saved.Segments):] }

// onDisk returns the snapshot without the segments in memory. It takes over the caller's
// hold. Without files it fails with os.ErrNotExist.
func (s *snapshot) onDisk() (*snapshot, error) {
	defer s.release()
	if len(s.saved.Segments) == 0 {
		return nil, os.ErrNotExist
	}
	d := &snapshot{manifest: s.saved, saved: s.saved, shape: s.shape, segments: s.segments[:len(s.saved.Segments)]}
	d.joinEnds()
	d.hold()
	return d, nil
}

func (s *snapshot) hold() {
	for _, segment := range s.segments {
		segment.Hold()
	}
}

// release takes a hold away; a nil snapshot has none.
func (s *snapshot) release() {
	if s == nil {
		return
	}
	for _, segment := range s.segments {
		segment.Release()
	}
}

// load opens the snapshot that is on disk.
func (v *View) load(st *stream, kind string) (*snapshot, error) {
	raw, err := os.ReadFile(filepath.Join(st.dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	plain, err := st.seal.Decrypt(raw)
	if err != nil {
		return nil, err
	}
	s := &snapshot{shape: column.ShapeOf(kind)}
	if err := json.Unmarshal(plain, &s.manifest); err != nil {
		return nil, errors.Join(column.ErrDamaged, err)
	}
	if s.Shape != s.shape.Sum {
		return nil, errors.New("its columns are of another version")
	}
	for _, number := range s.Segments {
		segment, err := column.Open(v.segmentOptions(st, number, s.shape))
		if err != nil {
			s.release()
			return nil, errors.Join(column.ErrDamaged, err)
		}
		s.segments = append(s.segments, segment)
	}
	s.saved = s.manifest
	s.joinEnds()
	return s, nil
}

// segmentOptions say where a segment of a stream is.
func (v *View) segmentOptions(st *stream, number uint64, shape *column.Shape) column.Options {
	return column.Options{
		Path: filepath.Join(st.dir, segmentName(number)), Number: number, Seal: st.seal, Shape: shape,
		GroupRows: v.limits.groupRows, Unsynced: v.limits.unsynced,
	}
}

// publish makes the first segments of a snapshot and an added one the stream's, and returns
// their snapshot, held for the caller. A segment in memory leaves the files as they are.
func (v *View) publish(st *stream, before *snapshot, first int, added *column.Segment, position int64) (*snapshot, error) {
	next := &snapshot{manifest: before.manifest, saved: before.saved, shape: before.shape, segments: slices.Clone(before.segments[:first])}
	next.hold()
	next.segments = append(next.segments, added)
	next.Position, next.Next = position, added.Number+1
	next.Segments = append(slices.Clone(before.Segments[:first]), added.Number)
	if !added.InMemory() {
		if err := v.commit(st, next.manifest); err != nil {
			next.release()
			return nil, err
		}
		next.saved = next.manifest
	}
	next.joinEnds()
	next.hold()
	v.show(st, next)
	return next, nil
}

// commit replaces the manifest on disk and removes the files that it no longer names.
func (v *View) commit(st *stream, m manifest) error {
	plain, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	raw, err := st.seal.Encrypt(plain)
	if err != nil {
		return err
	}
	if err := v.at("manifest"); err != nil {
		return err
	}
	if err := v.limits.replace(filepath.Join(st.dir, manifestName), 0o600, func(w io.Writer) error {
		if _, err := w.Write(raw); err != nil {
			return err
		}
		return v.at("rename")
	}); err != nil {
		return fmt.Errorf("replace manifest: %w", err)
	}
	if err := v.at("sweep"); err != nil {
		return err
	}
	st.sweep(m)
	return nil
}

// at is where a test may let a crash happen.
func (v *View) at(step string) error {
	if v.step == nil {
		return nil
	}
	return v.step(step)
}

// sweep removes the files that the manifest does not name: of an earlier snapshot, or left
// by a crash. A file that cannot be removed, because the system does not allow that while
// it is open, is removed with the next commit.
func (st *stream) sweep(m manifest) {
	entries, err := os.ReadDir(st.dir)
	if err != nil {
		return
	}
	named := map[string]bool{manifestName: true}
	for _, number := range m.Segments {
		named[segmentName(number)] = true
	}
	for _, entry := range entries {
		if !named[entry.Name()] {
			_ = os.Remove(filepath.Join(st.dir, entry.Name()))
		}
	}
}
