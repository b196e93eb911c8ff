package directory

import (
	"strings"
	"unicode"
)

// shortestMention is the length of the shortest user name or id that is sought in texts.
const shortestMention = 4

// longestName is how many words a name may have.
const longestName = 4

// Mentioned returns the names, addresses, user names and ids of accounts and persons that
// occur in texts, in lower case.
func (ix *Index) Mentioned(texts []string) (found []string) {
	said := spoken(texts)
	seen := map[string]bool{}
	look := func(value string, least int) {
		value = strings.Join(strings.Fields(strings.ToLower(value)), " ")
		if len(value) >= least && said[value] && !seen[value] {
			seen[value] = true
			found = append(found, value)
		}
	}
	for _, st := range ix.streams {
		st.each(func(r *Row) {
			look(r.email, 1)
			look(r.username, shortestMention)
			look(r.key, shortestMention)
			if r.source != nil {
				look(r.source.external, shortestMention)
				look(r.source.manager, shortestMention)
			}
			if words := strings.Fields(r.name); len(words) > 1 { // one word alone may be any word
				look(r.name, shortestMention)
				look(words[len(words)-1]+" "+strings.Join(words[:len(words)-1], " "), shortestMention)
			}
		})
	}
	return found
}

// spoken returns every word of texts, and every few words that follow one another.
func spoken(texts []string) map[string]bool {
	said := map[string]bool{}
	for _, text := range texts {
		words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("@._-+'", r)
		})
		for i := range words {
			bare := strings.Trim(words[i], "._-+'")
			said[words[i]], said[bare] = true, true
			phrase := strings.TrimLeft(words[i], "._-+'")
			for _, next := range words[i+1 : min(i+longestName, len(words))] {
				phrase += " " + strings.TrimRight(next, "._-+'")
				said[phrase] = true
			}
		}
	}
	return said
}
