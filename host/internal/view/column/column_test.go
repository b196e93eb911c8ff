package column_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

const (
	keys     = 40
	versions = 3 // of each key, valid from 1, 2 and 3
)

// write writes a segment; an empty path is in memory.
func write(t *testing.T, path string) (*column.Segment, column.Options) {
	t.Helper()
	options := column.Options{
		Path: path, Number: 7, Seal: column.Seal{Key: make([]byte, 32), Purpose: "stream 1"}, Shape: column.ShapeOf("account"), GroupRows: 50,
	}
	w, err := column.Create(options)
	if err != nil {
		t.Fatal(err)
	}
	w.Ends = map[uint64][]column.End{3: {{Row: 5, To: 9}, {Row: 8, To: 7}}}
	for i := range keys * versions {
		from := int64(versions - i%versions)
		to := from + 1
		if from == versions {
			to = column.Latest
		}
		doc := fmt.Sprintf(`{"email":"Ann%d@x.io","name":"Ann"}`, i/versions)
		if err := w.Add(key(i), []byte(doc), from, to); err != nil {
			t.Fatal(err)
		}
	}
	s, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return s, options
}

func key(row int) string { return fmt.Sprintf("key-%03d", row/versions) }

// read reads every row of a segment and compares it with what was written.
func read(s *column.Segment) error {
	it := s.Iterator()
	for row := range keys * versions {
		if more, err := it.Next(); err != nil || !more {
			return errors.Join(err, fmt.Errorf("row %d: more is %v", row, more))
		}
		to, err := it.To()
		if err != nil {
			return err
		}
		if want := row%versions == 0; string(it.Key()) != key(row) || it.Row() != uint32(row) || (to == column.Latest) != want {
			return fmt.Errorf("row %d is row %d, key %s, to %d", row, it.Row(), it.Key(), to)
		}
	}
	if more, err := it.Next(); err != nil || more {
		return errors.Join(err, errors.New("there is one row more"))
	}
	var g column.Group
	for number := range s.Groups() {
		g.Open(s, number)
		rows := make([]uint32, g.Rows)
		for i := range rows {
			rows[i] = uint32(i)
		}
		if _, err := g.Search(rows, []byte("ann1")); err != nil {
			return err
		}
	}
	return nil
}

func TestASegmentHasWhatWasWritten(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"in memory": "", "on disk": filepath.Join(t.TempDir(), "7.seg")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := write(t, path)
			defer s.Release()
			if err := read(s); err != nil {
				t.Error(err)
			}
			if len(s.Ends[3]) != 2 || s.Ends[3][1] != (column.End{Row: 8, To: 7}) || s.Rows != keys*versions || s.InMemory() != (path == "") {
				t.Errorf("the directory has %d rows and the ends %v", s.Rows, s.Ends)
			}
			it := s.Iterator()
			for row := 0; row < keys*versions; row += versions {
				if found, err := it.Find(key(row)); err != nil || !found || it.Row() != uint32(row) {
					t.Errorf("%s is found %v in row %d, want row %d; %v", key(row), found, it.Row(), row, err)
				}
				if found, err := it.Find(key(row) + "x"); err != nil || found {
					t.Errorf("a key that is not there is found %v, %v", found, err)
				}
			}
		})
	}
}

// TestADamagedSegmentIsNoticed changes bytes all over a file, and the purpose it is opened for.
func TestADamagedSegmentIsNoticed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "7.seg")
	s, options := write(t, path)
	s.Release()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func() error {
		s, err := column.Open(options)
		if err != nil {
			return err
		}
		defer s.Release()
		return read(s)
	}
	for i := 0; i < len(raw); i += 7 {
		raw[i] ^= 1
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := try(); !errors.Is(err, column.ErrDamaged) {
			t.Errorf("byte %d of %d was changed: %v", i, len(raw), err)
		}
		raw[i] ^= 1
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := try(); err != nil {
		t.Error(err)
	}
	options.Seal.Purpose = "stream 2"
	if err := try(); !errors.Is(err, column.ErrDamaged) {
		t.Errorf("a file of another stream was opened: %v", err)
	}
}
