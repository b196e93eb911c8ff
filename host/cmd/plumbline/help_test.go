package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpShowsNoWordsInThePlaceOfAValue: pflag takes the words between backquotes in a
// help text for the name of the flag's value.
func TestHelpShowsNoWordsInThePlaceOfAValue(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^ +(-\w, )?--[a-z0-9-]+( \S+)? {2,}\S`)
	flags := 0
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		for line := range strings.Lines(c.Flags().FlagUsages()) {
			if !strings.Contains(line, "--") {
				continue // the rest of a long text
			}
			flags++
			if !form.MatchString(line) || strings.Contains(line, "`") {
				t.Errorf("%s shows %q", c.CommandPath(), line)
			}
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check((&app{out: io.Discard}).command())
	if flags < 50 {
		t.Errorf("%d flags were checked", flags)
	}
}
