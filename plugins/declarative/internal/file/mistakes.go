package file

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// At is where something stands in the file, counted from 1. The zero value is nowhere.
type At struct{ Line, Column int }

// Mistake is one thing that the author has to correct.
type Mistake struct {
	At   At
	Text string
}

func (m Mistake) String() string {
	if m.At.Line == 0 {
		return m.Text
	}
	return fmt.Sprintf("line %d, column %d: %s", m.At.Line, m.At.Column, m.Text)
}

// Mistakes collects the mistakes in a file, each with its position. The zero value is ready.
type Mistakes struct{ all []Mistake }

// Add notes a mistake. Line breaks in it become spaces: each mistake is one line.
func (m *Mistakes) Add(at At, format string, args ...any) {
	text := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	m.all = append(m.all, Mistake{At: at, Text: text})
}

// Err returns the mistakes in the order of the file, each once and on a line of its own,
// or nil when there is none.
func (m *Mistakes) Err() error {
	if len(m.all) == 0 {
		return nil
	}
	all := slices.Clone(m.all)
	slices.SortStableFunc(all, func(a, b Mistake) int {
		if a.At.Line != b.At.Line {
			return a.At.Line - b.At.Line
		}
		return a.At.Column - b.At.Column
	})
	var lines []string
	for _, one := range all {
		if line := one.String(); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return errors.New(strings.Join(lines, "\n"))
}

// Nearest returns a suggestion to put behind a message on an unknown word: the one among
// the known words that differs in few letters, or "".
func Nearest(word string, known []string) string {
	best, least := "", max(len(word)/3, 1)+1
	for _, candidate := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance returns how many letters have to be changed, added or removed to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			changed := diagonal
			if x[i] != y[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
