package main

import (
	"errors"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
)

// visible passes on what is written to it with hidden characters as escapes, whatever
// it is part of: a table, an error, a log line or a JSON document, which stays the same
// document. Only what draws on the terminal writes past it. It is safe for concurrent
// use.
type visible struct {
	to io.Writer

	mu   sync.Mutex
	rest []byte // the beginning of a character whose end has not been written yet
}

func (v *visible) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	text := append(v.rest, p...)
	end := len(text) - incomplete(text)
	v.rest = append([]byte(nil), text[end:]...)
	if _, err := io.WriteString(v.to, display.VisibleText(string(text[:end]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes what was held back. It leaves the writer underneath open.
func (v *visible) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err := io.WriteString(v.to, display.VisibleText(string(v.rest)))
	v.rest = nil
	return err
}

// incomplete returns how many bytes at the end of text begin a character that the next
// write may complete.
func incomplete(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if last := text[len(text)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// continued returns text of several lines so that no line can be taken for one of the
// program's own: each but the first begins with indent and a bar.
func continued(text, indent string) string {
	return strings.ReplaceAll(display.VisibleText(text), "\n", "\n"+indent+"│ ")
}

// said returns what an error says. A problem may have been worded by a connector or a
// vendor; other errors are the program's own and may show several lines.
func said(err error) string {
	var p *host.Problem
	if errors.As(err, &p) {
		return continued(err.Error(), "  ")
	}
	return display.VisibleText(err.Error())
}
