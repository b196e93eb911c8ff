package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAFailureIsToldByItsLevel has a kit that reports one failed case of a level, and one that says that the
// system of the connector is not whole.
func TestAFailureIsToldByItsLevel(t *testing.T) {
	t.Parallel()
	report := func(level string) string {
		return `echo '{"passed":3,"failed":1,"not_tried":2,"seconds":1,"results":[` +
			`{"id":"R4","level":"` + level + `","title":"it yields","verdict":"failed","detail":"nothing"}]}'`
	}
	for name, test := range map[string]struct{ script, fails, says string }{
		"must":      {report("must") + "\nexit 8", "must pass: acme", "R4 (must) it yields"},
		"should":    {report("should"), "", "1 connectors: 3 cases passed, 1 failed, 2 not tried"},
		"not whole": {report("should") + "\necho 'The system cannot be read whole (x)' >&2", "cannot be read whole", ""},
		"broken":    {"echo no program >&2\nexit 3", "no program", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), "plumbline")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+test.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := command{plumbline: program, atOnce: 2, out: &out}.run(t.Context(), []string{"acme"})
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("it ends with %v", err)
			}
			if !strings.Contains(out.String(), test.says) {
				t.Errorf("it says %q", out.String())
			}
		})
	}
}
