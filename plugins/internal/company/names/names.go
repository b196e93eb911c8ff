// Package names gives the people of the simulated company names that go together, of many cultures.
package names

import (
	_ "embed"
	"math/rand/v2"
	"strings"
)

// culture has names that go together.
type culture struct{ first, last []string }

// names.txt has two lines for each culture: first names, and last names.
//
//go:embed names.txt
var text string

var cultures = func() (all []culture) {
	lines := strings.Split(text, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		all = append(all, culture{strings.Fields(lines[i]), strings.Fields(lines[i+1])})
	}
	return all
}()

// Of returns a first and a last name. Some families are of two cultures.
func Of(r *rand.Rand) (first, last string) {
	of := cultures[r.IntN(len(cultures))]
	first = of.first[r.IntN(len(of.first))]
	if r.IntN(6) == 0 {
		of = cultures[r.IntN(len(cultures))]
	}
	return first, of.last[r.IntN(len(of.last))]
}

// plain writes the letters of names as addresses do.
var plain = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ë", "e", "ê", "e", "ì", "i", "í", "i",
	"î", "i", "ï", "i", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ō", "o", "á", "a", "à", "a", "â", "a", "ã", "a",
	"å", "aa", "æ", "ae", "ø", "oe",
	"ú", "u", "ů", "u", "ç", "c", "č", "c", "ć", "c", "ñ", "n", "ń", "n", "ň", "n", "ł", "l", "ś", "s", "š", "s", "ş", "s", "ż", "z",
	"ź", "z", "ž", "z", "ř", "r", "ě", "e", "ý", "y", "ą", "a", "ę", "e", "ğ", "g", "ı", "i", "đ", "d", "ệ", "e", "ứ", "u", "ư", "u",
	"ơ", "o", "ả", "a", "ấ", "a", "ầ", "a", "ạ", "a", "ă", "a", "ặ", "a", "ũ", "u", "ù", "u", "ồ", "o", "ỗ", "o", "ễ", "e", "ď", "d",
	"ť", "t", "ộ", "o", "'", "", "\u0307", "", " ", "-", "&", "and")

// Slug writes words as a part of an address or a path.
func Slug(words string) string { return plain.Replace(strings.ToLower(words)) }
