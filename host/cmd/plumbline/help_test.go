package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpShowsNoWordsInThePlaceOfAValue: what a help text has between backquotes is
// printed before the text, as the name of the flag's value.
func TestHelpShowsNoWordsInThePlaceOfAValue(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^ +(-\w, )?--[a-z0-9-]+( \S+)? {2,}\S`)
	flags := 0
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
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
			look(sub)
		}
	}
	look((&app{out: io.Discard}).command())
	if flags < 50 {
		t.Errorf("%d flags were looked at", flags)
	}
}
