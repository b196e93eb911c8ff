package main

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// FuzzSudoers reads any text as rules of sudo and doas. Reading and answering must end. A rule after the text
// that allows a user everything must never give "no". A text of comments must give "yes" only for root.
func FuzzSudoers(f *testing.F) {
	for _, c := range sudoCases("box") {
		f.Add(c.sudoers)
	}
	for _, text := range []string{
		"permit nopass ann\npermit persist :wheel as root\npermit keepenv setenv { A=b -C } 5003\n", "permit \\\n ann # all\n",
		"permit \"ann\npermit bob\n", "deny ann cmd su args -l\n",
		aliasTower(20) + "A0 ALL=ALL\n", "Cmnd_Alias A = B, !B\nCmnd_Alias B = A\nann ALL=A, !A\n", "@include sudoers\n", "@includedir \"\\\n",
		"Defaults", "#", "ann ALL=(", "%", "\\", "ann ALL=\\",
	} {
		f.Add(text)
	}
	m := &machine{root: f.TempDir(), linux: true, now: today}
	ann, root := asker{user: user{name: "ann", uid: 5001}, groups: []string{"ann"}, gids: []int{5001}},
		asker{user: user{name: "root"}, groups: []string{"root"}, gids: []int{0}}
	f.Fuzz(func(t *testing.T, text string) {
		s := newSudoers(m)
		s.parse(text, "etc/sudoers", 0)
		before := s.mayBecomeRoot(ann, root)
		if before == kind.No && !s.whole {
			t.Errorf("a no from what was not understood")
		}
		if again := s.mayBecomeRoot(ann, root); again != before {
			t.Errorf("got %s, and then %s", before, again)
		}
		s.parse("\nann ALL=(root) NOPASSWD: ALL\n", "etc/sudoers", 0)
		if s.mayBecomeRoot(ann, root) == kind.No {
			t.Errorf("a no after a rule that gives everything")
		}
		if onlyComments(text) && before != kind.No {
			t.Errorf("got %s from comments", before)
		}
		d := &doas{whole: true}
		d.parse(text)
		if d.mayBecomeRoot(ann, root) == kind.No && !d.whole {
			t.Errorf("doas: a no from what was not understood")
		}
		d.parse("permit nopass ann\n")
		if d.mayBecomeRoot(ann, root) != kind.Yes {
			t.Errorf("doas: got %s after a rule that permits everything", d.mayBecomeRoot(ann, root))
		}
	})
}

func onlyComments(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.Trim(line, " \t\n"); line != "" && !strings.HasPrefix(line, "# ") {
			return false
		}
	}
	return true
}
