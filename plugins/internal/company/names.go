package company

import (
	_ "embed"
	"math/rand/v2"
	"strings"
)

// domain is that of the company's addresses.
const domain = "northwind.example"

// culture has names that go together.
type culture struct{ first, last []string }

// names.txt has two lines for each culture: first names, and last names.
//
//go:embed names.txt
var names string

var cultures = func() (all []culture) {
	lines := strings.Split(names, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		all = append(all, culture{strings.Fields(lines[i]), strings.Fields(lines[i+1])})
	}
	return all
}()

// name returns a first and a last name. Some families are of two cultures.
func name(r *rand.Rand) (first, last string) {
	of := cultures[r.IntN(len(cultures))]
	first = one(r, of.first)
	if r.IntN(6) == 0 {
		of = cultures[r.IntN(len(cultures))]
	}
	return first, one(r, of.last)
}

func one(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

// plain writes the letters of names as addresses do.
var plain = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ë", "e", "ê", "e", "ì", "i", "í", "i",
	"î", "i", "ï", "i", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ō", "o", "á", "a", "à", "a", "â", "a", "ã", "a",
	"å", "aa", "æ", "ae", "ø", "oe",
	"ú", "u", "ů", "u", "ç", "c", "č", "c", "ć", "c", "ñ", "n", "ń", "n", "ň", "n", "ł", "l", "ś", "s", "š", "s", "ş", "s", "ż", "z",
	"ź", "z", "ž", "z", "ř", "r", "ě", "e", "ý", "y", "ą", "a", "ę", "e", "ğ", "g", "ı", "i", "đ", "d", "ệ", "e", "ứ", "u", "ư", "u",
	"ơ", "o", "ả", "a", "ấ", "a", "ầ", "a", "ạ", "a", "ă", "a", "ặ", "a", "ũ", "u", "ù", "u", "ồ", "o", "ỗ", "o", "ễ", "e", "ď", "d",
	"ť", "t", "ộ", "o", "'", "", "\u0307", "", " ", "-", "&", "and")

// slug writes words as a part of an address or a path.
func slug(words string) string { return plain.Replace(strings.ToLower(words)) }
