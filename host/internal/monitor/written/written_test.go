package written_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/monitor/library"
	"github.com/plumbline-dev/plumbline/host/internal/monitor/written"
)

// mistakes returns what is wrong with a file, a line for each mistake.
func mistakes(source []byte) string {
	file, faults := written.Read(source)
	if len(faults) == 0 {
		_, err := monitor.Compile(file.Test)
		var p *host.Problem
		if errors.As(err, &p) {
			faults = file.Place(p.Fields)
		}
	}
	var said strings.Builder
	for _, f := range faults {
		fmt.Fprintf(&said, "%s: %s\n", f.Field, f.Message)
	}
	return said.String()
}

// TestMistakesHaveAPlace compares what is said of each file in testdata with the file beside it. UPDATE=1 writes those.
func TestMistakesHaveAPlace(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	more, jsonErr := filepath.Glob("testdata/*.json")
	if files = append(files, more...); errors.Join(err, jsonErr) != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		golden, got := name+".said", mistakes(source)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestWhatIsWrittenIsReadBack writes each test of the library, reads it, and finds the same test.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	tests, err := library.Tests()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		raw, err := written.Write(test)
		if err != nil {
			t.Fatal(err)
		}
		file, faults := written.Read(raw)
		if len(faults) > 0 {
			t.Errorf("%s: %v\n%s", test.ID, faults, raw)
			continue
		}
		test.Version = 0
		if diff := cmp.Diff(test, file.Test, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-written +read):\n%s", test.ID, diff)
		}
		asJSON, err := json.MarshalIndent(test, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if _, faults := written.Read(asJSON); len(faults) > 0 {
			t.Errorf("%s as JSON: %v", test.ID, faults)
		}
	}
}

// FuzzRead: whatever a file has, reading it ends without a panic, and every mistake has a place in it.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		file, faults := written.Read(source)
		if len(faults) == 0 {
			_, err := monitor.Compile(file.Test)
			var p *host.Problem
			if errors.As(err, &p) {
				faults = file.Place(p.Fields)
			}
		}
		lines := strings.Count(string(source), "\n") + 1
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > lines || fault.Column < 1 {
				t.Errorf("%+v in a file of %d lines", fault, lines)
			}
		}
	})
}
