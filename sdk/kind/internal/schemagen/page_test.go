package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// TestThePageIsCurrent fails if a kind changed and go generate did not run. Package kind tests that the schemas
// match the structs.
func TestThePageIsCurrent(t *testing.T) {
	t.Parallel()
	schemas := map[kind.Kind][]byte{}
	for _, k := range kind.Kinds() {
		raw, err := kind.Schema(k)
		if err != nil {
			t.Fatal(err)
		}
		schemas[k] = raw
	}
	want, err := page(schemas)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run go generate (-generated +sdk/kind/README.md):\n%s", diff)
	}
}
