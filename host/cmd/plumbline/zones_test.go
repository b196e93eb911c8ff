package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Many a container has no time zone database: the zones come with the program.
func TestTheTimeZonesAreBuiltIn(t *testing.T) {
	t.Parallel()
	for _, tags := range []string{"", "desktop"} {
		program := map[string]string{"": ".", "desktop": "../plumbline-desktop"}[tags]
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", tags, program).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(strings.Fields(string(out)), "time/tzdata") {
			t.Errorf("%s has no time zones of its own", program)
		}
	}
}
