package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestHelpShowsNoWordsInThePlaceOfAValue: pflag takes what a help text has between
// backquotes for the name of the flag's value, and prints it before the text.
func TestHelpShowsNoWordsInThePlaceOfAValue(t *testing.T) {
	t.Parallel()
	flags := 0
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			flags++
			if name, usage := pflag.UnquoteUsage(f); strings.ContainsAny(name, " \t") || strings.Contains(usage, "`") || strings.Contains(f.Usage, "`") {
				t.Errorf("%s --%s: shown as \"--%s %s  %s\"", c.CommandPath(), f.Name, f.Name, name, usage)
			}
			if f.Usage == "" {
				t.Errorf("%s --%s has no help", c.CommandPath(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look((&app{out: io.Discard, errs: nil}).command())
	if flags < 50 {
		t.Errorf("%d flags were looked at", flags)
	}
}
