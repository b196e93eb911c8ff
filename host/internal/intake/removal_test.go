package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/intake"
)

// told writes groups down: records, removals as -key, then the cursor.
func told(groups []host.Group) (lines []string) {
	for _, g := range groups {
		line := ""
		for _, w := range g.Writes {
			if w.Removed {
				line += "-"
			}
			line += w.Key + " "
		}
		lines = append(lines, strings.TrimSpace(line+"@"+string(g.Cursor)))
	}
	return lines
}

// send sends words to a stream: a key is a record, -key a removal, @cursor a checkpoint.
func send(t *testing.T, s *intake.Stream, words string) (groups []host.Group) {
	t.Helper()
	for _, word := range strings.Fields(words) {
		var err error
		if key, removed := strings.CutPrefix(word, "-"); removed {
			err = s.Remove(key)
		} else if cursor, ends := strings.CutPrefix(word, "@"); ends {
			groups = append(groups, s.Checkpoint(host.Checkpoint{Sequence: 1, Cursor: []byte(cursor)})...)
		} else {
			err = s.Record(word, account("1"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return groups
}

func TestRemovalsTakeEffectWithACursorOrAtTheEnd(t *testing.T) {
	t.Parallel()
	const changes = "a @1 -x b @ c -y -x @"
	for name, test := range map[string]struct {
		sent    string
		outcome host.Outcome // "" = the source went away
		want    []string
	}{
		"complete":       {changes, host.OutcomeComplete, []string{"a @1", "b @", "c @", "-x -y @"}},
		"with gaps":      {changes, host.OutcomeGaps, []string{"a @1", "b @", "c @", "-x -y @"}},
		"with a cursor":  {"a @1 -x b @2", host.OutcomeFailed, []string{"a @1", "b -x @2"}},
		"after a cursor": {"a @1 -x b @2 -z @", host.OutcomeFailed, []string{"a @1", "b -x @2", "@"}},
		"failed":         {changes, host.OutcomeFailed, []string{"a @1", "b @", "c @"}},
		"stopped early":  {changes, host.OutcomePartial, []string{"a @1", "b @", "c @"}},
		"broken off":     {changes, "", []string{"a @1", "b @", "c @"}},
		"back again":     {changes + " x y @4", host.OutcomeComplete, []string{"a @1", "b @", "c @", "x y @4"}},
		"no checkpoint":  {"a @1 -x", host.OutcomeFailed, []string{"a @1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := users("tombstone")
			groups := send(t, s, test.sent)
			if test.outcome != "" {
				last, result, err := s.End(test.outcome, nil)
				if err != nil {
					t.Fatal(err)
				}
				if groups = append(groups, last...); name == "complete" && result.Read != 3 {
					t.Errorf("%d records were read", result.Read)
				}
			}
			if diff := cmp.Diff(test.want, told(groups)); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyRemovalsMakeSeveralGroups(t *testing.T) {
	t.Parallel()
	s := users("tombstone")
	for i := range 4500 {
		if err := s.Remove(fmt.Sprintf("%04d", i)); err != nil {
			t.Fatal(err)
		}
	}
	var sizes []string
	for _, g := range s.Checkpoint(host.Checkpoint{Sequence: 1, Cursor: []byte("c")}) {
		sizes = append(sizes, fmt.Sprintf("%d@%s/%d", len(g.Writes), g.Cursor, g.Sequence))
	}
	if diff := cmp.Diff([]string{"2000@/0", "2000@/0", "500@c/1"}, sizes); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func TestRemovalsThatWaitForACursorAreBounded(t *testing.T) {
	t.Parallel()
	s := users("tombstone")
	var err error
	for n := 0; err == nil && n < 1_100_000; n++ {
		if err = s.Remove(fmt.Sprint("k", n)); n%50_000 == 0 {
			s.Checkpoint(host.Checkpoint{Sequence: 1}) // without a cursor
		}
	}
	violated(t, err, "more than 1000000 removals")
}

func TestOnlyATombstoneStreamMayRemove(t *testing.T) {
	t.Parallel()
	for _, deletes := range []string{"snapshot", "never", ""} {
		violated(t, users(deletes).Remove("b"), `removed = true for record "b" of stream "users"`)
	}
}
