package main

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// doas is the content of doas files. Whole says that the connector read and understood everything.
type doas struct {
	rules []doasRule
	whole bool
}

// doasRule permits or denies commands to an identity. The last matching rule decides.
type doasRule struct {
	permit   bool
	identity string // a user, :group, or the number of either
	target   string // "" = any
	command  string // "" = any
}

// doas reads those of the named files that exist.
func (m *machine) doas(names ...string) *doas {
	d := &doas{whole: true}
	for _, name := range names {
		if !m.present(name) {
			continue
		}
		info, err := os.Stat(m.path(name))
		var raw []byte
		if err == nil && info.Mode().IsRegular() && info.Size() <= maxSudoersBytes {
			raw, err = os.ReadFile(m.path(name))
		}
		if err != nil || raw == nil {
			d.whole = d.whole && err == nil && info.Size() == 0
			continue
		}
		d.parse(string(raw))
	}
	return d
}

func (d *doas) parse(text string) {
	lines, ok := doasLines(text)
	d.whole = d.whole && ok
	for _, words := range lines {
		if r, ok := readDoasRule(words); ok {
			d.rules = append(d.rules, r)
		} else {
			d.whole = false
		}
	}
}

// doasLines splits a text into the words of its rules. Each brace is a word, quotes enclose a word, and
// a backslash before a line end continues the line.
func doasLines(text string) (lines [][]string, ok bool) {
	var words []string
	word, inWord, quoted := []byte{}, false, false
	endWord := func() {
		if inWord {
			words = append(words, string(word))
		}
		word, inWord = word[:0], false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			if text[i] != '\n' {
				word, inWord = append(word, text[i]), true
			}
		case c == '"':
			quoted, inWord = !quoted, true
		case c == '\n' && quoted:
			return lines, false
		case quoted:
			word = append(word, c)
		case c == '#' && !inWord:
			if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
				i += end - 1
			} else {
				i = len(text)
			}
		case c == '\n':
			if endWord(); len(words) > 0 {
				lines, words = append(lines, words), nil
			}
		case c == ' ', c == '\t', c == '\r':
			endWord()
		case c == '{', c == '}':
			endWord()
			words = append(words, string(c))
		default:
			word, inWord = append(word, c), true
		}
	}
	if endWord(); len(words) > 0 {
		lines = append(lines, words)
	}
	return lines, !quoted
}

// readDoasRule reads permit|deny [options] identity [as target] [cmd command …].
func readDoasRule(words []string) (r doasRule, ok bool) {
	if words[0] != "permit" && words[0] != "deny" {
		return r, false
	}
	r.permit = words[0] == "permit"
	words = words[1:]
	for len(words) > 0 && slices.Contains([]string{"nopass", "nolog", "persist", "keepenv", "setenv"}, words[0]) {
		option := words[0]
		words = words[1:]
		if option == "setenv" {
			end := slices.Index(words, "}")
			if end < 1 || words[0] != "{" {
				return r, false
			}
			words = words[end+1:]
		}
	}
	if len(words) == 0 {
		return r, false
	}
	r.identity, words = words[0], words[1:]
	if len(words) >= 2 && words[0] == "as" {
		r.target, words = words[1], words[2:]
	}
	if len(words) >= 2 && words[0] == "cmd" {
		r.command, words = words[1], nil
	}
	return r, len(words) == 0
}

// mayBecomeRoot says whether doas permits an account every command as root.
func (d *doas) mayBecomeRoot(a, root asker) kind.Tri {
	r := reach{root: nothing}
	for _, rule := range d.rules {
		who := rule.matches(a)
		if who == kind.No {
			continue
		}
		target := kind.Yes
		if rule.target != "" {
			target = kind.TriOf(rule.target == root.name || rule.target == "0" || slices.Contains(root.others, rule.target))
		}
		if target == kind.No {
			r.others = r.others || rule.permit
			continue
		}
		next := r.root.after(command{member: member{not: !rule.permit}}, rule.command == "")
		if who == kind.Unknown {
			next |= r.root
		}
		r.root = next
	}
	switch {
	case r.root == everything:
		return kind.Yes
	case r.root == nothing && !r.others && d.whole:
		return kind.No
	}
	return kind.Unknown
}

func (r doasRule) matches(a asker) kind.Tri {
	if group, ok := strings.CutPrefix(r.identity, ":"); ok {
		if gid, err := strconv.Atoi(group); err == nil && !slices.Contains(a.groups, group) {
			return a.isIn("#" + strconv.Itoa(gid))
		}
		return a.isIn(group)
	}
	return kind.TriOf(r.identity == a.name || r.identity == strconv.Itoa(a.uid))
}
